"""Writing tiled BigTIFF files, of any size, from tiles that were packed before.

Reference: TIFF 6.0, section 15; the BigTIFF design of the libtiff project.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from sesr_app.images.containers import tiff_page as tags
from sesr_app.images.containers.ifd import LONG, LONG8, TagEntry, pack_directory
from sesr_app.images.encode.formats.tiff import note_tags, pack_block, pixel_tags
from sesr_app.images.metadata import Metadata
from sesr_app.images.picture import Pixels, Warn

TILE_SIDE = 256
"""Side of a tile; those that look at large images read them one by one."""

_HEAD = 16


class Sink(Protocol):
    """A file, or anything else that bytes can be written to."""

    def write(self, content: bytes, /) -> int:
        """Write some more."""


def pack_tiles(bands: Iterator[Pixels]) -> Iterator[bytes]:
    """Cut rows into tiles and pack them, from left to right and from the top to the bottom.

    Args:
        bands: rows of the image from a multiple of `TILE_SIDE` on.
    """
    waiting: list[Pixels] = []
    rows = 0
    for band in bands:
        waiting.append(band)
        rows += len(band)
        if rows >= TILE_SIDE:
            block = np.concatenate(waiting)
            whole = rows - rows % TILE_SIDE
            yield from _packed(block[:whole])
            waiting, rows = [block[whole:]], rows - whole
    if rows:
        yield from _packed(np.concatenate(waiting))


def count_tiles(rows: int, width: int) -> int:
    """How many tiles some rows are cut into."""
    return -(-rows // TILE_SIDE) * -(-width // TILE_SIDE)


def write_tiled(
    file: Sink,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    sizes: Sequence[int],
    tiles: Iterable[bytes],
    notes: Metadata,
    warn: Warn,
) -> None:
    """Write a file from its first byte to its last, which any stream takes.

    Args:
        shape, dtype: of the image.
        sizes: of the packed tiles.
        tiles: their bytes one after the other, in pieces of any size.
        notes: for an image of that size.
        warn: told of what cannot be written after all.
    """
    ends = np.cumsum([_HEAD, *sizes])
    start = int(ends[-1]) + int(ends[-1]) % 2
    page = pixel_tags(shape, dtype) | note_tags(notes, warn)
    page |= {
        tags.TILE_WIDTH: TagEntry.of(LONG, TILE_SIDE),
        tags.TILE_LENGTH: TagEntry.of(LONG, TILE_SIDE),
        tags.TILE_OFFSETS: TagEntry.of(LONG8, *ends[:-1].tolist()),
        tags.TILE_COUNTS: TagEntry.of(LONG, *sizes),
    }
    file.write(b"II+\0" + struct.pack("<HHQ", 8, 0, start))
    for piece in tiles:
        file.write(piece)
    file.write(b"\0" * (start - int(ends[-1])))
    file.write(pack_directory(page, start, big=True)[0])


def _packed(rows: Pixels) -> Iterator[bytes]:
    for top in range(0, len(rows), TILE_SIDE):
        for left in range(0, rows.shape[1], TILE_SIDE):
            part = rows[top : top + TILE_SIDE, left : left + TILE_SIDE]
            tile = np.zeros((TILE_SIDE, TILE_SIDE, *rows.shape[2:]), rows.dtype)
            tile[: part.shape[0], : part.shape[1]] = part
            yield pack_block(tile)
