"""From a trained network to its C."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sesr.errors import UsageError
from sesr.export.c99.arena import Arena, plan_arena
from sesr.export.c99.choose import (
    CONVOLUTIONS,
    check_convolution,
    choose_points,
    count_instructions,
    force_points,
)
from sesr.export.c99.core import CORES, Core
from sesr.export.c99.integers import IntegerNetwork
from sesr.export.c99.litert_reader import read_integers
from sesr.export.c99.source.network import network_header, network_source, steps_of
from sesr.export.npu.tiles import TileShape
from sesr.int8 import Quantized, quantize
from sesr.lowering import Lowering, PlainNetwork
from sesr.pixels.color import FloatImage


@dataclass(frozen=True, slots=True, eq=False)
class DeployedC:
    """A network as C.

    Attributes:
        network: as it was trained.
        tile: what the C is written for.
        quantized: the network in int8.
        litert: the same as a file.
        integers: the same as operations on integers.
        arena: the memory, as it was chosen.
        line_buffered, whole_maps: bytes of memory, either way.
    """

    network: PlainNetwork
    tile: TileShape
    quantized: Quantized
    litert: bytes
    integers: IntegerNetwork
    arena: Arena
    line_buffered: int
    whole_maps: int

    def source(self, name: str) -> str:
        """`sesr_network.c`."""
        return network_source(self.integers, self.arena, name)

    def header(self, name: str) -> str:
        """`sesr_network.h`."""
        return network_header(self.integers, self.arena, name, self.tile.halo)


def deploy_in_c(
    network: PlainNetwork,
    tile: TileShape,
    images: Sequence[FloatImage],
    core: Core = CORES["c99"],
    sram: int | None = None,
    convolution: str | None = None,
) -> DeployedC:
    """Quantise a network and plan its C.

    Args:
        network: as it was trained.
        tile: to write the C for.
        images: to calibrate on.
        core: decides where Winograd's convolutions are worth it.
        sram: largest arena in bytes. Whole maps are kept where they fit, else lines; None takes
            lines.
        convolution: a key of `CONVOLUTIONS`, to be used wherever it can be.

    Raises:
        UsageError: an operator of the network cannot be written in C, or the arena does not fit.
    """
    check_convolution(convolution)
    quantized = quantize(network, c_lowering(network), images)
    content = quantized.convert(tile.height, tile.width)
    integers = read_integers(content)
    if convolution is None:
        found = [choose_points(integers, points, core.product) for points in CONVOLUTIONS.values()]
    else:
        found = [force_points(integers, CONVOLUTIONS[convolution])]
    ways = [DeployedC(network, tile, quantized, content, one, *_arenas(one, sram)) for one in found]
    fitting = [way for way in ways if sram is None or way.arena.size <= sram]
    if not fitting:
        least = min(way.line_buffered for way in ways)
        raise UsageError(
            f"the network needs an arena of {least / 1024:.1f} KiB; the budget is "
            f"{(sram or 0) / 1024:.0f} KiB: use a smaller --tile or model"
        )
    return min(fitting, key=lambda way: count_instructions(way.integers, core.product))


def _arenas(network: IntegerNetwork, sram: int | None) -> tuple[Arena, int, int]:
    """The arena that is chosen, and the bytes of either way."""
    steps = steps_of(network)
    lines, whole = (plan_arena(network, steps, way) for way in (True, False))
    chosen = whole if sram is not None and whole.size <= sram else lines
    return chosen, lines.size, whole.size


def c_lowering(network: PlainNetwork) -> Lowering:
    """How networks are computed in C."""
    return Lowering("reshape", "add" if network.image_residual else "none")
