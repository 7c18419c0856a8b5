"""The rounding to int8 as a part of the graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sesr.lowering import DECONVOLUTION, FloatArray
from sesr.pixels.levels import SMALLEST_LIMIT, Range

LARGEST_WEIGHT = 127
"""Weights are symmetric, from -127 to 127 steps."""


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
    largest = np.maximum(np.abs(kernel).max((0, 1, 2)), np.float32(SMALLEST_LIMIT))
    carries = (kernel == 1).any((0, 1, 2)) & (largest >= 1)
    exact = LARGEST_WEIGHT / np.floor(LARGEST_WEIGHT / np.maximum(largest, 1))
    return np.asarray(np.where(carries, exact, largest), np.float32)
