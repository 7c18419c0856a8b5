"""Scaling the channels of a network, so that int8 loses less of the quiet ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sesr.int8.calibration import calibration_images, calibration_photos
from sesr.int8.ranges import Observer, observe
from sesr.lowering import (
    Convolution,
    FloatArray,
    Lowering,
    PlainNetwork,
    native_lowering,
    prepare,
)
from sesr.pixels.levels import CENTERED_RANGE

if TYPE_CHECKING:
    import keras

LAST_HEADROOM = np.float32(2)
"""How many times the range exceeds the last features beside a carried image: its weight of one
sets the step of the last convolution's weights, and smaller features give the others more steps."""


def equalize_channels(model: keras.Model) -> None:
    """Scale the channels of a network so that quiet ones use more of the range that all share.

    The outputs stay the same. How loud a channel is shows on the package's photographs.

    Args:
        model: in the form that runs; changed in place.

    Reference: see `equalize`.
    """
    network = PlainNetwork.from_keras(model)
    lowering = native_lowering(network)
    images = calibration_images(calibration_photos(), network.scale, network.channels)
    seen = observe(prepare(network, lowering), lowering, images)
    for convolution in equalize(network, lowering, seen).convolutions:
        model.get_layer(convolution.name).set_weights([convolution.kernel, convolution.bias])


def equalize(network: PlainNetwork, lowering: Lowering, seen: Observer) -> PlainNetwork:
    """Scale the channels of every feature map so that quiet ones use more of the int8 range.

    A ReLU or PReLU lets a positive factor pass, so a channel can be divided by one if the next
    convolution multiplies by it: the function stays the same. The factor is the geometric mean
    of what the channel and the loudest channel reach, which shares the difference between the
    features and the weights. The loudest channel then reaches 1.

    Args:
        network: prepared, or as it was trained.
        lowering: how the image joins.
        seen: what the prepared network's feature maps reach.

    Reference: Nagel et al., "Data-free quantization through weight equalization and bias
    correction", ICCV 2019 (there from weights; here from measured activations).
    """
    names = [convolution.name for convolution in network.convolutions]
    factors = [_factors(seen, name) for name in names[:-1]]
    if network.feature_residual:
        # The two sides of an addition must agree, and so must all that reads its sum.
        factors[0] = factors[-1] = _factors(seen, "deep")
    if lowering.join == "channel":
        factors[0] = _beside_image(factors[0] / CENTERED_RANGE[1], network)
        factors[-1] = factors[-1] * LAST_HEADROOM
        factors[1:] = [_beside_image(factor, network) for factor in factors[1:]]
    convolutions = list(network.convolutions)
    for index, factor in enumerate(factors):
        convolutions[index] = _divide_outputs(convolutions[index], factor)
        convolutions[index + 1] = _multiply_inputs(convolutions[index + 1], factor)
    return network.with_convolutions(convolutions)


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
