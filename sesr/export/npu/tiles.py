"""The tiles of a micro-NPU: all of one size, each moved inside the image's border.

`sesr.pixels.tiling.run_tiles` is their loop, `sesr/export/data/sesr_tiles.c` the same in C99.
"""

from __future__ import annotations

from dataclasses import dataclass

from sesr.errors import UsageError
from sesr.pixels.tiling import TilePlan, check_tile


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
