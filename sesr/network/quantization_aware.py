"""Networks that compute in float32 what they will compute in int8, to be trained so.

Activations are rounded to 256 levels of a range per tensor, which follows what the tensor holds
while it trains; weights are rounded to 255 levels, symmetric, per output channel. What the first
convolution gives, which a long addition hands on to the last one, can be rounded more coarsely for
a while: that teaches a network to keep it small, and int8 loses less of it afterwards. On
TensorFlow these are its own fake-quantisation operators, out of which its LiteRT converter reads
the ranges.

What an exporter needs of such a network:

    trained_ranges(model)        lowest and highest value of every feature map, by layer name
    without_quantization(model)  the plain network with the trained weights, of the layers that
                                 `make_runnable` gives, for a converter of its own
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from sesr.errors import ModelError
from sesr.network.sesr import FEATURE_RESIDUAL, IMAGE_RESIDUAL

PREFIX = "levels_"
"""Begins the names of the layers that round; the rest names the layer whose output it is."""

LEVEL = 1 / 255
"""The step of an 8-bit image."""

IMAGE_RANGE = (0.0, 1.0)
"""Of images: their own 256 levels."""

CENTRED_RANGE = (-128 * LEVEL, 127 * LEVEL)
"""Of images less 128/255, and of what is added to an image."""

CENTRE = 128 * LEVEL
"""Subtracted from the image instead of 0.5, which lies between two levels."""

MOMENTUM = 0.99
"""Of the ranges, which are running averages of a batch's extremes."""

SHARE = 0.8
"""Of a batch's extremes that the ranges reach to: cutting off the rest costs less than a coarser
step."""

TINY = 1e-6


@keras.saving.register_keras_serializable(package="sesr")
class Levels(keras.layers.Layer):
    """Round to the 256 levels of a range; gradients pass inside of it.

    Args:
        fixed: lowest and highest value; by default they follow the data in training.
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
        if training and self.fixed is None:
            self._follow(inputs)
        return fake_quantize(inputs, self.low, self.high, self.bits)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().get_config()
        config.update(fixed=self.fixed, symmetric=self.symmetric, bits=self.bits)
        return config

    def range(self) -> tuple[float, float]:
        """Lowest and highest value."""
        return float(ops.convert_to_numpy(self.low)), float(ops.convert_to_numpy(self.high))

    def _limit(self, name: str, value: float) -> Any:
        constant = keras.initializers.Constant(value)
        return self.add_weight(shape=(), initializer=constant, trainable=False, name=name)

    def _follow(self, inputs: Any) -> None:
        """Move the range towards this batch's; the first batch sets it."""
        low = ops.minimum(SHARE * ops.min(inputs), 0.0)
        high = ops.maximum(SHARE * ops.max(inputs), TINY)
        if self.symmetric:
            # The levels of int8 reach one step further below zero.
            reach = ops.maximum(-low * (127 / 128), high)
            low, high = -reach * (128 / 127), reach
        fresh = ops.equal(self.high, 0.0)
        keep = ops.where(fresh, 0.0, MOMENTUM)
        self.low.assign(keep * self.low + (1 - keep) * low)
        self.high.assign(keep * self.high + (1 - keep) * high)


@keras.saving.register_keras_serializable(package="sesr")
class LevelConv2D(keras.layers.Conv2D):
    """A convolution whose weights are rounded to int8, symmetric, per output channel."""

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        return super().convolution_op(inputs, fake_quantize_weights(kernel))


def fake_quantize(values: Any, low: Any, high: Any, bits: int = 8) -> Any:
    """Round to 2**bits levels from low to high, of which one is zero."""
    import tensorflow as tf

    return tf.quantization.fake_quant_with_min_max_vars(values, low, high, num_bits=bits)


def fake_quantize_weights(kernel: Any) -> Any:
    """Round a kernel (h, w, inputs, outputs) to 255 levels, symmetric, per output."""
    import tensorflow as tf

    kernel = tf.convert_to_tensor(kernel)
    limits = tf.stop_gradient(tf.maximum(tf.reduce_max(tf.abs(kernel), (0, 1, 2)), TINY))
    return tf.quantization.fake_quant_with_min_max_vars_per_channel(
        kernel, -limits, limits, narrow_range=True
    )


