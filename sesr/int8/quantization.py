"""From a trained network to one that computes in int8."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sesr.int8.equalization import equalize
from sesr.int8.fake_quantizer import FakeQuantizer
from sesr.int8.ranges import find_ranges, observe, translate_ranges
from sesr.lowering import Lowering, PlainNetwork, convert_network, prepare, run
from sesr.pixels.color import FloatImage
from sesr.pixels.levels import Range

SHARES = (1.0, 0.7)
"""How far ranges may reach, as shares of the extremes seen on photographs: on few small ones all of
it is best, on many large ones what lies beyond is rare."""

LEAST_ERROR = 1e-12
"""Keeps the logarithm of no difference at all finite."""


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
        """The int8 LiteRT file for one size of image, or for any if the lowering is native.

        Returns:
            The file's content: int8 (1, height, width, C) to (1, height * scale, width * scale, C),
            both `pixel - 128`. Equal arguments give equal content.
        """
        shape = (1, height, width)
        hooks = FakeQuantizer(self.ranges)
        return convert_network(self.network, self.lowering, shape, "int8", hooks)


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
        logarithms.append(np.log(np.mean(np.square(exact - rounded)) + LEAST_ERROR))
    return float(np.mean(logarithms))
