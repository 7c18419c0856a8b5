"""The pixels of a TIFF page from its strips or tiles.

Of any depth to 16 bits, in chunks or planes. What packs bytes without knowing of pixels (LZW,
deflate, ...) is unpacked by libtiff, one segment at a time, dressed as a gray page.
"""

from __future__ import annotations

import io
import struct
from typing import IO

import numpy as np

from sesr_app.images.containers import tiff_page as tags
from sesr_app.images.containers.ifd import LONG, SHORT, TagEntry, pack_directory
from sesr_app.images.containers.tiff_page import TiffPage
from sesr_app.images.picture import Pixels, Warn

NONE, OLD_DEFLATE = 1, 32946
LIBTIFF = (5, 32773, 34925, 50000)
"""LZW, PackBits, LZMA and Zstandard."""

REVERSED = np.packbits(np.unpackbits(np.arange(256, dtype=np.uint8)).reshape(256, 8)[:, ::-1])


def fits(page: TiffPage) -> bool:
    """Whether the page is one that is decoded here."""
    colors = {tags.WHITE_IS_ZERO: 1, tags.BLACK_IS_ZERO: 1, tags.RGB: 3}.get(page.photometric, 0)
    known = page.compression in (NONE, tags.DEFLATE, OLD_DEFLATE, *LIBTIFF)
    return (
        known
        and 0 < page.bits <= 16
        and 0 < colors <= page.samples
        and page.predictor in (1, tags.DIFFERENCES)
    )


