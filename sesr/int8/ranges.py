"""Ranges of feature maps for int8: found on photographs, or given by training."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sesr.errors import ModelError
from sesr.lowering import FloatArray, Lowering, PlainNetwork, activation_name, run
from sesr.pixels.color import FloatImage
from sesr.pixels.levels import CENTERED_RANGE, IMAGE_RANGE, SMALLEST_LIMIT, Range

CARRIED_RANGE = IMAGE_RANGE
"""Of features beside an image that is lifted above zero: scale 1/255 and zero point -128."""


@dataclass
class Observer:
    """Hooks that note what every feature map holds.

    Attributes:
        lowest, highest: by the name of the feature map, (C,) over everything seen.
    """

    lowest: dict[str, FloatArray] = field(default_factory=dict)
    highest: dict[str, FloatArray] = field(default_factory=dict)

    def activation(self, name: str, value: Any) -> Any:
        """Note the extremes of every channel."""
        array = np.asarray(value)
        low, high = array.min((0, 1, 2)), array.max((0, 1, 2))
        self.lowest[name] = np.minimum(self.lowest.get(name, low), low)
        self.highest[name] = np.maximum(self.highest.get(name, high), high)
        return value

    def kernel(self, name: str, value: Any) -> Any:
        """Return the kernel."""
        return value

    def times(self, share: float) -> Observer:
        """The same for smaller extremes."""
        lowest = {name: low * np.float32(share) for name, low in self.lowest.items()}
        highest = {name: high * np.float32(share) for name, high in self.highest.items()}
        return Observer(lowest, highest)


def observe(network: PlainNetwork, lowering: Lowering, images: Iterable[FloatImage]) -> Observer:
    """Run a prepared network on photographs and note its feature maps.

    Args:
        network: what `lowering.prepare` returned.
        lowering: the way it is computed.
        images: low-resolution images, (H, W, C) float32 in [0, 1].
    """
    observer = Observer()
    for image in images:
        run(network, lowering, image[np.newaxis] - network.zero, observer)
    return observer


def find_ranges(network: PlainNetwork, lowering: Lowering, seen: Observer) -> dict[str, Range]:
    """The range of every feature map of a prepared and equalised network."""
    ranges = {
        name: (min(float(low.min()), 0.0), max(float(seen.highest[name].max()), SMALLEST_LIMIT))
        for name, low in seen.lowest.items()
    }
    if lowering.join == "channel":
        first, *inner = (convolution.name for convolution in network.convolutions[:-1])
        ranges[first] = CENTERED_RANGE
        ranges.update(dict.fromkeys(inner, CARRIED_RANGE))
    exact = ["image", "joined", "sum", "half_way", "output"]
    if lowering.join != "add":
        exact.append(network.convolutions[-1].name)
    ranges.update({name: network.image_range for name in exact if name in ranges})
    return ranges


def translate_ranges(network: PlainNetwork, trained: dict[str, Range]) -> dict[str, Range]:
    """Ranges of a quantisation-aware training under the names that feature maps have here.

    Args:
        network: as it was trained, or prepared with the image joined by addition or as channels of
            its own: the training rounds in these two ways, which agree.
        trained: by the names of Keras' layers: first_block, activation_0 and so on, block_0 before
            a PReLU, long_residual.

    Raises:
        ModelError: a range is missing.
    """
    from sesr.network.sesr import FEATURE_RESIDUAL

    *before, last = network.convolutions
    names = {}
    for convolution in before:
        if convolution.activation == "linear":
            names[convolution.name] = convolution.name
            continue
        names[convolution.name] = activation_name(convolution.name)
        if convolution.activation == "prelu":
            names[f"{convolution.name}_before"] = convolution.name
    if network.feature_residual:
        names["deep"] = FEATURE_RESIDUAL
    for name in names.values():
        if name not in trained:
            raise ModelError(f"the quantisation-aware network has no range for layer {name!r}")
    ranges = {name: trained[layer] for name, layer in names.items()}
    images = ("image", "joined", "sum", "half_way", "output")
    added = CENTERED_RANGE if network.image_residual else IMAGE_RANGE
    ranges |= {"shift": CENTERED_RANGE, last.name: added}
    return ranges | dict.fromkeys(images, network.image_range)
