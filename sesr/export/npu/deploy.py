"""From a trained network to what runs on an NPU: the best lowering, quantised and measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sesr.errors import ExportError
from sesr.evaluation.metrics import psnr
from sesr.evaluation.protocol import reference_luma
from sesr.export.npu.target import Target
from sesr.export.npu.tiles import TileShape, run_tiles
from sesr.export.npu.vela import Compiled, compile_network
from sesr.int8.calibration import Photo, low_resolution
from sesr.int8.convert import to_int8
from sesr.int8.ranges import (
    SHARES,
    FakeQuantizer,
    Range,
    equalize,
    find_ranges,
    observe,
    translate_ranges,
)
from sesr.int8.reference import Int8Network, from_int8_image, to_int8_image
from sesr.lowering.compute import Lowering, possible_lowerings, prepare, run, run_as_trained
from sesr.lowering.plain_network import PlainNetwork
from sesr.pixels.color import FloatImage, rgb_to_y
from sesr.pixels.imresize import crop_to_multiple
from sesr.reporting.progress import Advance, no_advance

TINY = 1e-12
"""Keeps the logarithm of no difference at all finite."""


@dataclass(frozen=True, slots=True)
class Quality:
    """PSNR on Y in dB, the mean over some photographs.

    Attributes:
        images: how many.
        published: of the float32 network by the protocol of the literature. If int8 was trained
            for, that is the network before this training.
        float32: of the float32 network on the 8-bit images that the NPU gets.
        int8: of the int8 network on these, run tile by tile.
    """

    images: int
    published: float
    float32: float
    int8: float

    @property
    def loss(self) -> float:
        """What int8 loses on the same images, in dB."""
        return self.float32 - self.int8


@dataclass(frozen=True, slots=True, eq=False)
class Quantized:
    """A network prepared for int8.

    Attributes:
        network: with weights for its lowering.
        lowering: how it is computed.
        ranges: of every feature map.
    """

    network: PlainNetwork
    lowering: Lowering
    ranges: dict[str, Range]

    def convert(self, height: int | None, width: int | None) -> bytes:
        """The int8 LiteRT file for one size of image, or for any if the lowering is native."""
        return to_int8(self.network, self.lowering, self.ranges, height, width)


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


def quantize(network: PlainNetwork, lowering: Lowering, images: Sequence[FloatImage]) -> Quantized:
    """Quantise after the training, or as a quantisation-aware training says.

    Args:
        network: as it was trained.
        lowering: how it is to be computed.
        images: low-resolution photographs to calibrate on, (h, w, C) float32 in [0, 1]; not
            looked at if the training has given the ranges.
    """
    prepared = prepare(network, lowering)
    if network.trained_ranges is not None:
        # The weights were trained on their own steps, so nothing is scaled.
        return Quantized(prepared, lowering, translate_ranges(prepared, network.trained_ranges))
    seen = observe(prepared, lowering, images)
    candidates = []
    for share in SHARES:
        equal = equalize(prepared, lowering, seen.times(share))
        ranges = find_ranges(equal, lowering, observe(equal, lowering, images).times(share))
        candidates.append(Quantized(equal, lowering, ranges))
    return min(candidates, key=lambda one: _distance(one, images))


def _distance(quantized: Quantized, images: Sequence[FloatImage]) -> float:
    """How far int8 is from float32: the mean over images of the logarithm of the mean square."""
    network, quantizer = quantized.network, FakeQuantizer(quantized.ranges)
    logarithms = []
    for image in images:
        exact, rounded = (
            np.clip(
                run(network, quantized.lowering, (image - network.zero)[np.newaxis], hooks),
                *network.image_range,
            )
            for hooks in (None, quantizer)
        )
        logarithms.append(np.log(np.mean(np.square(exact - rounded)) + TINY))
    return float(np.mean(logarithms))


def deploy(
    network: PlainNetwork,
    tile: TileShape,
    target: Target,
    images: Sequence[FloatImage],
    *,
    name: str = "network",
    sram: int | None = None,
    report: Advance = no_advance,
) -> Deployed:
    """Quantise and compile a network in every lowering it admits; keep the fastest.

    Args:
        network: as it was trained.
        tile: size that it is compiled for.
        target: the NPU.
        images: to calibrate on.
        name: stem of the file that Vela sees.
        sram: largest number of bytes that Vela may use.
        report: told of the progress.

    Raises:
        ExportError: an operator stays on the CPU in every lowering, or the SRAM is too small.
        UsageError: Vela is missing or too old.
    """
    lowerings = possible_lowerings(network, tile.height, tile.width)
    found: list[Deployed] = []
    for done, lowering in enumerate(lowerings):
        report("lowerings", done, len(lowerings))
        quantized = quantize(network, lowering, images)
        content = quantized.convert(tile.height, tile.width)
        compiled = compile_network(content, target, name, sram)
        found.append(Deployed(network, tile, target, quantized, content, compiled, {}))
    report("lowerings", len(lowerings), len(lowerings))
    on_npu = [one for one in found if not one.compiled.cpu_operators]
    if not on_npu:
        found[0].compiled.require_npu_only()
    fitting = [one for one in on_npu if sram is None or one.compiled.sram <= sram]
    if not fitting:
        min(on_npu, key=lambda one: one.compiled.sram).compiled.require_sram(sram)
    best = min(fitting, key=lambda one: one.compiled.cycles)
    cycles = {one.quantized.lowering: one.compiled.cycles for one in on_npu}
    return Deployed(network, tile, target, best.quantized, best.litert, best.compiled, cycles)


def measure(
    deployed: Deployed,
    photos: Sequence[Photo],
    report: Advance | None = None,
    reference: PlainNetwork | None = None,
) -> Quality:
    """PSNR of a deployed network, tile by tile, beside the float32 network.

    Tiles do not change the result, so that smaller ones serve where the photographs are smaller
    than a tile.

    Args:
        deployed: what `deploy` returned.
        photos: high-resolution, (H, W, 3) or gray (H, W), uint8.
        report: told of the progress.
        reference: float32 network to compare with; by default the deployed one itself.

    Raises:
        UsageError: a photograph keeps nothing beyond the halo once it is made small.
    """
    network = deployed.network
    images = [low_resolution(photo, network.scale, network.channels) for photo in photos]
    tile = _common_tile(deployed.tile, images)
    int8 = Int8Network(deployed.quantized.convert(tile.height, tile.width))

    def in_float(image: FloatImage) -> FloatImage:
        return np.asarray(run_as_trained(reference or network, image[np.newaxis])[0], np.float32)

    def in_int8(image: FloatImage) -> FloatImage:
        return from_int8_image(run_tiles(int8, to_int8_image(image), tile, network.scale))

    rows = []
    for done, (photo, image) in enumerate(zip(photos, images, strict=True)):
        rounded = from_int8_image(to_int8_image(image))
        outputs = in_float(image), in_float(rounded), in_int8(image)
        rows.append([luma_psnr(output, photo, network.scale) for output in outputs])
        if report:
            report("measuring", done + 1, len(photos))
    return Quality(len(rows), *(float(value) for value in np.mean(rows, axis=0)))


def _common_tile(tile: TileShape, images: Sequence[FloatImage]) -> TileShape:
    """The tile, cut to the smallest image."""
    height = min(image.shape[0] for image in images)
    width = min(image.shape[1] for image in images)
    return TileShape(min(tile.height, height), min(tile.width, width), tile.halo)


def require_quality(quality: Quality, max_loss: float) -> Quality:
    """Return the quality if int8 loses no more than `max_loss` dB.

    Raises:
        ExportError: it loses more.
    """
    if quality.loss > max_loss:
        raise ExportError(
            f"int8 loses {quality.loss:.3f} dB ({quality.float32:.2f} to {quality.int8:.2f}); at "
            f"most {max_loss} are allowed: calibrate on other photographs with --calibration, or "
            "raise --max-loss"
        )
    return quality


def luma_psnr(output: FloatImage, photo: Photo, scale: int) -> float:
    """PSNR on Y of an enlarged image against the photograph, in dB.

    Args:
        output: (H, W, 1 or 3) in [0, 1].
        photo: (H, W, 3) or (H, W), or a few pixels larger; what is over is cut off.
        scale: 2 or 4, also the border that is left out.
    """
    luma = rgb_to_y(output)[..., 0] if output.shape[-1] == 3 else output[..., 0]
    return psnr(luma, reference_luma(crop_to_multiple(photo, scale)), scale)
