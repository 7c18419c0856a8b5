"""PNG files of 16 bits a channel, a band of rows at a time.

OpenCV decodes them, but with twice the memory of the image. A band is decoded as an image of its
own below the last row before it, which is all that its filters look back to.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np

from sesr_app.images.containers.chunks import assembled, chunks
from sesr_app.images.decode.source import Source
from sesr_app.images.picture import Pixels

_BAND_BYTES = 8 << 20
GRAY, GRAY_ALPHA = 0, 4
_SAMPLES = {0: 1, 2: 3, 4: 2, 6: 4}
"""Of a pixel, by the kind of colour."""

INTERLACED = 28
"""Place of the byte in the file."""


def decode_deep_png(source: Source) -> Pixels:
    """(H, W), or (H, W, C) gray with alpha, RGB or RGBA, uint16, as stored.

    Raises:
        ValueError: it is damaged.
    """
    width, height, _, color = struct.unpack(">IIBB", source.head[16:26])
    if source.head[INTERLACED]:
        return decode_png_at_once(source.read(), (height, width), color)
    key = b""
    with source.open() as file:
        for name, body in chunks(file):
            if name == b"IDAT":
                break
            key = body if name == b"tRNS" else key
    head = [(b"IHDR", source.head[16:29])] + ([(b"tRNS", key)] if key else [])
    stored = _SAMPLES[color] * 2 * width + 1
    above = bytes(stored)
    out: Pixels | None = None
    top = 0
    for rows in _inflated(source, stored, height):
        count = len(rows) // stored
        size = struct.pack(">II", width, count + 1)
        parts = [(name, size + body[8:] if name == b"IHDR" else body) for name, body in head]
        data = zlib.compress(above + rows, 0)
        small = assembled([*parts, (b"IDAT", data), (b"IEND", b"")])
        band = decode_png_at_once(small, (count + 1, width), color)
        if out is None:
            out = np.empty((height, *band.shape[1:]), np.uint16)
        out[top : top + count] = band[1:]
        above = b"\0" + _as_stored(band[-1:], color)
        top += count
    if out is None:
        raise ValueError("the pixels are missing")
    return out


def decode_png_at_once(content: bytes, shape: tuple[int, int], color: int) -> Pixels:
    """The same of a whole file, with OpenCV."""
    import cv2

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.shape[:2] != shape or pixels.dtype != np.uint16:
        raise ValueError("the pixels cannot be decoded")
    if pixels.ndim == 2:
        return pixels
    if color in (GRAY, GRAY_ALPHA):
        return np.ascontiguousarray(pixels[..., [0, -1]])
    order = cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB
    return cv2.cvtColor(pixels, order, dst=pixels)


def _as_stored(row: Pixels, color: int) -> bytes:
    """A row without a filter; an alpha that a key has made is not in the file."""
    samples = row.reshape(row.shape[1], -1)[:, : _SAMPLES[color]]
    return samples.astype(">u2").tobytes()


def _inflated(source: Source, stored: int, height: int) -> Iterator[bytes]:
    """The filtered rows, some whole ones at a time.

    Raises:
        ValueError: there are fewer than there should be.
    """
    from isal import isal_zlib

    inflate = isal_zlib.decompressobj()
    step = max(_BAND_BYTES // stored, 1) * stored
    missing = stored * height
    waiting = bytearray()
    with source.open() as file:
        for name, body in chunks(file, pixels=True):
            while name == b"IDAT" and missing > len(waiting):
                waiting += inflate.decompress(body, min(step, missing) - len(waiting))
                body = inflate.unconsumed_tail
                if len(waiting) == min(step, missing):
                    yield bytes(waiting)
                    missing -= len(waiting)
                    waiting.clear()
                elif not body:
                    break
    if missing:
        raise ValueError("the pixels end too early")
