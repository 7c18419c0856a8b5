"""Ranges of activations and weights for int8: found on photographs, or given by training."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sesr.errors import ModelError
from sesr.lowering.compute import Lowering, run
from sesr.lowering.plain_network import Convolution, FloatArray, PlainNetwork, activation_name
from sesr.lowering.shuffle import DECONVOLUTION
from sesr.pixels.color import FloatImage

Range = tuple[float, float]

FEATURE_RESIDUAL = "long_residual"
"""Name of the trained layer that adds the first features to the last ones."""

LEVEL = 1 / 255
"""The step of an 8-bit image."""

IMAGE_RANGE: Range = (-128 * LEVEL, 127 * LEVEL)
"""Of centred images: scale 1/255 and zero point 0."""

CARRIED_RANGE: Range = (0.0, 1.0)
"""Of features beside an image that is lifted above zero: scale 1/255 and zero point -128."""

LAST_HEADROOM = np.float32(2)
"""How many times the range exceeds the last features beside a carried image: its weight of one
sets the step of the last convolution's weights, and smaller features give the others more steps.
Two gave the highest PSNR of 1, 2, 3 and 4 on photographs of the validation set."""

SHARES = (1.0, 0.7)
"""How far ranges may reach, as shares of the extremes seen on photographs: on few small ones all of
it is best, on many large ones what lies beyond is rare. (1, 0.85, 0.7, 0.6 and 0.5 were tried on
photographs of the validation set, calibrated on 16 of the package and on 30 of 128x128 pixels.)"""

LARGEST_WEIGHT = 127
"""Weights are symmetric, from -127 to 127 steps."""


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


@dataclass
class FakeQuantizer:
    """Hooks that put the rounding to int8 into the graph, where the converter finds the ranges.

    Attributes:
        ranges: lowest and highest value of every feature map, by name.
    """

    ranges: dict[str, Range]

    def activation(self, name: str, value: Any) -> Any:
        """Round to the 256 levels of the feature map's range."""
        import tensorflow as tf

        low, high = self.ranges[name]
        return tf.quantization.fake_quant_with_min_max_args(value, low, high)

    def kernel(self, name: str, value: Any) -> Any:
        """Round to 255 levels for every output channel, or for a transposed convolution."""
        import tensorflow as tf

        if name in ("shuffle", DECONVOLUTION):
            # The converter takes one range for all outputs of this operator.
            limit = float(np.abs(value).max())
            return tf.quantization.fake_quant_with_min_max_args(
                value, -limit, limit, narrow_range=True
            )
        limits = weight_limits(value)
        return tf.quantization.fake_quant_with_min_max_vars_per_channel(
            value, -limits, limits, narrow_range=True
        )


def weight_limits(kernel: FloatArray) -> FloatArray:
    """Largest representable weight of every output channel.

    Where a one is among the weights it may carry the image along: the step is then the next
    larger one of which it is a multiple, so that the image stays exact.

    Example:
        >>> kernel = np.array([[[[0.5, 1.0, 2.0], [0.25, -0.5, 1.0]]]], np.float32)
        >>> [round(float(limit), 4) for limit in weight_limits(kernel)]
        [0.5, 1.0, 2.0159]
    """
    largest = np.maximum(np.abs(kernel).max((0, 1, 2)), np.float32(1e-6))
    carries = (kernel == 1).any((0, 1, 2)) & (largest >= 1)
    exact = LARGEST_WEIGHT / np.floor(LARGEST_WEIGHT / np.maximum(largest, 1))
    return np.asarray(np.where(carries, exact, largest), np.float32)


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


def equalize(network: PlainNetwork, lowering: Lowering, seen: Observer) -> PlainNetwork:
    """Scale the channels of every feature map so that quiet ones use more of the int8 range.

    A ReLU or PReLU lets a positive factor pass, so a channel can be divided by one if the next
    convolution multiplies by it: the function stays the same. The factor is the geometric mean
    of what the channel and the loudest channel reach, which shares the difference between the
    features and the weights. The loudest channel then reaches 1.

    Of the exponents 0, 1/4, 1/2, 3/4 and 1 of the ratio between the two, 1/2 lost the least on
    photographs of the validation set: 0.098, 0.093, 0.092, 0.100 and 0.112 dB in the mean over five
    networks (1/4 is better for those of Y, by 0.002 to 0.006 dB, and 1/2 for those of RGB).

    Reference: Nagel et al., "Data-free quantization through weight equalization and bias
    correction", ICCV 2019 (there from weights; here from measured activations).
    """
    names = [convolution.name for convolution in network.convolutions]
    factors = [_factors(seen, name) for name in names[:-1]]
    if network.feature_residual:
        # The two sides of an addition must agree, and so must all that reads its sum.
        factors[0] = factors[-1] = _factors(seen, "deep")
    if lowering.join == "channel":
        factors[0] = _beside_image(factors[0] / IMAGE_RANGE[1], network)
        factors[-1] = factors[-1] * LAST_HEADROOM
        factors[1:] = [_beside_image(factor, network) for factor in factors[1:]]
    convolutions = list(network.convolutions)
    for index, factor in enumerate(factors):
        convolutions[index] = _divide_outputs(convolutions[index], factor)
        convolutions[index + 1] = _multiply_inputs(convolutions[index + 1], factor)
    return network.with_convolutions(convolutions)


def find_ranges(network: PlainNetwork, lowering: Lowering, seen: Observer) -> dict[str, Range]:
    """The range of every feature map of a prepared and equalised network."""
    ranges = {
        name: (min(float(low.min()), 0.0), max(float(seen.highest[name].max()), 1e-6))
        for name, low in seen.lowest.items()
    }
    if lowering.join == "channel":
        first, *inner = (convolution.name for convolution in network.convolutions[:-1])
        ranges[first] = IMAGE_RANGE
        ranges.update(dict.fromkeys(inner, CARRIED_RANGE))
    exact = ["image", "joined", "sum", "half_way", "output"]
    if lowering.join != "add":
        exact.append(network.convolutions[-1].name)
    ranges.update({name: network.image_range for name in exact if name in ranges})
    return ranges


def translate_ranges(network: PlainNetwork, trained: dict[str, Range]) -> dict[str, Range]:
    """Ranges of a quantisation-aware training under the names that feature maps have here.

    Args:
        network: prepared, with the image joined by addition or as channels of its own: the
            training rounds in these two ways, which agree.
        trained: by the names of Keras' layers: first_block, activation_0 and so on, block_0 before
            a PReLU, long_residual.

    Raises:
        ModelError: a range is missing.
    """
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
    exact = ("image", last.name, "joined", "sum", "half_way", "output")
    return {**ranges, **dict.fromkeys(exact, network.image_range)}


def _factors(seen: Observer, name: str) -> FloatArray:
    reach = np.maximum(np.abs(seen.lowest[name]), np.abs(seen.highest[name]))
    largest = reach.max() or 1.0
    # A channel that is always silent counts as a loud one.
    return np.sqrt(np.where(reach > 0, reach, largest) * largest).astype(np.float32)


def _beside_image(factors: FloatArray, network: PlainNetwork) -> FloatArray:
    """Factors that leave the image's own channels, the last ones, alone."""
    changed = factors.copy()
    changed[-network.channels :] = 1
    return changed


def _divide_outputs(convolution: Convolution, factors: FloatArray) -> Convolution:
    return replace(
        convolution, kernel=convolution.kernel / factors, bias=convolution.bias / factors
    )


def _multiply_inputs(convolution: Convolution, factors: FloatArray) -> Convolution:
    return replace(convolution, kernel=convolution.kernel * factors[:, np.newaxis])
