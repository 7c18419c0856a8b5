"""Writing BMP files, with alpha where there is some.

Reference: Microsoft's BITMAPV4HEADER.
"""

from __future__ import annotations

import struct
from typing import IO

import numpy as np

from sesr_app.images.encode.formats import pillow
from sesr_app.images.encode.output import Output
from sesr_app.images.picture import Enlarged

HEADER_BYTES = 14 + 108
BIT_FIELDS = 3
MASKS = (0x00FF0000, 0x0000FF00, 0x000000FF, 0xFF000000)
"""Of red, green, blue and alpha."""

SRGB = 0x73524742
PER_METER = 39.3701


def write(file: IO[bytes], output: Output) -> None:
    """Write an image."""
    first = next(output.frames)
    if first.channels in (2, 4):
        _write_with_alpha(file, first, output.metadata.dpi or (0.0, 0.0))
    else:
        pillow.canvas(first).save(file, "BMP", **pillow.accepted_notes(output))


def _write_with_alpha(file: IO[bytes], image: Enlarged, dpi: tuple[float, float]) -> None:
    height, width = image.shape[:2]
    size = 4 * width * height
    if HEADER_BYTES + size >= 2**32:
        raise ValueError("a bmp file holds at most 4 GB; write png instead")
    across, down = (round(dots * PER_METER) for dots in dpi)
    file.write(struct.pack("<2sIHHI", b"BM", HEADER_BYTES + size, 0, 0, HEADER_BYTES))
    file.write(struct.pack("<IiiHHIIiiII", 108, width, height, 1, 32, BIT_FIELDS, size,
                           across, down, 0, 0))  # fmt: skip
    file.write(struct.pack("<5I", *MASKS, SRGB) + bytes(48))
    bottom = HEADER_BYTES + size
    for band in image.bands:
        # Rows stand upside down.
        order = [2, 1, 0, 3] if image.channels == 4 else [0, 0, 0, 1]
        rows = np.ascontiguousarray(band[::-1, :, order])
        bottom -= rows.nbytes
        file.seek(bottom)
        file.write(rows.data)
