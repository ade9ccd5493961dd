"""The mailbox: a folder where mails go while no mail server is named, one file each, which a person can open.

A mail is ``<moment>-<id>.eml``, so that names are in the order of time, and one mail is one file however often it is put.
"""

import contextlib
import os
import re
import time
from email import message_from_bytes, policy

from models.base.settings import settings

NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f-]{36}")


def folder():
    """The folder, made when it is first needed; nobody else may look into it."""
    found = settings().data / "mailbox"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def put(mail_id, written_at, content):
    """Store a mail, whole or not at all."""
    name = f"{written_at:%Y%m%dT%H%M%SZ}-{mail_id}"
    draft = folder() / f".{name}.{os.getpid()}"
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(file, "wb") as out:
        out.write(content)
    draft.rename(folder() / f"{name}.eml")
    return name


def names():
    """The names of all mails, the newest first."""
    return sorted((path.stem for path in folder().glob("*.eml") if NAME.fullmatch(path.stem)), reverse=True)


def get(name):
    """A mail as an ``EmailMessage``; None when there is none of this name."""
    if not NAME.fullmatch(name):
        return None
    try:
        return message_from_bytes((folder() / f"{name}.eml").read_bytes(), policy=policy.default)
    except FileNotFoundError:
        return None


def remove_of(mail_ids, addresses, since):
    """Remove the mails with these ids, and those to these addresses that were written before."""
    for name in names():
        mail = get(name)
        is_older = name < f"{since:%Y%m%dT%H%M%SZ}"
        if name.partition("-")[2] in mail_ids or (mail and is_older and addresses & _recipients(mail)):
            remove(name)


def remove_older(days):
    """Remove the mails that were put here so many days ago."""
    before = time.time() - 86_400 * days
    for name in names():
        with contextlib.suppress(FileNotFoundError):
            if _path(name).stat().st_mtime < before:
                remove(name)


def remove(name):
    _path(name).unlink(missing_ok=True)


def _path(name):
    return folder() / f"{name}.eml"


def _recipients(mail):
    return {address.addr_spec.lower() for address in mail["To"].addresses} if mail["To"] else set()


def keep_newest(count):
    """Remove all but the newest ``count`` mails."""
    for name in names()[count:]:
        remove(name)
