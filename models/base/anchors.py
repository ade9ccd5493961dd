"""Anchors: how far each chain of the security log has come, in files that SQL cannot reach.

Somebody who can write into the database can restore an earlier end of a chain, with its MAC, and delete the later entries.
The anchor still has the number of entries and the hash of the last one.  One file for each chain, below ``DATA/anchors``.
"""

import contextlib
import logging
import os
from pathlib import Path
from typing import NamedTuple

from models.base.settings import settings

log = logging.getLogger("remit.anchors")


class Anchor(NamedTuple):
    """The entry that a chain had reached: its number and its hash."""

    sequence: int
    hash: str


NO_ANCHOR = Anchor(0, "")


def of(chain_id: str) -> Anchor:
    """The :class:`Anchor` of a chain; ``NO_ANCHOR`` when it has none, as after a crash of the machine."""
    with contextlib.suppress(OSError, ValueError):
        sequence, hash = _path(chain_id).read_text("ascii").split()
        return Anchor(int(sequence), hash)
    return NO_ANCHOR


def move(chain_id: str, anchor: Anchor) -> None:
    """Store the end of a chain, once it is committed.  An anchor of a later entry stays.

    A file that cannot be written is logged, since the entry is committed: the anchor of the next entry covers both.
    """
    path = _path(chain_id)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{anchor.sequence}")
    try:
        if anchor.sequence > of(chain_id).sequence:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.write_text(f"{anchor.sequence} {anchor.hash}\n", "ascii")
            draft.replace(path)
    except OSError as error:
        log.error("anchor not written", exc_info=error, extra={"chain_id": chain_id})


def forget(chain_id: str) -> None:
    """Remove the anchor of a chain that was deleted."""
    _path(chain_id).unlink(missing_ok=True)


def _path(chain_id: str) -> Path:
    return settings().data / "anchors" / chain_id[-2:] / chain_id
