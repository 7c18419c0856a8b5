"""The tile loop of a micro-NPU: tiles of one size, each moved inside the image's border.

`data/sesr_tiles.c` is the same loop in C99.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sesr.errors import UsageError
from sesr.pixels.tiling import TilePlan, check_tile
from sesr.pixels.tiling import run_tiles as run_plan

Int8Image = npt.NDArray[np.int8]

PIXEL_OFFSET = 128
"""Pixel of an 8-bit image minus its int8 value, on both sides of the network."""


@dataclass(frozen=True, slots=True)
class TileShape:
    """Size of the tiles that a network is compiled for.

    Attributes:
        height, width: in low-resolution pixels.
        halo: pixels on each side whose results are not kept, except at the image's border.

    Raises:
        UsageError: a tile keeps nothing beyond its halo.
    """

    height: int
    width: int
    halo: int

    def __post_init__(self) -> None:
        for side in (self.height, self.width):
            check_tile(side, self.halo)

    @classmethod
    def parse(cls, text: str, halo: int) -> TileShape:
        """Read "HEIGHTxWIDTH".

        Raises:
            UsageError: the text is something else, or the tile is too small.

        Example:
            >>> TileShape.parse("64x96", halo=9)
            TileShape(height=64, width=96, halo=9)
        """
        sides = text.lower().split("x")
        if len(sides) != 2 or not all(side.isdecimal() for side in sides):
            raise UsageError(f"a tile is given as HEIGHTxWIDTH, as in 64x64; received {text!r}")
        return cls(int(sides[0]), int(sides[1]), halo)

    def count(self, height: int, width: int) -> int:
        """Tiles that cover an image of height x width pixels."""
        return len(self.plan(height, width))

    def plan(self, height: int, width: int) -> TilePlan:
        """Where the tiles of an image of height x width pixels lie."""
        return TilePlan.fixed(height, width, (self.height, self.width), self.halo)

    def __str__(self) -> str:
        return f"{self.height}x{self.width}"


def run_tiles(
    network: Callable[[Int8Image], Int8Image], image: Int8Image, shape: TileShape, scale: int
) -> Int8Image:
    """Enlarge an image tile by tile.

    Args:
        network: from (height, width, C) to (height * scale, width * scale, C), int8.
        image: (H, W, C) int8, pixel - 128.
        shape: of the tiles.
        scale: 2 or 4.
    """
    return run_plan(network, image, shape.plan(image.shape[0], image.shape[1]), scale)
