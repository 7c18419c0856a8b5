"""One network of a defence on the NPU, in the tiles that fit into its memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from sesr.errors import ExportError
from sesr.export.npu.target import Target
from sesr.export.npu.tiles import TileShape
from sesr.export.npu.vela import Compiled, compile_network
from sesr.int8 import quantize
from sesr.lowering import Lowering, PlainNetwork, possible_lowerings
from sesr.pixels.color import FloatImage

MOST_TILES = 24
"""Along one side of an image: more would compute little but halos."""

PROBE = 64
"""Side of the tile that tells how much SRAM a pixel takes, unless its halos need a larger one."""

SLACK = 1.1
"""A tile is tried if it is expected to exceed the SRAM by no more than this: Vela does better with
some shapes than with others."""


@dataclass(frozen=True, slots=True)
class NpuPart:
    """One network of the defence on the NPU.

    Attributes:
        name: of the network.
        side: of its image.
        tile: what it is compiled for.
        compiled: what Vela made of it.
    """

    name: str
    side: int
    tile: TileShape
    compiled: Compiled

    @property
    def runs(self) -> int:
        """Tiles of one image."""
        return self.tile.count(self.side, self.side)

    @property
    def cycles(self) -> int:
        """Of one image, every tile counted."""
        return self.runs * self.compiled.cycles

    @property
    def seconds(self) -> float:
        """Of one image, by Vela's estimate."""
        return self.runs * self.compiled.seconds

    @property
    def overhead(self) -> float:
        """What halos cost: how many times over the image's pixels are computed, minus 1."""
        return self.runs * self.tile.height * self.tile.width / self.side**2 - 1

    def describe(self) -> str:
        """Its tiles in words."""
        return "whole image" if self.runs == 1 else f"{self.runs} tiles of {self.tile}"


def fit_network(
    name: str,
    network: PlainNetwork,
    size: int,
    target: Target,
    images: Sequence[FloatImage],
    sram: int | None,
    shuffles: Sequence[str] = (),
) -> NpuPart:
    """Compile a network for the tile with which an image of size x size is done soonest.

    The lowering is the one that is fastest for a small tile; tiles of all sizes agree in that.

    Args:
        name: of the network.
        network: as it was trained.
        size: side of the small image.
        target: the NPU.
        images: low-resolution photographs to calibrate on.
        sram: largest number of bytes that a tile may use; None takes the image whole.
        shuffles: the only ones to choose from, instead of all that the network admits.

    Raises:
        ExportError: no tile fits, or an operator stays on the CPU.
    """
    halo = network.receptive_radius
    side = _probe(size, halo, network.stride)
    lowerings = [
        lowering
        for lowering in possible_lowerings(network, side, side)
        if not shuffles or lowering.shuffle in shuffles
    ]
    quantized = {lowering: quantize(network, lowering, images) for lowering in lowerings}

    @cache
    def compile_as(lowering: Lowering, tile: TileShape) -> Compiled:
        content = quantized[lowering].convert(tile.height, tile.width)
        return compile_network(content, target, f"sesr_{tile}")

    small = {lowering: compile_as(lowering, TileShape(side, side, halo)) for lowering in lowerings}
    lowerings.sort(key=lambda one: (small[one].cpu_operators, small[one].cycles))

    def compile_tile(tile: TileShape) -> Compiled:
        admitted = possible_lowerings(network, tile.height, tile.width)
        return compile_as(next(one for one in lowerings if one in admitted), tile)

    return fit_tiles(name, size, halo, target, compile_tile, sram, network.stride)


def fit_tiles(
    name: str,
    size: int,
    halo: int,
    target: Target,
    compile_tile: Callable[[TileShape], Compiled],
    sram: int | None,
    stride: int = 1,
) -> NpuPart:
    """Find the tile that fits with which an image of size x size computes the fewest pixels.

    Args:
        name: of the network.
        size: side of the small image.
        halo: of the network.
        target: the NPU, for the error.
        compile_tile: compiles the network for a tile.
        sram: largest number of bytes that a tile may use; None takes the image whole.
        stride: of the network, which the sides of tiles are multiples of.

    Raises:
        ExportError: no tile fits.
    """
    whole = TileShape(size, size, halo)
    if sram is None:
        return NpuPart(name, size, whole, compile_tile(whole).require_npu_only())
    side = _probe(size, halo, stride)
    probe = compile_tile(TileShape(side, side, halo)).require_npu_only()
    area = SLACK * sram / probe.sram * side**2
    for tile in even_tiles(size, halo, stride):
        if tile.height * tile.width > area:
            continue
        compiled = compile_tile(tile).require_npu_only()
        if compiled.sram <= sram:
            return NpuPart(name, size, tile, compiled)
    raise ExportError(
        f"{name}: no tile of an image of {size}x{size} pixels fits into {sram / 1024:.0f} KiB of "
        f"SRAM on {target.accelerator}: raise --sram"
    )


def _probe(size: int, halo: int, stride: int) -> int:
    """Side of the tile that tells how much SRAM a pixel takes."""
    return min(size, max(PROBE, 2 * halo + stride))


def even_tiles(size: int, halo: int, stride: int = 1) -> list[TileShape]:
    """Tiles that cover an image without a rest, by the pixels that are computed with them.

    Args:
        size: side of the image.
        halo: of the network.
        stride: of the network, which the sides are multiples of.

    Returns:
        The fewest pixels first; among equals, which lie and stand, the wide one.

    Example:
        >>> [str(tile) for tile in even_tiles(299, halo=6)[:4]]
        ['299x299', '156x299', '299x156', '108x299']
    """
    sides = dict.fromkeys(_even_sides(size, halo, stride))
    tiles = [TileShape(height, width, halo) for height in sides for width in sides]
    return sorted(tiles, key=lambda t: (t.count(size, size) * t.height * t.width, t.height))


def _even_sides(size: int, halo: int, stride: int) -> Iterator[int]:
    """Sides with which 1, 2, 3 and so on tiles cover `size` pixels."""
    yield size
    for count in range(2, MOST_TILES + 1):
        yield -(-(size - 2 * halo) // (count * stride)) * stride + 2 * halo


def classifier_part(
    name: str, side: int, content: bytes, target: Target, sram: int | None = None
) -> NpuPart:
    """Compile a classifier, which takes its image of side x side whole.

    Args:
        name: of the classifier.
        side: of its image.
        content: the int8 file.
        target: the NPU.
        sram: bytes that it should make do with; see whether it does.

    Raises:
        ExportError: an operator of it stays on the CPU.
    """
    compiled = compile_network(content, target, name, sram).require_npu_only()
    return NpuPart(name, side, TileShape(side, side, halo=0), compiled)


def frames_a_second(parts: Sequence[NpuPart], host_seconds: float = 0.0) -> float:
    """Images a second, one part after the other, with a host's time before them."""
    return 1 / (sum(part.seconds for part in parts) + host_seconds)
