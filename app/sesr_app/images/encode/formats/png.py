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

from sesr_app.images.containers.chunks import SIGNATURE, packed_chunk
from sesr_app.images.encode.output import Output
from sesr_app.images.metadata import Metadata, photoshop_block
from sesr_app.images.picture import Enlarged, Pixels

COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
"""By channels: gray, gray with alpha, RGB, RGBA."""

UP = 2
_LEVEL = 1
_PIECE_BYTES = 1 << 20
_BAND_BYTES = 16 << 20
METERS_AN_INCH = 0.0254


def write(file: IO[bytes], output: Output) -> None:
    """Write an image, or an animation of frames of one size and type."""
    first = next(output.frames)
    height, width = first.shape[:2]
    depth = 8 * first.dtype.itemsize
    file.write(SIGNATURE)
    header = (width, height, depth, COLOR_TYPES[first.channels], 0, 0, 0)
    file.write(packed_chunk(b"IHDR", struct.pack(">IIBBBBB", *header)))
    _write_metadata(file, output.metadata)
    if output.count == 1:
        for part in _compressed(first):
            file.write(packed_chunk(b"IDAT", part))
    else:
        file.write(packed_chunk(b"acTL", struct.pack(">II", output.count, output.plays)))
        _write_frames(file, first, output.frames)
    file.write(packed_chunk(b"IEND", b""))


def _write_frames(file: IO[bytes], first: Enlarged, others: Iterator[Enlarged]) -> None:
    file.write(packed_chunk(b"fcTL", _frame_control(0, first)))
    for part in _compressed(first):
        file.write(packed_chunk(b"IDAT", part))
    number = 1
    for frame in others:
        file.write(packed_chunk(b"fcTL", _frame_control(number, frame)))
        number += 1
        for part in _compressed(frame):
            file.write(packed_chunk(b"fdAT", struct.pack(">I", number) + part))
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

    compressor = isal_zlib.compressobj(_LEVEL)
    above: Pixels = np.zeros(0, np.uint8)
    waiting: list[bytes] = []
    for band in _pieces(image.bands):
        rows = _rows_of_bytes(band)
        if not above.size:
            above = np.zeros_like(rows[0])
        waiting.append(compressor.compress(_filtered(rows, above)))
        above = rows[-1]
        if sum(map(len, waiting)) >= _PIECE_BYTES:
            yield b"".join(waiting)
            waiting.clear()
    yield b"".join([*waiting, compressor.flush()])


def _pieces(bands: Iterator[Pixels]) -> Iterator[Pixels]:
    """The rows of large bands a few at a time: every step makes a copy of them."""
    for band in bands:
        step = max(_BAND_BYTES // max(band[0].nbytes, 1), 1)
        yield from (band[top : top + step] for top in range(0, len(band), step))


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
        file.write(packed_chunk(b"iCCP", body))
    if metadata.code_points:
        file.write(packed_chunk(b"cICP", metadata.code_points.packed))
    for name, body in metadata.color_chunks:
        if not (name == b"sRGB" and metadata.icc_profile):
            file.write(packed_chunk(name, body))
    if metadata.dpi:
        across, down = (round(dots / METERS_AN_INCH) for dots in metadata.dpi)
        file.write(packed_chunk(b"pHYs", struct.pack(">IIB", across, down, 1)))
    if metadata.exif:
        file.write(packed_chunk(b"eXIf", metadata.exif))
    if metadata.xmp:
        file.write(packed_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + metadata.xmp))
    for keyword, note in _texts(metadata):
        key = keyword.encode("latin-1", "replace")[:79]
        file.write(packed_chunk(b"iTXt", key + b"\0\0\0\0\0" + note.encode("utf-8", "replace")))


def _texts(metadata: Metadata) -> Iterator[tuple[str, str]]:
    yield from metadata.text
    if metadata.comment:
        yield "Comment", metadata.comment
    if metadata.iptc:
        # As ImageMagick and ExifTool write and read it.
        block = photoshop_block(metadata.iptc)
        digits = block.hex()
        lines = "\n".join(digits[place : place + 72] for place in range(0, len(digits), 72))
        yield "Raw profile type iptc", f"\niptc\n{len(block):8d}\n{lines}\n"
