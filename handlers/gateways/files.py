"""Files: what jobs make for people, in the data folder that servers and workers share.

A file has a name of ours, 32 random hexadecimal digits, so that no name of a person reaches the disk.
"""

import contextlib
import os
import re
import secrets
import time
from collections.abc import Container, Iterator
from pathlib import Path
from typing import IO

from models.base.bodies import FileBody
from models.base.settings import settings

NAME = re.compile(r"[0-9a-f]{32}")


def folder() -> Path:
    """The folder, made when it is first needed; nobody else may look into it."""
    path = settings().data / "files"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def new() -> Iterator[tuple[str, IO[bytes]]]:
    """A new file as ``(name, open file)``.  It is there, whole and on the disk, when the block has ended well; else it is not."""
    name = secrets.token_hex(16)
    draft = folder() / f".{name}"
    try:
        with open(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            yield name, file
            file.flush()
            os.fsync(file.fileno())
        draft.rename(folder() / name)
    finally:
        draft.unlink(missing_ok=True)


def size(name: str) -> int:
    """How many bytes it has."""
    return _path(name).stat().st_size


def body(name: str) -> FileBody | None:
    """The file as the body of an answer; None when it is not there any more."""
    try:
        file = _path(name).open("rb")
    except FileNotFoundError:
        return None
    return FileBody(file, os.fstat(file.fileno()).st_size)


def remove(name: str) -> None:
    """Remove it; one that is not there is fine."""
    _path(name).unlink(missing_ok=True)


def remove_others(names: Container[str], *, older_than_seconds: float) -> None:
    """Remove files that are not among ``names``, and drafts of processes that died, when they are old enough to be
    nobody's work in progress."""
    before = time.time() - older_than_seconds
    for path in folder().iterdir():
        with contextlib.suppress(FileNotFoundError):
            if path.name not in names and path.stat().st_mtime < before:
                path.unlink()


def _path(name: str) -> Path:
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a file.")
    return folder() / name
