"""The pixels of a TIFF page from its strips or tiles.

Of any depth to 16 bits, in chunks or planes. What packs bytes without knowing of pixels (LZW,
deflate, ...) is unpacked by libtiff, one segment at a time, dressed as a gray page; a segment of
JPEG is dressed as a page of its own.
"""

from __future__ import annotations

import io
import struct
from typing import IO, NamedTuple

import numpy as np

from sesr_app.images.containers import tiff_page as tags
from sesr_app.images.containers.ifd import (
    LONG,
    SHORT,
    UNDEFINED,
    Directory,
    TagEntry,
    pack_directory,
)
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


def fits_in_windows(page: TiffPage) -> bool:
    """Whether windows of it are decoded here: JPEG too, of which Pillow decodes whole pages."""
    colors = {tags.BLACK_IS_ZERO: 1, tags.RGB: 3, tags.YCBCR: 3}.get(page.photometric, 0)
    jpeg = page.compression == tags.JPEG and page.bits == 8 and not page.planar
    return fits(page) or (jpeg and page.samples == colors)


class PixelWindow(NamedTuple):
    """A rectangle of stored pixels."""

    rows: range
    columns: range


def decode_page(
    file: IO[bytes], page: TiffPage, endian: str, warn: Warn, window: PixelWindow | None = None
) -> Pixels:
    """Decode a page, or a window of it, as it is stored, not turned.

    Returns:
        (H, W), or (H, W, C) gray with alpha, RGB or RGBA; uint16, or uint8 up to 8 bits.

    Raises:
        ValueError: it is damaged.
    """
    rows, columns = window or (range(page.height), range(page.width))
    kept = kept_samples(page, warn)
    image = np.zeros((len(rows), len(columns), kept), np.uint16 if page.bits > 8 else np.uint8)
    width, height = page.segment
    across = -(-page.width // width)
    down = -(-page.height // height)
    if len(page.places) < across * down * (page.samples if page.planar else 1) or not across * down:
        raise ValueError("segments are missing")
    for plane in range(kept if page.planar else 1):
        for row in range(rows.start // height, -(-rows.stop // height)):
            for column in range(columns.start // width, -(-columns.stop // width)):
                place = page.places[(plane * down + row) * across + column]
                high = min(height, page.height - row * height)
                samples = _segment(file, page, place, high, endian)
                whole = PixelWindow(
                    range(row * height, row * height + high),
                    range(column * width, min((column + 1) * width, page.width)),
                )
                target, taken = _overlap(whole, PixelWindow(rows, columns))
                if page.planar:
                    image[target][..., plane] = samples[taken][..., 0]
                else:
                    image[target] = samples[taken][..., :kept]
    return _finished(image, page)


_Slices = tuple[slice, slice]


def _overlap(segment: PixelWindow, window: PixelWindow) -> tuple[_Slices, _Slices]:
    """Where the common pixels lie in the window, and where in the segment."""
    common = [
        range(max(one.start, other.start), min(one.stop, other.stop))
        for one, other in zip(segment, window, strict=True)
    ]
    in_window, in_segment = (
        tuple(
            slice(part.start - of.start, part.stop - of.start)
            for part, of in zip(common, whole, strict=True)
        )
        for whole in (window, segment)
    )
    return (in_window[0], in_window[1]), (in_segment[0], in_segment[1])


def kept_samples(page: TiffPage, warn: Warn) -> int:
    """Colours, and alpha if the first sample behind them is one."""
    colors = 3 if page.photometric in (tags.RGB, tags.YCBCR) else 1
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
    if page.compression == tags.JPEG:
        file.seek(place[0])
        pixels = _by_libtiff(_as_jpeg_page(file.read(place[1]), page, whole))
        return pixels.reshape(whole, columns, samples)[:rows]
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
    return _by_libtiff(_as_gray_page(data, page, row_bytes, rows)).tobytes()


def _by_libtiff(dressed: bytes) -> Pixels:
    from PIL import TiffImagePlugin

    try:
        with TiffImagePlugin.TiffImageFile(io.BytesIO(dressed)) as image:
            return np.asarray(image)
    except OSError as error:
        raise ValueError("a segment that cannot be unpacked") from error


def _as_gray_page(data: bytes, page: TiffPage, row_bytes: int, rows: int) -> bytes:
    entries = {
        tags.BITS: TagEntry.of(SHORT, 8),
        tags.PHOTOMETRIC: TagEntry.of(SHORT, tags.BLACK_IS_ZERO),
        tags.SAMPLES_A_PIXEL: TagEntry.of(SHORT, 1),
    }
    return _dressed(data, page, (row_bytes, rows), entries)


def _as_jpeg_page(data: bytes, page: TiffPage, rows: int) -> bytes:
    entries = {
        tags.BITS: TagEntry.of(SHORT, *(8,) * page.samples),
        tags.PHOTOMETRIC: TagEntry.of(SHORT, page.photometric),
        tags.SAMPLES_A_PIXEL: TagEntry.of(SHORT, page.samples),
    }
    if page.jpeg_tables:
        entries[tags.JPEG_TABLES] = TagEntry(UNDEFINED, page.jpeg_tables)
    if page.subsampling:
        entries[tags.SUBSAMPLING] = TagEntry.of(SHORT, *page.subsampling)
    return _dressed(data, page, (page.segment[0], rows), entries)


def _dressed(data: bytes, page: TiffPage, size: tuple[int, int], entries: Directory) -> bytes:
    """A segment as a TIFF file of its own, of width and height."""
    head = b"II*\0" + struct.pack("<I", 8)
    entries |= {
        tags.WIDTH: TagEntry.of(LONG, size[0]),
        tags.LENGTH: TagEntry.of(LONG, size[1]),
        tags.COMPRESSION: TagEntry.of(SHORT, page.compression),
        tags.FILL_ORDER: TagEntry.of(SHORT, 1),
        tags.OFFSETS: TagEntry.of(LONG, 0),
        tags.ROWS: TagEntry.of(LONG, size[1]),
        tags.COUNTS: TagEntry.of(LONG, len(data)),
    }
    start = 8 + len(pack_directory(entries, 8)[0])
    entries[tags.OFFSETS] = TagEntry.of(LONG, start)
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
