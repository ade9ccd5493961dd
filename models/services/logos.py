"""Logos: PNG files that are small, whole, and what they say they are.

Not SVG, which has scripts, links, and entities; not JPEG, of which only a decoder knows whether it is whole.
"""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_BYTES, MAX_SIDE = 49_152, 1_024
MAX_PIXEL_BYTES = 8  # four samples of 16 bits


class UnusableLogo(ValueError):
    """A file that is no logo, with the reason."""


def check(content: bytes) -> None:
    """Refuse a file that is not a complete PNG within the bounds; its pixels are unpacked, and no further than they may."""
    if len(content) > MAX_BYTES:
        raise UnusableLogo(f"The file has {len(content):,} bytes; the limit is {MAX_BYTES:,}")
    if not content.startswith(SIGNATURE):
        raise UnusableLogo("The file is not a PNG")
    chunks = list(_chunks(content[len(SIGNATURE) :]))
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13 or chunks[-1][0] != b"IEND":
        raise UnusableLogo("The PNG is not complete")
    width, height = struct.unpack(">II", chunks[0][1][:8])
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise UnusableLogo(f"The image has {width} × {height} pixels; the limit is {MAX_SIDE:,} on a side")
    unpacking = zlib.decompressobj()
    try:
        pixels = unpacking.decompress(
            b"".join(data for name, data in chunks if name == b"IDAT"),
            MAX_SIDE * (MAX_SIDE + 1) * MAX_PIXEL_BYTES,
        )
    except zlib.error:
        pixels = b""
    if not pixels or not unpacking.eof:
        raise UnusableLogo("The pixels of the PNG cannot be read")


def _chunks(data: bytes) -> "list[tuple[bytes, bytes]]":
    """``(name, data)`` of each chunk up to the last, whose checksums are right."""
    chunks, start = [], 0
    while start < len(data):
        (length,) = struct.unpack(">I", data[start : start + 4].ljust(4, b"\0"))
        name, body = data[start + 4 : start + 8], data[start + 8 : start + 8 + length]
        checksum = data[start + 8 + length : start + 12 + length]
        if checksum != struct.pack(">I", zlib.crc32(name + body)):
            raise UnusableLogo("The PNG is damaged")
        chunks.append((name, body))
        start += 12 + length
    return chunks
