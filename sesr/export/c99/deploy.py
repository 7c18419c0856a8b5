"""From a trained network to its C."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sesr.errors import UsageError
from sesr.export.c99.arena import Arena, plan_arena
from sesr.export.c99.integers import IntegerNetwork
from sesr.export.c99.litert_reader import read_integers
from sesr.export.c99.network_source import network_header, network_source, steps_of
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
    sram: int | None = None,
) -> DeployedC:
    """Quantise a network and plan its C.

    Args:
        network: as it was trained.
        tile: to write the C for.
        images: to calibrate on.
        sram: largest arena in bytes. Whole maps are kept where they fit, else lines; None takes
            lines.

    Raises:
        UsageError: an operator of the network cannot be written in C, or the arena does not fit.
    """
    quantized = quantize(network, c_lowering(network), images)
    content = quantized.convert(tile.height, tile.width)
    integers = read_integers(content)
    steps = steps_of(integers)
    lines, whole = (plan_arena(integers, steps, way) for way in (True, False))
    if sram is not None and lines.size > sram:
        raise UsageError(
            f"the network needs an arena of {lines.size / 1024:.1f} KiB; the budget is "
            f"{sram / 1024:.0f} KiB: use a smaller --tile or model"
        )
    arena = whole if sram is not None and whole.size <= sram else lines
    return DeployedC(network, tile, quantized, content, integers, arena, lines.size, whole.size)


def c_lowering(network: PlainNetwork) -> Lowering:
    """How networks are computed in C."""
    return Lowering("reshape", "add" if network.image_residual else "none")
