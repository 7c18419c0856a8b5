"""From a trained network to what runs on an NPU, in the fastest of its lowerings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sesr.export.npu.target import Target
from sesr.export.npu.tiles import TileShape
from sesr.export.npu.vela import Compiled, compile_network
from sesr.int8 import Int8Network, Quantized, quantize
from sesr.lowering import Lowering, PlainNetwork, possible_lowerings
from sesr.pixels.color import FloatImage
from sesr.reporting.progress import Advance, no_advance


@dataclass(frozen=True, slots=True, eq=False)
class Deployed:
    """A network for an NPU.

    Attributes:
        network: as it was trained.
        tile: what it is compiled for.
        target: the NPU.
        quantized: the chosen form of the network.
        litert: the int8 file.
        compiled: what Vela made of it.
        alternatives: cycles of every lowering that stays on the NPU.
    """

    network: PlainNetwork
    tile: TileShape
    target: Target
    quantized: Quantized
    litert: bytes
    compiled: Compiled
    alternatives: dict[Lowering, int]

    def run_int8(self, tile: TileShape) -> Int8Network:
        """The int8 network for tiles of any size, as the NPU rounds."""
        return Int8Network(self.quantized.convert(tile.height, tile.width))


def deploy(
    network: PlainNetwork,
    tile: TileShape,
    target: Target,
    images: Sequence[FloatImage],
    *,
    name: str = "network",
    sram: int | None = None,
    advance: Advance = no_advance,
) -> Deployed:
    """Quantise and compile a network in every lowering it admits; keep the fastest.

    Args:
        network: as it was trained.
        tile: size that it is compiled for.
        target: the NPU.
        images: to calibrate on.
        name: stem of the file that Vela sees.
        sram: largest number of bytes that Vela may use.
        advance: told of the progress.

    Raises:
        ExportError: an operator stays on the CPU in every lowering, or the SRAM is too small.
        UsageError: Vela is missing or too old.
    """
    lowerings = possible_lowerings(network, tile.height, tile.width)
    found: list[Deployed] = []
    for done, lowering in enumerate(lowerings):
        advance("lowerings", done, len(lowerings))
        quantized = quantize(network, lowering, images)
        content = quantized.convert(tile.height, tile.width)
        compiled = compile_network(content, target, name, sram)
        found.append(Deployed(network, tile, target, quantized, content, compiled, {}))
    advance("lowerings", len(lowerings), len(lowerings))
    on_npu = [one for one in found if not one.compiled.cpu_operators]
    if not on_npu:
        found[0].compiled.require_npu_only()
    fitting = [one for one in on_npu if sram is None or one.compiled.sram <= sram]
    if not fitting:
        min(on_npu, key=lambda one: one.compiled.sram).compiled.require_sram(sram)
    best = min(fitting, key=lambda one: one.compiled.cycles)
    cycles = {one.quantized.lowering: one.compiled.cycles for one in on_npu}
    return replace(best, alternatives=cycles)
