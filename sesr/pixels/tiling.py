"""Cutting an image into tiles whose results join without a seam.

A network of receptive radius r computes the same value for a pixel from any window that holds
r pixels on each side of it, or that ends where the image ends. So every tile carries a halo
of r pixels, and a tile at the image's border is moved inside instead of padded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from sesr.errors import UsageError

Number = TypeVar("Number", bound=np.generic)


class Window(NamedTuple):
    """An interval of pixels to read, and the part of it whose results are kept.

    Attributes:
        start, stop: read [start, stop).
        keep_start, keep_stop: keep [keep_start, keep_stop), in the same coordinates.
    """

    start: int
    stop: int
    keep_start: int
    keep_stop: int

    def kept(self, scale: int) -> slice:
        """Where the kept part lies in the window's own output."""
        return slice((self.keep_start - self.start) * scale, (self.keep_stop - self.start) * scale)

    def target(self, scale: int) -> slice:
        """Where the kept part lies in the whole output."""
        return slice(self.keep_start * scale, self.keep_stop * scale)


def check_tile(tile: int, halo: int) -> None:
    """Make sure that a tile keeps something beyond its halo.

    Raises:
        UsageError: it does not.
    """
    if tile <= 2 * halo:
        raise UsageError(
            f"a tile must be larger than two halos of {halo} pixels; received {tile}: "
            f"use at least {2 * halo + 1}"
        )


TILES = (128, 160, 192, 224, 256)
"""Sides to choose from. Larger ones would waste less on halos, but LiteRT needs about a kilobyte
for every pixel of a tile on every core, and time to prepare it."""

PREPARATION = 3.0
"""What preparing LiteRT for a tile costs, in runs of that tile, measured on x86-64."""


def choose_tile(height: int, width: int, halo: int, workers: int) -> int:
    """The tile that an image is done with soonest.

    Args:
        height, width: of the image.
        halo: receptive radius of the network.
        workers: tiles that are computed at a time, each of which prepares its own runtime.

    Example:
        >>> choose_tile(1080, 1920, 9, workers=2), choose_tile(8000, 12000, 9, workers=2)
        (224, 256)
    """

    def cost(tile: int) -> float:
        plan = TilePlan.make(height, width, tile, halo)
        rows, columns = plan.rows[0], plan.columns[0]
        pixels = (rows.stop - rows.start) * (columns.stop - columns.start)
        return pixels * (-(-len(plan) // workers) + PREPARATION)

    return min((tile for tile in TILES if tile > 2 * halo), key=cost)


def split_axis(length: int, tile: int, halo: int) -> tuple[Window, ...]:
    """Cover one axis of an image with windows of equal size.

    Args:
        length: pixels of the axis, at least 1.
        tile: largest size of a window.
        halo: pixels that a window needs beyond what it keeps, except at the image's border.

    Returns:
        Windows in order. Their kept parts follow each other from 0 to length, and all windows
        have one size, so that a network is prepared for a single shape.

    Raises:
        UsageError: a tile of that size keeps nothing.

    Example:
        >>> [(w.start, w.stop, w.keep_stop) for w in split_axis(100, 48, 9)]
        [(0, 46, 37), (28, 74, 65), (54, 100, 100)]
    """
    if length <= tile:
        return (Window(0, length, 0, length),)
    check_tile(tile, halo)
    count = -(-(length - 2 * halo) // (tile - 2 * halo))
    size = -(-(length - 2 * halo) // count) + 2 * halo
    windows: list[Window] = []
    kept = 0
    for index in range(count):
        start = min(index * (size - 2 * halo), length - size)
        stop = start + size
        end = length if stop == length else stop - halo
        windows.append(Window(start, stop, kept, end))
        kept = end
    return tuple(windows)


@dataclass(frozen=True, slots=True)
class TilePlan:
    """How an image is cut, row of tiles by row of tiles.

    Attributes:
        rows: windows from top to bottom.
        columns: windows from left to right.
    """

    rows: tuple[Window, ...]
    columns: tuple[Window, ...]

    @classmethod
    def make(cls, height: int, width: int, tile: int, halo: int) -> TilePlan:
        """Plan for an image of height x width pixels with square tiles of at most `tile`."""
        return cls(split_axis(height, tile, halo), split_axis(width, tile, halo))

    @classmethod
    def fixed(cls, height: int, width: int, tile: tuple[int, int], halo: int) -> TilePlan:
        """Plan with tiles of exactly `tile` = (height, width) pixels.

        Raises:
            UsageError: the image is smaller than a tile.
        """
        return cls(
            tuple(fixed_windows(height, tile[0], halo)),
            tuple(fixed_windows(width, tile[1], halo)),
        )

    def __len__(self) -> int:
        return len(self.rows) * len(self.columns)

    def __iter__(self) -> Iterator[tuple[Window, Window]]:
        return ((row, column) for row in self.rows for column in self.columns)


def run_tiles(
    network: Callable[[npt.NDArray[Number]], npt.NDArray[Number]],
    image: npt.NDArray[Number],
    plan: TilePlan,
    scale: int,
) -> npt.NDArray[Number]:
    """Enlarge an image one tile after the other.

    Args:
        network: from (h, w, C) to (h * scale, w * scale, C), numbers of the same type.
        image: (H, W, C).
        plan: for an image of that size.
        scale: 2 or 4.
    """
    height, width, channels = image.shape
    output: npt.NDArray[Any] = np.empty((height * scale, width * scale, channels), image.dtype)
    for row, column in plan:
        result = network(image[row.start : row.stop, column.start : column.stop])
        kept = result[row.kept(scale), column.kept(scale)]
        output[row.target(scale), column.target(scale)] = kept
    return output


def fixed_windows(length: int, tile: int, halo: int) -> list[Window]:
    """Cover one axis of an image with windows of exactly `tile` pixels.

    Raises:
        UsageError: the image is smaller than a tile: what a tile reads beyond the border would
            not be what the network pads with.

    Example:
        >>> [(w.start, w.keep_start, w.keep_stop) for w in fixed_windows(100, 48, 9)]
        [(0, 0, 39), (30, 39, 69), (52, 69, 100)]
    """
    if length < tile:
        raise UsageError(
            f"an image must be at least as large as a tile; received {length} pixels for a tile "
            f"of {tile}: export with a smaller --tile"
        )
    windows: list[Window] = []
    kept = 0
    while kept < length:
        start = min(max(kept - halo, 0), length - tile)
        stop = start + tile
        end = length if stop == length else stop - halo
        windows.append(Window(start, stop, kept, end))
        kept = end
    return windows
