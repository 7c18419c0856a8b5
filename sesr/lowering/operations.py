"""A network as a list of operations, whatever carries them out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from sesr.lowering.plain_network import Convolution, PlainNetwork
from sesr.lowering.shuffle import DECONVOLUTION
from sesr.lowering.ways import Lowering

Value = TypeVar("Value")


class Operations(Protocol[Value]):
    """What the networks of the family consist of: to be computed, or to be written into a file."""

    def feature_map(self, name: str, value: Value) -> Value:
        """A value that a device holds in memory, and rounds if it computes in int8."""

    def subtract(self, value: Value, number: float) -> Value:
        """A number from every element."""

    def convolve(self, value: Value, convolution: Convolution) -> Value:
        """Kernel and bias, without the activation."""

    def relu(self, value: Value) -> Value:
        """Nothing below zero."""

    def prelu(self, value: Value, convolution: Convolution) -> Value:
        """With the slopes of a convolution."""

    def add(self, one: Value, other: Value) -> Value:
        """Element by element."""

    def concatenate(self, values: Sequence[Value]) -> Value:
        """Channels of one behind those of the other."""

    def repeat(self, image: Value, times: int) -> Value:
        """All channels of the image, several times one behind the other, to be added."""

    def shuffle(self, value: Value, network: PlainNetwork, kind: str) -> Value:
        """From channels to pixels; a deconvolution computes the last convolution too."""

    def clip(self, value: Value) -> Value:
        """Nothing outside [0, 1]."""


def apply_network(
    network: PlainNetwork, lowering: Lowering, image: Value, operations: Operations[Value]
) -> Value:
    """Walk through a network from the image to the enlarged one.

    Args:
        network: as it was trained, for the native lowering, or what `prepare` returned.
        lowering: the way.
        image: low-resolution, less the network's `zero`.
        operations: carry it out.

    Returns:
        The enlarged image, less `zero`.
    """
    first, *inner, last = network.convolutions
    image = operations.feature_map("image", image)
    shifted = image
    if network.shift:
        shifted = operations.feature_map("shift", operations.subtract(image, network.shift))
    features = deep = _activated(shifted, first, operations)
    for convolution in inner:
        deep = _activated(deep, convolution, operations)
    if network.feature_residual:
        deep = operations.feature_map("deep", operations.add(deep, features))
    if lowering.shuffle != DECONVOLUTION:
        deep = _activated(deep, last, operations)
        deep = _with_image(network, lowering, deep, image, operations)
    large = operations.shuffle(deep, network, lowering.shuffle)
    if network.image_residual and network.stride > 1:
        large = operations.feature_map("output", operations.add(large, image))
    return operations.clip(large) if network.clipped else large


def _activated(value: Value, convolution: Convolution, operations: Operations[Value]) -> Value:
    value = operations.convolve(value, convolution)
    if convolution.activation == "relu":
        value = operations.relu(value)
    if convolution.activation == "prelu":
        before = operations.feature_map(f"{convolution.name}_before", value)
        value = operations.prelu(before, convolution)
    return operations.feature_map(convolution.name, value)


def _with_image(
    network: PlainNetwork,
    lowering: Lowering,
    packed: Value,
    image: Value,
    operations: Operations[Value],
) -> Value:
    """The last features together with the image, unless these carry it or there is none to add.

    Behind a stride the image joins when the features are as large as it is.
    """
    if network.stride > 1:
        return packed
    if network.image_residual and lowering.join == "add":
        repeated = operations.repeat(image, network.scale**2)
        return operations.feature_map("sum", operations.add(packed, repeated))
    if network.image_residual and lowering.join == "concat":
        return operations.feature_map("joined", operations.concatenate([packed, image]))
    return packed
