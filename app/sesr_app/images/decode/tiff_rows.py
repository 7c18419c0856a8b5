"""An image too large for the memory: rows of the first page of a TIFF file, read as they are asked
for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import IO, Any

import numpy as np

from sesr.errors import ImageError
from sesr_app.images.containers import tiff_page as tags
from sesr_app.images.containers.ifd import DirectoryReader
from sesr_app.images.containers.tiff_page import TiffPage
from sesr_app.images.decode import tiff_segments
from sesr_app.images.decode.formats.tiff import (
    VOID,
    notes_of,
    shown_pages,
    tell_smaller_copies,
)
from sesr_app.images.decode.gate import decoding
from sesr_app.images.decode.orientation import SIDEWAYS, upright, upright_size
from sesr_app.images.picture import Pixels, Warn

_LARGEST_SEGMENT = 1 << 28
"""Bytes of a strip or tile, of which one or two are in memory at a time."""

_SHORT = 1 << 20
"""Bytes of a strip that is cut out of one of the whole image."""


class TiffRows:
    """Reads rows of an image, upright.

    Args:
        name: of the file, for messages.
        open_file: opens it for reading; called anew for each reading, also by several threads.
        warn: told of what is damaged or cannot be kept.

    Attributes:
        shape: (H, W), or (H, W, C) gray with alpha, RGB or RGBA.
        dtype: uint8 or uint16.
        metadata: what else the file holds.

    Raises:
        ImageError: it is damaged, or no page of which parts can be read.
    """

    def __init__(
        self,
        name: str,
        open_file: Callable[[], IO[bytes]],
        warn: Warn = lambda message: None,
    ) -> None:
        self._name, self._open = name, open_file
        with decoding(name), open_file() as file:
            reader = DirectoryReader(file)
            directories = list(reader.chain())
            pages = [TiffPage.of(directory) for directory in directories]
            if not pages:
                raise ValueError("it holds no page")
            self._endian = reader.endian
            page = _in_short_strips(pages[0])
            self._refuse(page, len(shown_pages(pages)))
            tell_smaller_copies(len(pages) - 1, warn)
            metadata = notes_of(directories[0], reader, warn)
        turn = page.orientation if page.named_orientation else metadata.orientation
        self._page = replace(page, orientation=turn)
        width, height = upright_size(page.width, page.height, turn)
        kept = tiff_segments.kept_samples(page, warn)
        self.shape = (height, width) + ((kept,) if kept > 1 else ())
        self.dtype: np.dtype[Any] = np.dtype(np.uint16 if page.bits > 8 else np.uint8)
        # Its pixels come turned.
        self.metadata = metadata.for_size(width, height, warn) if metadata.xmp else metadata

    def read(self, rows: range) -> Pixels:
        """Some rows, in one array.

        Raises:
            ImageError: they are damaged, or cannot be read.
        """
        page = self._page
        with decoding(self._name), self._open() as file:
            pixels = tiff_segments.decode_page(
                file, page, self._endian, lambda message: None, _stored(rows, page)
            )
            return upright(pixels, page.orientation)

    def _refuse(self, page: TiffPage, count: int) -> None:
        what = ""
        if count > 1:
            what = f"{count} pages"
        elif page.kind not in (tags.UNSIGNED, VOID) or not tiff_segments.fits_in_windows(page):
            what = "pixels that are no gray or RGB of 8 or 16 bits, or a rare compression"
        elif page.segment[0] * page.segment[1] * page.samples * page.bits / 8 > _LARGEST_SEGMENT:
            what = f"strips or tiles of {page.segment[0]}x{page.segment[1]} pixels"
        if what:
            raise ImageError(f"{self._name}: has {what}, so it cannot be read in parts; convert it "
                             "to a tiled TIFF of one page, gray or RGB")  # fmt: skip


def _in_short_strips(page: TiffPage) -> TiffPage:
    """A page that is one strip, if its pixels are not packed: any rows of them can be read."""
    samples, planes = (1, page.samples) if page.planar else (page.samples, 1)
    if page.compression != tiff_segments.NONE or page.tiled or len(page.places) != planes:
        return page
    row = -(-page.width * samples * page.bits // 8)
    rows = max(_SHORT // max(row, 1), 1)
    places = tuple(
        (start + top * row, min(rows, page.height - top) * row)
        for start, _ in page.places
        for top in range(0, page.height, rows)
    )
    return replace(page, segment=(page.width, rows), places=places)


def _stored(rows: range, page: TiffPage) -> tiff_segments.PixelWindow:
    """Where rows of the upright image are stored."""
    turn = page.orientation
    across, down = range(page.width), range(page.height)
    length = page.width if turn in SIDEWAYS else page.height
    # Those whose last stored row, or column, is the first upright one.
    if turn in (3, 4, 7, 8):
        rows = range(length - rows.stop, length - rows.start)
    return (
        tiff_segments.PixelWindow(down, rows)
        if turn in SIDEWAYS
        else tiff_segments.PixelWindow(rows, across)
    )
