"""From a trained network to its C."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sesr.errors import UsageError
from sesr.export.c99.arena import Arena, plan_arena
from sesr.export.c99.choose import (
    CONVOLUTIONS,
    choose_points,
    count_instructions,
    force_points,
    parse_convolution,
)
from sesr.export.c99.core import CORES, Core
from sesr.export.c99.host import HostNetwork
from sesr.export.c99.integers import Convolve, IntegerNetwork
from sesr.export.c99.litert_reader import read_integers
from sesr.export.c99.source.network import network_header, network_source, steps_of
from sesr.export.c99.winograd import COMPLEX_POINTS
from sesr.export.npu.tiles import TileShape
from sesr.int8 import Int8Network, Quantized, quantize
from sesr.lowering import Lowering, PlainNetwork
from sesr.pixels.color import FloatImage
from sesr.pixels.levels import Int8Image


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

    def run_int8(self, tile: TileShape) -> Callable[[Int8Image], Int8Image]:
        """What gives the outputs of the C for tiles of any size.

        Raises:
            UsageError: the C is not exact, and there is no compiler to run it.
            ExportError: the compiler refuses it.
        """
        content = self.quantized.convert(tile.height, tile.width)
        if self.integers.is_exact:
            return Int8Network(content)
        bits = max(one.bits for one in self.integers.operations if isinstance(one, Convolve))
        integers = force_points(read_integers(content), COMPLEX_POINTS, bits)
        arena = plan_arena(integers, steps_of(integers), True)
        one = replace(self, tile=tile, litert=content, integers=integers, arena=arena)
        shape = Int8Network(content).output_shape[1:]
        return HostNetwork(one.source("measured"), one.header("measured"), shape)


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
        convolution: what `parse_convolution` reads, to be used wherever it can be.

    Raises:
        UsageError: an operator of the network cannot be written in C, or the arena does not fit.
    """
    way = parse_convolution(convolution) if convolution else None
    quantized = quantize(network, c_lowering(network), images)
    content = quantized.convert(tile.height, tile.width)
    integers = read_integers(content)
    if way is None:
        found = [choose_points(integers, points, core.product) for points in CONVOLUTIONS.values()]
    else:
        found = [force_points(integers, *way)]
    all_of_it = network, tile, quantized, content
    planned = [DeployedC(*all_of_it, one, *_arenas(one, sram)) for one in found]
    fitting = [one for one in planned if sram is None or one.arena.size <= sram]
    if not fitting:
        least = min(one.line_buffered for one in planned)
        raise UsageError(
            f"the network needs an arena of {least / 1024:.1f} KiB; the budget is "
            f"{(sram or 0) / 1024:.0f} KiB: use a smaller --tile or model"
        )
    return min(fitting, key=lambda one: count_instructions(one.integers, core.product))


def _arenas(network: IntegerNetwork, sram: int | None) -> tuple[Arena, int, int]:
    """The arena that is chosen, and the bytes of either way."""
    steps = steps_of(network)
    lines, whole = (plan_arena(network, steps, way) for way in (True, False))
    chosen = whole if sram is not None and whole.size <= sram else lines
    return chosen, lines.size, whole.size


def c_lowering(network: PlainNetwork) -> Lowering:
    """How networks are computed in C."""
    return Lowering("reshape", "add" if network.image_residual else "none")
