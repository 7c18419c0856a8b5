"""Networks computed in TensorFlow, in any lowering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sesr.lowering.hooks import Hooks, Untouched
from sesr.lowering.operations import apply_network
from sesr.lowering.plain_network import Convolution, PlainNetwork
from sesr.lowering.shuffle import deconvolve, shuffle
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
    return apply_network(network, lowering, image, TensorFlowOperations(hooks or Untouched()))


@dataclass(frozen=True, slots=True)
class TensorFlowOperations:
    """The operations of `sesr.lowering.operations`.

    Attributes:
        hooks: called on every kernel and feature map.
    """

    hooks: Hooks = field(default_factory=Untouched)

    def feature_map(self, name: str, value: Any) -> Any:
        """Show it to the hooks."""
        return self.hooks.activation(name, value)

    def subtract(self, value: Any, number: float) -> Any:
        """A number from every element."""
        return value - number

    def convolve(self, value: Any, convolution: Convolution) -> Any:
        """Kernel and bias."""
        import tensorflow as tf

        kernel = self.hooks.kernel(convolution.name, convolution.kernel)
        explicit = [[0, 0], *map(list, convolution.padding), [0, 0]]
        padding = "SAME" if convolution.is_same else explicit
        return tf.nn.conv2d(value, kernel, 1, padding) + convolution.bias

    def relu(self, value: Any) -> Any:
        """Nothing below zero."""
        import tensorflow as tf

        return tf.nn.relu(value)

    def prelu(self, value: Any, convolution: Convolution) -> Any:
        """The very form, with slopes of this shape, that the converter recognises as one PReLU."""
        import tensorflow as tf

        slopes = convolution.slopes.reshape(1, 1, -1)
        return tf.nn.relu(value) + tf.nn.relu(-value) * -slopes

    def add(self, one: Any, other: Any) -> Any:
        """Element by element."""
        return one + other

    def concatenate(self, values: Sequence[Any]) -> Any:
        """Channels of one behind those of the other."""
        import tensorflow as tf

        return tf.concat(list(values), -1)

    def repeat(self, image: Any, times: int) -> Any:
        """The image once for every group of channels; one channel broadcasts by itself."""
        return image if image.shape[-1] == 1 else self.concatenate([image] * times)

    def shuffle(self, value: Any, network: PlainNetwork, kind: str) -> Any:
        """From channels to pixels."""
        return shuffle(value, network.scale, network.channels, kind, self.hooks)

    def deconvolve(self, value: Any, convolution: Convolution, channels: int) -> Any:
        """The last convolution and the shuffle x2 in one."""
        return deconvolve(value, convolution, channels, self.hooks)

    def clip(self, value: Any) -> Any:
        """Nothing outside [0, 1]."""
        import tensorflow as tf

        return tf.clip_by_value(value, 0.0, 1.0)
