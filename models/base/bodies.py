"""Bodies of responses that are too large for the memory: a file that is sent in pieces."""

import asyncio
from collections.abc import AsyncIterator
from typing import BinaryIO

PIECE_BYTES = 262_144


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
