"""The mailbox: the folder of emails while no mail server is configured, one file each, which a person can open.

A file is named ``<time>-<id>.eml``, so that names are in the order of time, and storing an email again replaces its file.
"""

import contextlib
import os
import re
import time
from collections.abc import Collection
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from models.base.settings import settings

NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f-]{36}")


def folder() -> Path:
    """The folder, created when it is first needed, with mode 0700."""
    path = settings().data / "mailbox"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def put(mail_id: str, written_at: datetime, content: bytes) -> str:
    """Store an email atomically and return its name."""
    name = f"{written_at:%Y%m%dT%H%M%SZ}-{mail_id}"
    draft = folder() / f".{name}.{os.getpid()}"
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(file, "wb") as out:
        out.write(content)
    draft.rename(folder() / f"{name}.eml")
    return name


def names() -> list[str]:
    """The names of all emails, the newest first."""
    return sorted((path.stem for path in folder().glob("*.eml") if NAME.fullmatch(path.stem)), reverse=True)


def get(name: str) -> EmailMessage | None:
    """An email by its name; None when there is none."""
    if not NAME.fullmatch(name):
        return None
    try:
        return message_from_bytes((folder() / f"{name}.eml").read_bytes(), policy=policy.default)
    except FileNotFoundError:
        return None


def remove_of(mail_ids: Collection[str], addresses: set[str], since: datetime) -> None:
    """Remove the emails with these ids, and those to these addresses that were written before ``since``."""
    for name in names():
        mail = get(name)
        is_older = name < f"{since:%Y%m%dT%H%M%SZ}"
        if name.partition("-")[2] in mail_ids or (mail and is_older and addresses & _recipients(mail)):
            remove(name)


def remove_older(days: float) -> None:
    """Remove the emails that were stored more than ``days`` ago."""
    before = time.time() - 86_400 * days
    for name in names():
        with contextlib.suppress(FileNotFoundError):
            if _path(name).stat().st_mtime < before:
                remove(name)


def remove(name: str) -> None:
    _path(name).unlink(missing_ok=True)


def _path(name: str) -> Path:
    return folder() / f"{name}.eml"


def _recipients(mail: EmailMessage) -> set[str]:
    return {address.addr_spec.lower() for address in mail["To"].addresses} if mail["To"] else set()


def keep_newest(count: int) -> None:
    """Remove all but the newest ``count`` emails."""
    for name in names()[count:]:
        remove(name)
