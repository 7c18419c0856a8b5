"""Layers that round as int8 does, and let gradients pass."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from sesr.pixels.levels import SMALLEST_LIMIT

SHARE = 0.8
"""Of the first batch's extremes that the ranges reach to, from where training moves them: cutting
off the rest costs less than a coarser step."""


@keras.saving.register_keras_serializable(package="sesr")
class Levels(keras.layers.Layer):
    """Round to the 256 levels of a range; gradients pass inside of it, and move its ends.

    The ends are learned by the gradient of Learned Step Size Quantization (Esser et al., ICLR
    2020): of what rounding does to each value inside, and of what is cut off.

    Args:
        fixed: lowest and highest value; by default the first batch in training sets them, and
            the training moves them.
        symmetric: reach equally far to both sides of zero.
        bits: 8, or fewer for fewer levels.

    Example:
        >>> Levels(fixed=(0.0, 1.0))(ops.convert_to_tensor([0.3001])).numpy() * 255
        array([77.], dtype=float32)
    """

    def __init__(
        self,
        fixed: tuple[float, float] | None = None,
        symmetric: bool = False,
        bits: int = 8,
        **kwargs: Any,
    ) -> None:
        super().__init__(dtype="float32", **{k: v for k, v in kwargs.items() if k != "dtype"})
        self.fixed = None if fixed is None else (float(fixed[0]), float(fixed[1]))
        self.symmetric = symmetric
        self.bits = bits

    def build(self, input_shape: Any) -> None:
        low, high = self.fixed or (0.0, 0.0)
        self.low = self._limit("low", low)
        self.high = self._limit("high", high)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.fixed is not None:
            return fake_quantize(inputs, *self._ends(), self.bits)
        self._begin(inputs)
        return learned_quantize(inputs, *self._ends(), self.bits)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().get_config()
        config.update(fixed=self.fixed, symmetric=self.symmetric, bits=self.bits)
        return config

    def range(self) -> tuple[float, float]:
        """Lowest and highest value."""
        low, high = (float(ops.convert_to_numpy(end)) for end in self._ends())
        return low, high

    def _limit(self, name: str, value: float) -> Any:
        constant = keras.initializers.Constant(value)
        return self.add_weight(
            shape=(), initializer=constant, trainable=self.fixed is None, name=name
        )

    def _begin(self, inputs: Any) -> None:
        """Let the first batch set the range."""
        fresh = ops.equal(self.high, 0.0)
        self.low.assign(ops.where(fresh, SHARE * ops.min(inputs), self.low))
        self.high.assign(ops.where(fresh, SHARE * ops.max(inputs), self.high))

    def _ends(self) -> tuple[Any, Any]:
        """Lowest and highest value, of which the range holds zero."""
        if self.fixed is not None:
            return self.low, self.high
        low, high = ops.minimum(self.low, 0.0), ops.maximum(self.high, SMALLEST_LIMIT)
        if not self.symmetric:
            return low, high
        # The levels of int8 reach one step further below zero.
        reach = ops.maximum(-low * (127 / 128), high)
        return -reach * (128 / 127), reach


@keras.saving.register_keras_serializable(package="sesr")
class LevelConv2D(keras.layers.Conv2D):
    """A convolution whose weights are rounded to int8, symmetric, per output channel."""

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        return super().convolution_op(inputs, fake_quantize_weights(kernel))


def fake_quantize(values: Any, low: Any, high: Any, bits: int = 8) -> Any:
    """Round to 2**bits levels from low to high, of which one is zero."""
    import tensorflow as tf

    return tf.quantization.fake_quant_with_min_max_vars(values, low, high, num_bits=bits)


def learned_quantize(values: Any, low: Any, high: Any, bits: int = 8) -> Any:
    """The same as `fake_quantize`, with gradients for both ends of the range."""
    largest = 2**bits - 1
    step = (high - low) / largest
    zero = _through(ops.round, -low / step)
    level = _through(ops.round, ops.clip(values / step + zero, 0, largest))
    return (level - zero) * step


def _through(function: Any, values: Any) -> Any:
    """Apply a function that gradients pass unaltered."""
    return values + ops.stop_gradient(function(values) - values)


def fake_quantize_weights(kernel: Any) -> Any:
    """Round a kernel (h, w, inputs, outputs) to 255 levels, symmetric, per output."""
    import tensorflow as tf

    kernel = tf.convert_to_tensor(kernel)
    limits = tf.stop_gradient(tf.maximum(tf.reduce_max(tf.abs(kernel), (0, 1, 2)), SMALLEST_LIMIT))
    return tf.quantization.fake_quant_with_min_max_vars_per_channel(
        kernel, -limits, limits, narrow_range=True
    )
