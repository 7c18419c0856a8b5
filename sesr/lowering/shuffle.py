"""From channels to pixels with the operators that micro-NPUs have."""

from __future__ import annotations

from typing import Any

import numpy as np

from sesr.lowering.hooks import Hooks, Untouched
from sesr.lowering.plain_network import Convolution, FloatArray

NATIVE = "native"
"""The shuffle that is depth-to-space itself, which CPUs have and for which any size will do."""

DECONVOLUTION = "deconvolution"
"""The last convolution and the shuffle in one, as FSRCNN was published."""


def shuffle(
    packed: Any,
    scale: int,
    channels: int,
    kind: str,
    hooks: Hooks | None = None,
    name: str = "output",
) -> Any:
    """Depth-to-space without its operator.

    Args:
        packed: (1, H, W, channels * scale**2) in TensorFlow's order; behind these, for the
            transposed convolution, there may be `channels` that are added to every pixel.
        scale: 2 or 4.
        channels: of the output.
        kind: "transposed", "reshape", or "native" for a processor that has the operator.
        hooks: called on the kernels and on what comes out.
        name: of what comes out, for the hooks.
    """
    seen = hooks or Untouched()
    if kind == NATIVE:
        import tensorflow as tf

        return seen.activation(name, tf.nn.depth_to_space(packed, scale))
    if kind == "reshape":
        return seen.activation(name, _shuffle_by_reshape(packed, scale))
    while scale > 1:
        scale //= 2
        passed = name if scale == 1 else "half_way"
        packed = seen.activation(passed, _spread(packed, scale**2 * channels, channels, seen))
    return packed


def _spread(packed: Any, outputs: int, image_channels: int, hooks: Hooks) -> Any:
    """One doubling: a transposed convolution that puts every channel into its place."""
    import tensorflow as tf

    _, height, width, inputs = packed.shape
    kernel = hooks.kernel("shuffle", spreading_kernel(inputs, outputs, image_channels))
    size = (1, height * 2, width * 2, outputs)
    return tf.nn.conv2d_transpose(packed, kernel, size, 2, "SAME")


def spreading_kernel(inputs: int, outputs: int, image_channels: int) -> FloatArray:
    """Weights (2, 2, outputs, inputs) of ones and zeros for one doubling.

    Depth-to-space of scale s has channel (dy * s + dx) * C + c. The first doubling sends
    dy // (s/2), dx // (s/2) to pixels and leaves the remainders in the channels. Inputs beyond
    4 * outputs are image channels, which go to all pixels.
    """
    kernel = np.zeros((2, 2, outputs, inputs), np.float32)
    half = int(np.sqrt(outputs // image_channels))
    side = 2 * half
    for channel in range(4 * outputs):
        block, c = divmod(channel, image_channels)
        (y, dy), (x, dx) = divmod(block // side, half), divmod(block % side, half)
        kernel[y, x, (dy * half + dx) * image_channels + c, channel] = 1
    for channel in range(4 * outputs, inputs):
        kernel[:, :, channel - 4 * outputs :: image_channels, channel] = 1
    return kernel


def _shuffle_by_reshape(packed: Any, scale: int) -> Any:
    import tensorflow as tf

    _, height, width, depth = packed.shape
    out = depth // scale**2
    # Rank 4 only: rows of pixels, rows inside a block, and whatever follows them.
    blocks = tf.reshape(packed, (height, width, scale, scale * out))
    rows = tf.transpose(blocks, (0, 2, 1, 3))
    return tf.reshape(rows, (1, height * scale, width * scale, out))


def deconvolve(value: Any, convolution: Convolution, channels: int, hooks: Hooks) -> Any:
    """Compute a convolution and the shuffle x2 behind it as one transposed convolution.

    Args:
        value: (1, H, W, inputs).
        convolution: of 4 * channels outputs; every pixel of a block has the same bias.
        channels: of the output.
        hooks: called on the kernel and on what comes out.
    """
    import tensorflow as tf

    kernel = hooks.kernel(DECONVOLUTION, deconvolution_kernel(convolution.kernel, channels))
    size = (1, 2 * value.shape[1], 2 * value.shape[2], channels)
    spread = tf.nn.conv2d_transpose(value, kernel, size, 2, "SAME")
    return hooks.activation("output", spread + convolution.bias[:channels])


def deconvolution_kernel(kernel: FloatArray, channels: int) -> FloatArray:
    """The kernel of the deconvolution x2 that a convolution and the shuffle stand for.

    Args:
        kernel: (j, j, inputs, 4 * channels), j odd.
        channels: of the output.

    Returns:
        (2j, 2j, channels, inputs), or one less where the deconvolution was of odd length: that is
        what `sesr.network.layers.deconvolution.subpixel_kernel` was given.
    """
    side, _, inputs, _ = kernel.shape
    blocks = kernel.reshape(side, side, inputs, 2, 2, channels).transpose(0, 3, 1, 4, 5, 2)
    taps = np.flip(blocks, (0, 2)).reshape(2 * side, 2 * side, channels, inputs)
    return taps if taps[0].any() or taps[:, 0].any() else taps[1:, 1:]
