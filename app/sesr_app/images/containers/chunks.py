"""Chunks of PNG files.

Reference: PNG specification, third edition.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import IO

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PIXELS = (b"IDAT", b"fdAT")
COLOR_CHUNKS = (b"cHRM", b"gAMA", b"sRGB", b"cICP")
"""Chunks that say how colours are meant, without a profile."""

LARGEST_COLOR_CHUNK = 64


def chunks(file: IO[bytes], *, pixels: bool = False) -> Iterator[tuple[bytes, bytes]]:
    """Name and body of every chunk, as far as the file is whole.

    Args:
        file: open for reading.
        pixels: give the bodies of those that hold pixels too; otherwise they are empty.
    """
    file.seek(len(SIGNATURE))
    while len(header := file.read(8)) == 8:
        size, name = int.from_bytes(header[:4], "big"), header[4:]
        if name in PIXELS and not pixels:
            file.seek(size + 4, 1)
            yield name, b""
            continue
        body = file.read(size)
        if len(body) < size or len(file.read(4)) < 4:
            return
        yield name, body
        if name == b"IEND":
            return


def packed_chunk(name: bytes, body: bytes) -> bytes:
    """A chunk as it stands in a file."""
    checksum = zlib.crc32(body, zlib.crc32(name))
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", checksum)


def assembled(parts: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A file of chunks."""
    return SIGNATURE + b"".join(packed_chunk(name, body) for name, body in parts)


def color_chunks(file: IO[bytes]) -> tuple[tuple[bytes, bytes], ...]:
    """The chunks of a PNG file that say how its colours are meant, without a profile."""
    found: dict[bytes, bytes] = {}
    for name, body in chunks(file):
        if name in PIXELS:
            break
        if name in COLOR_CHUNKS and len(body) <= LARGEST_COLOR_CHUNK:
            found[name] = body
    return tuple(found.items())


def without_pixels(file: IO[bytes]) -> bytes:
    """The file with all its notes and a single pixel, for what reads notes by decoding."""
    parts: list[tuple[bytes, bytes]] = []
    for name, body in chunks(file):
        if name == b"IHDR":
            # One gray pixel: a filter byte and a value.
            parts.append((name, struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)))
        elif name in PIXELS:
            if (b"IDAT", ONE_PIXEL) not in parts:
                parts.append((b"IDAT", ONE_PIXEL))
        elif name not in (b"acTL", b"fcTL", b"PLTE", b"tRNS"):
            parts.append((name, body))
    if not parts or parts[-1][0] != b"IEND":
        parts.append((b"IEND", b""))
    return assembled(parts)


ONE_PIXEL = zlib.compress(b"\0\0")
