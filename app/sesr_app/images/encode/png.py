"""Writing PNG files, animated ones too, a band of rows at a time.

Pillow and OpenCV need the whole image at once, and take several times as long. Every row is
stored as its difference from the row above (filter type 2), which one vectorised subtraction
gives, and compressed by ISA-L, whose lowest level is both faster and smaller than zlib's.
Reference: PNG specification, third edition.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import IO, Any

import numpy as np

from sesr_app.images.metadata import Metadata
from sesr_app.images.picture import Enlarged, Pixels

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
"""By channels: gray, gray with alpha, RGB, RGBA."""

UP = 2
LEVEL = 1
PIECE_BYTES = 1 << 20
COLOR_CHUNKS = (b"cHRM", b"gAMA", b"sRGB", b"cICP")
LARGEST_COLOR_CHUNK = 64
INCH = 0.0254


def write_png(
    file: IO[bytes], frames: Iterator[Enlarged], count: int, plays: int, metadata: Metadata
) -> None:
    """Write an image, or an animation if there are several frames.

    Args:
        file: open for writing.
        frames: of one size and type.
        count: how many there are.
        plays: how often an animation is shown; 0 is for ever.
        metadata: what else to write.
    """
    first = next(frames)
    height, width = first.shape[:2]
    depth = 8 * first.dtype.itemsize
    file.write(SIGNATURE)
    _chunk(file, b"IHDR", struct.pack(">IIBBBBB", width, height, depth,
                                      COLOR_TYPES[first.channels], 0, 0, 0))  # fmt: skip
    _write_metadata(file, metadata)
    if count == 1:
        for part in _compressed(first):
            _chunk(file, b"IDAT", part)
    else:
        _chunk(file, b"acTL", struct.pack(">II", count, plays))
        _write_frames(file, first, frames)
    _chunk(file, b"IEND", b"")


def _write_frames(file: IO[bytes], first: Enlarged, others: Iterator[Enlarged]) -> None:
    _chunk(file, b"fcTL", _frame_control(0, first))
    for part in _compressed(first):
        _chunk(file, b"IDAT", part)
    number = 1
    for frame in others:
        _chunk(file, b"fcTL", _frame_control(number, frame))
        number += 1
        for part in _compressed(frame):
            _chunk(file, b"fdAT", struct.pack(">I", number) + part)
            number += 1


def _frame_control(number: int, frame: Enlarged) -> bytes:
    """A whole frame that replaces the one before."""
    height, width = frame.shape[:2]
    from fractions import Fraction

    seconds = Fraction(frame.duration / 1000).limit_denominator(65_535)
    if seconds.numerator > 65_535:
        seconds = Fraction(min(round(frame.duration / 1000), 65_535))
    times = (seconds.numerator, seconds.denominator)
    return struct.pack(">IIIIIHHBB", number, width, height, 0, 0, *times, 0, 0)


def _compressed(image: Enlarged) -> Iterator[bytes]:
    """The stream of an image, in pieces of some size."""
    from isal import isal_zlib

    compressor = isal_zlib.compressobj(LEVEL)
    above: Pixels = np.zeros(0, np.uint8)
    waiting: list[bytes] = []
    for band in image.bands:
        rows = _rows_of_bytes(band)
        if not above.size:
            above = np.zeros_like(rows[0])
        waiting.append(compressor.compress(_filtered(rows, above)))
        above = rows[-1]
        if sum(map(len, waiting)) >= PIECE_BYTES:
            yield b"".join(waiting)
            waiting.clear()
    yield b"".join([*waiting, compressor.flush()])


def _rows_of_bytes(band: Pixels) -> Pixels:
    if band.dtype == np.uint16:
        band = band.astype(">u2", order="C").view(np.uint8)
    return np.ascontiguousarray(band).reshape(len(band), -1)


def _filtered(rows: Pixels, above: Pixels) -> Any:
    filtered = np.empty((len(rows), 1 + rows.shape[1]), np.uint8)
    filtered[:, 0] = UP
    np.subtract(rows[0], above, out=filtered[0, 1:])
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    return filtered.reshape(-1).data


def _write_metadata(file: IO[bytes], metadata: Metadata) -> None:
    """Chunks that stand before the pixels."""
    if metadata.icc_profile:
        body = b"ICC Profile\0\0" + zlib.compress(metadata.icc_profile)
        _chunk(file, b"iCCP", body)
    for name, body in metadata.color_chunks:
        if not (name == b"sRGB" and metadata.icc_profile):
            _chunk(file, name, body)
    if metadata.dpi:
        across, down = (round(dots / INCH) for dots in metadata.dpi)
        _chunk(file, b"pHYs", struct.pack(">IIB", across, down, 1))
    if metadata.exif:
        _chunk(file, b"eXIf", metadata.exif)
    if metadata.xmp:
        _chunk(file, b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + metadata.xmp)
    for keyword, note in metadata.text:
        key = keyword.encode("latin-1", "replace")[:79]
        _chunk(file, b"iTXt", key + b"\0\0\0\0\0" + note.encode("utf-8", "replace"))


def _chunk(file: IO[bytes], name: bytes, body: bytes) -> None:
    checksum = zlib.crc32(body, zlib.crc32(name))
    file.write(struct.pack(">I", len(body)) + name)
    file.write(body)
    file.write(struct.pack(">I", checksum))


def color_chunks(file: IO[bytes]) -> tuple[tuple[bytes, bytes], ...]:
    """The chunks of a PNG file that say how its colours are meant, without a profile.

    Args:
        file: open for reading, at its start.
    """
    found: dict[bytes, bytes] = {}
    file.seek(len(SIGNATURE))
    while len(header := file.read(8)) == 8 and header[4:] != b"IDAT":
        size, name = int.from_bytes(header[:4], "big"), header[4:]
        if name in COLOR_CHUNKS and size <= LARGEST_COLOR_CHUNK:
            found[name] = file.read(size)
            file.seek(4, 1)
        else:
            file.seek(size + 4, 1)
    return tuple(found.items())