def decode_page(file: IO[bytes], page: TiffPage, endian: str, warn: Warn) -> Pixels:
    """Decode a page as it is stored, not turned.

    Returns:
        (H, W), or (H, W, C) gray with alpha, RGB or RGBA; uint16, or uint8 up to 8 bits.

    Raises:
        ValueError: it is damaged.
    """
    kept = _kept_samples(page, warn)
    dtype = np.uint16 if page.bits > 8 else np.uint8
    image = np.zeros((page.height, page.width, kept), dtype)
    across = -(-page.width // page.segment[0])
    down = -(-page.height // page.segment[1])
    planes = page.samples if page.planar else 1
    if len(page.places) < across * down * planes or not across * down:
        raise ValueError("segments are missing")
    for index, place in enumerate(page.places[: across * down * planes]):
        plane, at = divmod(index, across * down)
        if plane >= kept:
            break
        left, top = at % across * page.segment[0], at // across * page.segment[1]
        rows = min(page.segment[1], page.height - top)
        samples = _segment(file, page, place, rows, endian)
        window = image[top : top + rows, left : left + page.segment[0]]
        part = samples[:rows, : window.shape[1]]
        if page.planar:
            window[..., plane] = part[..., 0]
        else:
            window[:] = part[..., :kept]
    return _finished(image, page)


def _kept_samples(page: TiffPage, warn: Warn) -> int:
    """Colours, and alpha if the first sample behind them is one."""
    colors = 3 if page.photometric == tags.RGB else 1
    extra = page.samples - colors
    # Where four samples of RGB have no kind, everybody takes the last for alpha.
    unnamed = extra == 1 and not page.extra and colors == 3
    alpha = extra > 0 and (unnamed or page.extra[:1] in ((tags.ASSOCIATED,), (tags.STRAIGHT,)))
    if extra > alpha:
        warn(f"has {extra - alpha} more channels than colours and alpha, which were left out")
    return colors + alpha


def _segment(
    file: IO[bytes], page: TiffPage, place: tuple[int, int], rows: int, endian: str
) -> Pixels:
    """Samples of a strip or tile, (rows, columns, samples)."""
    columns = page.segment[0]
    samples = 1 if page.planar else page.samples
    whole = page.segment[1] if page.tiled else rows
    row_bytes = -(-columns * samples * page.bits // 8)
    file.seek(place[0])
    size = place[1] if place[1] or page.compression != NONE else row_bytes * whole
    data = _unpacked(file.read(size), page, row_bytes, whole)
    if len(data) < row_bytes * rows:
        raise ValueError("a segment that ends too early")
    block = np.frombuffer(data, np.uint8, row_bytes * rows)
    if page.reversed_bits:
        block = REVERSED[block]
    values = _values(block.reshape(rows, row_bytes), page.bits, columns * samples, endian)
    values = values.reshape(rows, columns, samples)
    if page.predictor == tags.DIFFERENCES:
        values = np.cumsum(values, axis=1, dtype=values.dtype)
        if page.bits not in (8, 16):
            values &= (1 << page.bits) - 1
    return values


def _values(block: Pixels, bits: int, count: int, endian: str) -> Pixels:
    """Numbers of any width from rows of bytes."""
    if bits == 16:
        return block.view(endian + "u2")[:, :count].astype(np.uint16)
    if bits == 8:
        return block[:, :count]
    single = np.unpackbits(block, axis=1)[:, : count * bits].reshape(len(block), count, bits)
    weights = (1 << np.arange(bits - 1, -1, -1)).astype(np.uint16)
    return (single @ weights).astype(np.uint16 if bits > 8 else np.uint8)


def _unpacked(data: bytes, page: TiffPage, row_bytes: int, rows: int) -> bytes:
    """The bytes of a segment, without their compression."""
    if page.compression == NONE:
        return data
    if page.compression in (tags.DEFLATE, OLD_DEFLATE):
        from isal import isal_zlib

        # As much as it should hold, whatever it claims.
        return bytes(isal_zlib.decompressobj().decompress(data, row_bytes * rows))
    from PIL import TiffImagePlugin

    dressed = _as_gray_page(data, page, row_bytes, rows)
    with TiffImagePlugin.TiffImageFile(io.BytesIO(dressed)) as image:
        return np.asarray(image).tobytes()


def _as_gray_page(data: bytes, page: TiffPage, row_bytes: int, rows: int) -> bytes:
    head = b"II*\0" + struct.pack("<I", 8)
    entries = {
        tags.WIDTH: TagEntry.of(LONG, row_bytes),
        tags.LENGTH: TagEntry.of(LONG, rows),
        tags.BITS: TagEntry.of(SHORT, 8),
        tags.COMPRESSION: TagEntry.of(SHORT, page.compression),
        tags.PHOTOMETRIC: TagEntry.of(SHORT, tags.BLACK_IS_ZERO),
        tags.FILL_ORDER: TagEntry.of(SHORT, 1),
        tags.OFFSETS: TagEntry.of(LONG, 0),
        tags.SAMPLES_A_PIXEL: TagEntry.of(SHORT, 1),
        tags.ROWS: TagEntry.of(LONG, rows),
        tags.COUNTS: TagEntry.of(LONG, len(data)),
    }
    size = len(pack_directory(entries, 8)[0])
    entries[tags.OFFSETS] = TagEntry.of(LONG, 8 + size)
    return head + pack_directory(entries, 8)[0] + data


def _finished(image: Pixels, page: TiffPage) -> Pixels:
    """White as the largest value, colours without alpha in them, no axis of one."""
    peak = np.iinfo(image.dtype).max
    if page.bits not in (8, 16):
        table = np.arange(2**page.bits) / (2**page.bits - 1) * peak + 0.5
        image = table.astype(image.dtype)[image]
    if page.photometric == tags.WHITE_IS_ZERO:
        np.subtract(peak, image[..., :1], out=image[..., :1])
    if image.shape[2] in (2, 4) and page.extra[:1] == (tags.ASSOCIATED,):
        _divide_by_alpha(image)
    return image[..., 0] if image.shape[2] == 1 else image


def _divide_by_alpha(image: Pixels) -> None:
    peak = np.iinfo(image.dtype).max
    for row in image:
        alpha = row[:, -1:].astype(np.float64)
        color = row[:, :-1] * float(peak)
        np.divide(color, alpha, out=color, where=alpha > 0)
        row[:, :-1] = np.minimum(color + 0.5, peak).astype(image.dtype)
