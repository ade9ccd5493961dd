"""Bodies of responses: what marks their version, and a file that is sent in pieces because the memory is too small for it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import BinaryIO

PIECE_BYTES = 262_144


def etag_of(body: bytes) -> str:
    """The ETag of a body that has no other version than its bytes."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


class FileBody:
    """An open file, as the body of a response; it is closed when it was sent, or is dropped."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file, self.size = file, size

    def __len__(self) -> int:
        return self.size

    async def pieces(self) -> AsyncIterator[bytes]:
        """The content, ``PIECE_BYTES`` at a time, read in a thread so that no other request waits for the disk."""
        with self.file:
            while piece := await asyncio.to_thread(self.file.read, PIECE_BYTES):
                yield piece