def quantization_aware(model: keras.Model, bits: int = 8) -> keras.Model:
    """Make a network that rounds as its int8 file will.

    The ranges of its activations are unset: run it on some batches with `training=True` first.

    Args:
        model: what `make_runnable` returned.
        bits: of the first convolution's output and of what the long addition gives; all else
            is rounded to 8.

    Raises:
        ModelError: the model is not in the form that runs, or Keras does not run on TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        raise ModelError(
            "quantisation-aware networks need the Keras backend tensorflow; "
            f"received {keras.backend.backend()!r}: set the environment variable KERAS_BACKEND"
        )
    if not any(type(layer) is keras.layers.Conv2D for layer in model.layers):
        raise ModelError(
            f"only a network in the form that runs can be quantised; received {model.name!r}: "
            "collapse it first"
        )
    ends = _rounded_layers(model, bits)

    def clone(layer: Any) -> Any:
        config = layer.get_config()
        if type(layer) is keras.layers.Conv2D:
            return LevelConv2D.from_config(config)
        if isinstance(layer, keras.layers.Rescaling):
            config["offset"] = -CENTRE
        return layer.__class__.from_config(config)

    round_image = Levels(IMAGE_RANGE, name=f"{PREFIX}image")

    def rounded(tensor: Any) -> Any:
        is_image = isinstance(tensor._keras_history.operation, keras.layers.InputLayer)
        return round_image(tensor) if is_image else tensor

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        output = layer(*keras.tree.map_structure(rounded, args), **kwargs)
        return ends[layer.name](output) if layer.name in ends else output

    quantized = keras.models.clone_model(model, clone_function=clone, call_function=call)
    quantized.name = f"{model.name}_int8"
    _copy_weights(model, quantized, CENTRE - _offset(model))
    return quantized


def without_quantization(model: keras.Model) -> keras.Model:
    """The plain network of a quantisation-aware one, with the same weights, not rounded."""

    def clone(layer: Any) -> Any:
        config = layer.get_config()
        if isinstance(layer, LevelConv2D):
            return keras.layers.Conv2D.from_config(config)
        if isinstance(layer, keras.layers.Rescaling):
            config["offset"] = -0.5
        return layer.__class__.from_config(config)

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        return args[0] if isinstance(layer, Levels) else layer(*args, **kwargs)

    plain = keras.models.clone_model(model, clone_function=clone, call_function=call)
    plain.name = model.name.removesuffix("_int8")
    _copy_weights(model, plain, 0.5 - CENTRE)
    return plain


def is_quantization_aware(model: keras.Model) -> bool:
    """Whether a model came from `quantization_aware`."""
    return any(isinstance(layer, Levels) for layer in model.layers)


def trained_ranges(model: keras.Model) -> dict[str, tuple[float, float]]:
    """Lowest and highest value of every feature map of a quantisation-aware model.

    The names are those of the layers that make them, activations included: "image",
    "first_block", "activation_0", ..., "long_residual", "last_block", "image_residual".
    """
    return {
        layer.name.removeprefix(PREFIX): layer.range()
        for layer in model.layers
        if isinstance(layer, Levels)
    }


def _rounded_layers(model: keras.Model, bits: int) -> dict[str, Levels]:
    """The rounding behind every layer whose output an int8 file holds in memory."""
    names = {layer.name for layer in model.layers}
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    last = convolutions[-1].name
    levels = {}
    for layer in model.layers:
        name = f"{PREFIX}{layer.name}"
        if isinstance(layer, keras.layers.Rescaling):
            levels[layer.name] = Levels(CENTRED_RANGE, name=name)
        elif layer.name == IMAGE_RESIDUAL:
            levels[layer.name] = Levels(IMAGE_RANGE, name=name)
        elif layer.name == last:
            fixed = CENTRED_RANGE if IMAGE_RESIDUAL in names else IMAGE_RANGE
            levels[layer.name] = Levels(fixed, name=name)
        elif layer.name != "clip" and _ends_a_step(layer):
            first = layer is convolutions[0]
            coarse = bits if first or layer.name == FEATURE_RESIDUAL else 8
            levels[layer.name] = Levels(symmetric=first, bits=coarse, name=name)
    return levels


def _ends_a_step(layer: Any) -> bool:
    """Whether an int8 file holds this layer's output: a convolution takes its ReLU along."""
    if isinstance(layer, keras.layers.ReLU | keras.layers.PReLU | keras.layers.Add):
        return True
    if not isinstance(layer, keras.layers.Conv2D):
        return False
    followers = [node.operation for node in layer._outbound_nodes]
    return not any(isinstance(follower, keras.layers.ReLU) for follower in followers)


def _offset(model: keras.Model) -> float:
    """What a plain network subtracts from its image; nothing in FSRCNN."""
    shifts = [layer for layer in model.layers if isinstance(layer, keras.layers.Rescaling)]
    return -float(shifts[0].offset) if shifts else CENTRE


def _copy_weights(source: keras.Model, target: keras.Model, shift: float) -> None:
    """Copy weights by name; the first bias makes up for another shift of the image."""
    given = {layer.name: layer for layer in source.layers}
    for layer in target.layers:
        if layer.weights and not isinstance(layer, Levels):
            layer.set_weights(given[layer.name].get_weights())
    if any(isinstance(layer, keras.layers.Rescaling) for layer in target.layers) and shift:
        first = next(layer for layer in target.layers if isinstance(layer, keras.layers.Conv2D))
        kernel, bias = first.get_weights()
        first.set_weights([kernel, bias + np.float32(shift) * kernel.sum((0, 1, 2))])
