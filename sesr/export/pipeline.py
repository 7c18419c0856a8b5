"""The whole defence on an NPU: what super resolution and the classifier cost together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sesr.errors import ExportError
from sesr.export.target import Target
from sesr.export.tiles import TileShape
from sesr.export.vela import Compiled, compile_network

TILES = (160, 128, 96, 64, 48, 32)
"""Sides of tiles to try beside the whole image."""


@dataclass(frozen=True, slots=True)
class NpuPart:
    """One network of the defence on the NPU.

    Attributes:
        name: of the network.
        tile: what it is compiled for; None for a classifier, which takes its image whole.
        runs: tiles of one image.
        compiled: what Vela made of it.
    """

    name: str
    tile: TileShape | None
    runs: int
    compiled: Compiled

    @property
    def cycles(self) -> int:
        """Of one image, every tile counted."""
        return self.runs * self.compiled.cycles

    @property
    def seconds(self) -> float:
        """Of one image, by Vela's estimate."""
        return self.runs * self.compiled.seconds

    def overhead(self, size: int) -> float:
        """How many times over the pixels of a size x size image are computed, minus 1."""
        if self.tile is None:
            return 0.0
        return self.runs * self.tile.height * self.tile.width / size**2 - 1

    def describe(self) -> str:
        """Its tiles in words."""
        if self.tile is None or self.runs == 1:
            return "whole image"
        return f"{self.runs} tiles of {self.tile}"


def fit_tiles(
    name: str,
    size: int,
    halo: int,
    target: Target,
    compile_tile: Callable[[TileShape], Compiled],
    sram: int | None,
) -> NpuPart:
    """Find the tile with which an image of size x size takes the fewest cycles.

    Args:
        name: of the network.
        size: side of the small image.
        halo: of the network.
        target: the NPU, for the error.
        compile_tile: compiles the network for a tile.
        sram: largest number of bytes that a tile may use; None takes the image whole.

    Raises:
        ExportError: no tile fits.
    """
    if sram is None:
        tile = TileShape(size, size, halo)
        return NpuPart(name, tile, 1, compile_tile(tile).require_npu_only())
    tiles = [TileShape(side, side, halo) for side in (size, *TILES) if 2 * halo < side <= size]
    # Cycles grow with the pixels that are computed: the first tile that fits is the fastest.
    tiles.sort(key=lambda tile: tile.count(size, size) * tile.height * tile.width)
    for tile in tiles:
        compiled = compile_tile(tile).require_npu_only()
        if compiled.sram <= sram:
            return NpuPart(name, tile, tile.count(size, size), compiled)
    raise ExportError(
        f"{name}: no tile of {size} to {TILES[-1]} pixels fits into {sram / 1024:.0f} KiB of SRAM "
        f"on {target.accelerator}: raise --sram"
    )


def classifier_part(name: str, content: bytes, target: Target) -> NpuPart:
    """Compile a classifier.

    Raises:
        ExportError: an operator of it stays on the CPU.
    """
    return NpuPart(name, None, 1, compile_network(content, target, name).require_npu_only())


def frames_a_second(parts: Sequence[NpuPart], host_seconds: float = 0.0) -> float:
    """Images a second, one part after the other, with a host's time before them."""
    return 1 / (sum(part.seconds for part in parts) + host_seconds)
