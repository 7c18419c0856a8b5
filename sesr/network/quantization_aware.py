"""Networks that compute in float32 what they will compute in int8, to be trained so.

Activations are rounded to 256 levels of a range per tensor, whose ends are trained too;
weights are rounded to 255 levels, symmetric, per output channel. What the first
convolution gives, which a long addition hands on to the last one, can be rounded more coarsely for
a while: that teaches a network to keep it small, and int8 loses less of it afterwards.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from sesr.errors import ModelError
from sesr.network.layers.levels import LevelConv2D, Levels
from sesr.network.sesr import FEATURE_RESIDUAL, IMAGE_RESIDUAL
from sesr.pixels.levels import CENTER, CENTERED_RANGE, IMAGE_RANGE, Range

PREFIX = "levels_"
"""Begins the names of the layers that round; the rest names the layer whose output it is."""


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
    if any(max(getattr(layer, "strides", (1,))) > 1 for layer in model.layers):
        raise ModelError(f"networks with a stride are rounded after training; not {model.name!r}")
    ends = _rounded_layers(model, bits)

    def clone(layer: Any) -> Any:
        config = layer.get_config()
        if type(layer) is keras.layers.Conv2D:
            return LevelConv2D.from_config(config)
        if isinstance(layer, keras.layers.Rescaling):
            config["offset"] = -CENTER
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
    _copy_weights(model, quantized, CENTER - _offset(model))
    return quantized


def without_quantization(model: keras.Model, shift: float = 0.5) -> keras.Model:
    """The plain network of a quantisation-aware one, with the same weights, not rounded.

    Args:
        model: what `quantization_aware` returned.
        shift: what SESR subtracts from the image: 0.5 as in training without rounding, or `CENTER`
            as here, which alters no weight.
    """

    def clone(layer: Any) -> Any:
        config = layer.get_config()
        if isinstance(layer, LevelConv2D):
            return keras.layers.Conv2D.from_config(config)
        if isinstance(layer, keras.layers.Rescaling):
            config["offset"] = -shift
        return layer.__class__.from_config(config)

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        return args[0] if isinstance(layer, Levels) else layer(*args, **kwargs)

    plain = keras.models.clone_model(model, clone_function=clone, call_function=call)
    plain.name = model.name.removesuffix("_int8")
    _copy_weights(model, plain, shift - CENTER)
    return plain


def is_quantization_aware(model: keras.Model) -> bool:
    """Whether a model came from `quantization_aware`."""
    return any(isinstance(layer, Levels) for layer in model.layers)


def trained_ranges(model: keras.Model) -> dict[str, Range]:
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
            levels[layer.name] = Levels(CENTERED_RANGE, name=name)
        elif layer.name == IMAGE_RESIDUAL:
            levels[layer.name] = Levels(IMAGE_RANGE, name=name)
        elif layer.name == last:
            fixed = CENTERED_RANGE if IMAGE_RESIDUAL in names else IMAGE_RANGE
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
    return -float(shifts[0].offset) if shifts else CENTER


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
