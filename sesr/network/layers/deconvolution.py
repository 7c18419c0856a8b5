"""A deconvolution that is computed as a convolution and depth-to-space."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from sesr.network.layers.depth_to_space import DepthToSpace


@keras.saving.register_keras_serializable(package="sesr")
class Deconvolution(keras.layers.Conv2DTranspose):
    """Keras' `Conv2DTranspose` with "same" padding, the same weights and outputs, but faster.

    Every output pixel of a block of strides x strides takes part of the kernel's taps, and sorted
    by these pixels the taps form an ordinary small kernel. Processors are several times faster
    with that, above all in the gradients.

    Args: as `keras.layers.Conv2DTranspose`; the strides are one number. The output is float32.

    Input: (N, H, W, C). Output: (N, H * strides, W * strides, filters).

    Example:
        >>> tuple(Deconvolution(3, 9, strides=2, padding="same")(ops.ones((1, 4, 5, 8))).shape)
        (1, 8, 10, 3)
    """

    def call(self, inputs: Any) -> Any:
        scale = self.strides[0]
        kernel = subpixel_kernel(self.kernel, scale)
        many = ops.conv(inputs, kernel, padding="same")
        return DepthToSpace(scale)(ops.cast(many, "float32")) + ops.cast(self.bias, "float32")


def subpixel_kernel(kernel: Any, scale: int) -> Any:
    """Sort the taps of a deconvolution by the output pixel of a block that they belong to.

    Args:
        kernel: (k, k, C, F), as Keras keeps it; k is odd.
        scale: side of the block.

    Returns:
        (j, j, F, scale * scale * C), j = `subpixel_side(k, scale)`; taps that the deconvolution
        has not are zero.
    """
    length, _, channels, features = kernel.shape
    reach = _reach(length, scale)
    side = 2 * reach + 1
    # Tap t carries input pixel i to output pixel scale * i + t - cut, so the taps, extended to
    # whole blocks, lie block by block in reverse.
    before = scale * reach - _cut(length, scale)
    pad = (before, side * scale - length - before)
    blocks = ops.reshape(
        ops.pad(kernel, [pad, pad, (0, 0), (0, 0)]), (side, scale, side, scale, channels, features)
    )
    sorted_taps = ops.transpose(ops.flip(blocks, axis=(0, 2)), (0, 2, 5, 1, 3, 4))
    return ops.reshape(sorted_taps, (side, side, features, scale * scale * channels))


def subpixel_side(length: int, scale: int) -> int:
    """Side of the kernel that a deconvolution kernel of this side is sorted into."""
    return 2 * _reach(length, scale) + 1


def _cut(length: int, scale: int) -> int:
    """Pixels that "same" padding cuts off the start of the full deconvolution."""
    return (length - scale) // 2


def _reach(length: int, scale: int) -> int:
    """Input pixels on each side that an output block takes from."""
    cut = _cut(length, scale)
    return max(scale - 1 + cut, length - 1 - cut) // scale
