"""Bodies in chunks: where one ends (RFC 9112 §7.1).  What it holds is the parser's matter, which has to agree."""

import re

from handlers.http.refusals import MalformedRequest

SIZE = re.compile(rb"(?=[0-9A-Fa-f])0*([0-9A-Fa-f]{0,15})[;\r]")
# Of all that is not content: a body in tiny chunks costs more to follow than to read.
MAX_FRAMING_BYTES = 524_288
MAX_LINE_BYTES = 8_192  # of a chunk extension or a trailer field


class Chunks:
    """Follows the chunks of one body, however the bytes are divided."""

    def __init__(self) -> None:
        self.framing = 0  # bytes of lines so far
        self.data = 0  # bytes of the chunk that are still to come, with the CRLF behind them
        self.line = b""  # the beginning of a line that is not complete
        self.is_last = False  # whether what follows are trailers

    def end_in(self, packet: bytes, index: int) -> int | None:
        """Where the body ends in ``packet``, which it continues from ``index``; None when there is more to come."""
        while index < len(packet):
            if self.data:
                step = min(self.data, len(packet) - index)
                self.data -= step
                index += step
                continue
            end = packet.find(b"\n", index) + 1
            line = self.line + packet[index : end or len(packet)]
            if len(line) > MAX_LINE_BYTES:
                raise MalformedRequest("A chunk extension or a trailer field is too long.")
            if not end:
                self.line = line
                return None
            index, self.line = end, b""
            self.framing += len(line)
            if self.framing > MAX_FRAMING_BYTES:
                raise MalformedRequest("There are too many small chunks.")
            if not self.is_last:
                self._begin(line)
            elif line == b"\r\n":
                return index
        return None

    def _begin(self, line: bytes) -> None:
        match = SIZE.match(line)
        if not match:
            raise MalformedRequest("A chunk does not start with its size.")
        size = int(match[1] or b"0", 16)
        self.is_last = size == 0
        self.data = size and size + 2
