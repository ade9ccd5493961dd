"""Bodies of answers that are too large for the memory: a file that is sent in pieces."""

import asyncio

PIECE_BYTES = 262_144


class FileBody:
    """An open file, as the body of an answer; it is closed when it was sent, or is dropped."""

    def __init__(self, file, size):
        self.file, self.size = file, size

    def __len__(self):
        return self.size

    async def pieces(self):
        """Its bytes, ``PIECE_BYTES`` at a time, read in a thread so that nobody else waits for the disk."""
        with self.file:
            while piece := await asyncio.to_thread(self.file.read, PIECE_BYTES):
                yield piece
