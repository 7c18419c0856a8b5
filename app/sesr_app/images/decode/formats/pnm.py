"""Portable bit, gray and pixel maps, plain and raw.

Reference: the manuals of Netpbm, pbm(5), pgm(5), ppm(5).
"""

from __future__ import annotations

from typing import IO

import numpy as np

from sesr_app.images.decode.gate import Gate, Header
from sesr_app.images.decode.source import Source
from sesr_app.images.picture import Frame, Picture, Pixels

LONGEST_NUMBER = 10
LINE_BYTES = 1 << 20


def read(source: Source, gate: Gate) -> Picture:
    """Decode the first map of a file."""
    with source.open() as file:
        kind = int(file.read(2)[1:])
        width, height = _number(file), _number(file)
        white = 1 if kind in (1, 4) else _number(file)
        gate.let_in(Header(source.format, width, height))
        if not 0 < white < 65_536:
            raise ValueError(f"{white} for white")
        values = _plain(file, kind, width, height) if kind < 4 else _raw(
            file, kind, width, height, white)  # fmt: skip
    if kind in (1, 4):
        values = 1 - values
    pixels = _scaled(values, white)
    frames = iter([Frame(pixels[..., 0] if pixels.shape[2] == 1 else pixels)])
    return Picture(frames, 1, width * height, None, lossless=True)


def _number(file: IO[bytes]) -> int:
    """The next number of the header; comments reach to the end of their line."""
    digits = b""
    while True:
        byte = file.read(1)
        if byte == b"#":
            while (line := file.readline(LINE_BYTES)) and not line.endswith((b"\n", b"\r")):
                pass
            byte = b" "
        if byte.isdigit() and len(digits) < LONGEST_NUMBER:
            digits += byte
        elif digits and byte.isspace():
            return int(digits)
        elif not byte.isspace():
            raise ValueError("the header of the map")


def _plain(file: IO[bytes], kind: int, width: int, height: int) -> Pixels:
    channels = 3 if kind == 3 else 1
    text = b"\n".join(line.partition(b"#")[0] for line in file.read().splitlines())
    if kind == 1:
        # Its digits need no blanks between them.
        text = b" ".join(bytes((digit,)) for digit in text if digit in b"01")
    values = np.array(text.split()[: width * height * channels], np.int64)
    return _shaped(values, height, width, channels)


def _raw(file: IO[bytes], kind: int, width: int, height: int, white: int) -> Pixels:
    if kind == 4:
        row = (width + 7) // 8
        packed = _shaped(np.frombuffer(file.read(row * height), np.uint8), height, row, 1)
        return np.unpackbits(packed[..., 0], axis=1)[:, :width, np.newaxis]
    channels = 3 if kind == 6 else 1
    dtype = np.dtype(">u2" if white > 255 else "u1")
    values = np.frombuffer(file.read(width * height * channels * dtype.itemsize), dtype)
    return _shaped(values, height, width, channels)


def _shaped(values: Pixels, height: int, width: int, channels: int) -> Pixels:
    if values.size < height * width * channels:
        raise ValueError("the map ends too early")
    return values.reshape(height, width, channels)


def _scaled(values: Pixels, white: int) -> Pixels:
    """A map names its white; everywhere else it is the largest value."""
    peak, dtype = (255, np.uint8) if white < 256 else (65_535, np.uint16)
    if white == peak:
        return values.astype(dtype, copy=False)
    table = np.minimum(np.arange(65_536) / white * peak + 0.5, peak).astype(dtype)
    scaled: Pixels = table[values.clip(0, 65_535)]
    return scaled
