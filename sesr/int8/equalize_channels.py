"""Preparing a trained network for int8."""

from __future__ import annotations

import keras

from sesr.int8.calibration import calibration_images, calibration_photos
from sesr.int8.ranges import equalize, observe
from sesr.lowering.compute import native_lowering, prepare
from sesr.lowering.plain_network import PlainNetwork


def equalize_channels(model: keras.Model) -> None:
    """Scale the channels of a network so that quiet ones use more of the range that all share.

    The outputs stay the same. How loud a channel is shows on the package's photographs.

    Args:
        model: in the form that runs; changed in place.

    Reference: see `sesr.int8.ranges.equalize`.
    """
    network = PlainNetwork.from_keras(model)
    lowering = native_lowering(network)
    images = calibration_images(calibration_photos(), network.scale, network.channels)
    seen = observe(prepare(network, lowering), lowering, images)
    for convolution in equalize(network, lowering, seen).convolutions:
        model.get_layer(convolution.name).set_weights([convolution.kernel, convolution.bias])
