"""Networks computed in TensorFlow, in any lowering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sesr.lowering.hooks import Hooks, Untouched
from sesr.lowering.operations import apply_network
from sesr.lowering.plain_network import Convolution, PlainNetwork
from sesr.lowering.shuffle import DECONVOLUTION, deconvolve, shuffle
from sesr.lowering.ways import Lowering


def run(network: PlainNetwork, lowering: Lowering, image: Any, hooks: Hooks | None = None) -> Any:
    """Compute a network.

    Args:
        network: as it was trained, for the native lowering, or what `prepare` returned.
        lowering: the way.
        image: (N, H, W, C) float32, less the network's `zero`; one image of a known size where
            the lowering is not native.
        hooks: called on every kernel and feature map.

    Returns:
        (N, H * scale, W * scale, C), less `zero`, clipped if the network clips.
    """
    return apply_network(network, lowering, image, _TensorFlow(hooks or Untouched()))


class _TensorFlow:
    """The operations of `sesr.lowering.operations`; hooks see kernels and feature maps."""

    def __init__(self, hooks: Hooks) -> None:
        import tensorflow as tf

        self._tf: Any = tf
        self._hooks = hooks

    def feature_map(self, name: str, value: Any) -> Any:
        return self._hooks.activation(name, value)

    def subtract(self, value: Any, number: float) -> Any:
        return value - number

    def convolve(self, value: Any, convolution: Convolution) -> Any:
        kernel = self._hooks.kernel(convolution.name, convolution.kernel)
        explicit = [[0, 0], *map(list, convolution.padding), [0, 0]]
        padding = "SAME" if convolution.is_same else explicit
        return self._tf.nn.conv2d(value, kernel, convolution.stride, padding) + convolution.bias

    def relu(self, value: Any) -> Any:
        return self._tf.nn.relu(value)

    def prelu(self, value: Any, convolution: Convolution) -> Any:
        # The converter recognises this very form, with slopes of this shape, as one PReLU.
        slopes = convolution.slopes.reshape(1, 1, -1)
        return self._tf.nn.relu(value) + self._tf.nn.relu(-value) * -slopes

    def add(self, one: Any, other: Any) -> Any:
        return one + other

    def concatenate(self, values: Sequence[Any]) -> Any:
        return self._tf.concat(list(values), -1)

    def repeat(self, image: Any, times: int) -> Any:
        # One channel broadcasts by itself.
        return image if image.shape[-1] == 1 else self.concatenate([image] * times)

    def shuffle(self, value: Any, network: PlainNetwork, kind: str) -> Any:
        if kind == DECONVOLUTION:
            return deconvolve(value, network.convolutions[-1], network.channels, self._hooks)
        name = "spread" if network.stride > 1 else "output"
        return shuffle(value, network.block, network.channels, kind, self._hooks, name)

    def clip(self, value: Any) -> Any:
        return self._tf.clip_by_value(value, 0.0, 1.0)
