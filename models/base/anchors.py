"""Anchors: how far each chain of the security log has come, in files that SQL cannot reach.

Who can write into the database can put an earlier end of a chain back, with its seal, and take away what came after it.  The
anchor still says how long the chain was, and which hash its last entry had.  One file a chain, below ``DATA/anchors``.
"""

import contextlib
import logging
import os
from typing import NamedTuple

from models.base.settings import settings

log = logging.getLogger("remit.anchors")


class Anchor(NamedTuple):
    """The entry that a chain had reached: its number and its hash."""

    sequence: int
    hash: str


NO_ANCHOR = Anchor(0, "")


def of(chain_id):
    """The :class:`Anchor` of a chain; ``NO_ANCHOR`` when none is known, as after a crash of the machine."""
    with contextlib.suppress(OSError, ValueError):
        sequence, hash = _path(chain_id).read_text("ascii").split()
        return Anchor(int(sequence), hash)
    return NO_ANCHOR


def move(chain_id, anchor):
    """Remember, once it is committed, how far a chain has come.  What is known of its later entries stays.

    What was committed is not taken back where the file cannot be written: the next entry's anchor covers both.
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


def forget(chain_id):
    """Forget a chain that was deleted."""
    _path(chain_id).unlink(missing_ok=True)


def _path(chain_id):
    return settings().data / "anchors" / chain_id[-2:] / chain_id
