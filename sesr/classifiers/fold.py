"""Batch normalisation folded into the convolutions before it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

_FOLDABLE = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense)


def fold_batch_norms(model: keras.Model) -> keras.Model:
    """The same function without its batch normalisations, for inference only.

    In inference a batch normalisation is a product and a sum, which the convolution before it
    can do along the way. Keras does both as passes over memory, a large part of the
    gradient of MobileNetV2.

    Args:
        model: a functional model; layers of nested models stay as they are.

    Returns:
        A new model with copied weights, equal up to rounding; the model itself where there is
        nothing to fold. Of several normalisations in a row, all are folded.

    Example:
        >>> inputs = keras.Input((8, 8, 3))
        >>> x = keras.layers.Conv2D(4, 3, name="conv")(inputs)
        >>> x = keras.layers.BatchNormalization(name="norm")(x)
        >>> [layer.name for layer in fold_batch_norms(keras.Model(inputs, x)).layers[1:]]
        ['conv']
    """
    while pairs := _pairs(model):
        model = _fold(model, pairs)
    return model


def _fold(model: Any, pairs: list[tuple[Any, Any]]) -> keras.Model:
    """The model without the normalisations of some pairs."""
    folded = {norm.name: layer for norm, layer in pairs}
    convolutions = {layer.name for layer in folded.values()}

    def renew(layer: Any) -> Any:
        config = layer.get_config()
        if layer.name in convolutions:
            config["use_bias"] = True
        return layer.__class__.from_config(config)

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        return args[0] if layer.name in folded else layer(*args, **kwargs)

    copy = keras.models.clone_model(model, clone_function=renew, call_function=call)
    for layer in model.layers:
        if layer.weights and layer.name not in folded and layer.name not in convolutions:
            copy.get_layer(layer.name).set_weights(layer.get_weights())
    for name, layer in folded.items():
        weights = _folded_weights(layer, model.get_layer(name))
        copy.get_layer(layer.name).set_weights(weights)
    return copy


def _pairs(model: Any) -> list[tuple[Any, Any]]:
    """Batch normalisations with the layer before them that can do their work."""
    pairs = []
    for norm in getattr(model, "layers", []):
        if not isinstance(norm, keras.layers.BatchNormalization):
            continue
        before = norm.input._keras_history.operation
        linear = getattr(before, "activation", None) is keras.activations.linear
        channels_last = norm.axis in (-1, len(norm.input.shape) - 1)
        # Of one layer that feeds others too, or is called twice, the others would change.
        alone = len(before._outbound_nodes) == 1 and len(before._inbound_nodes) == 1
        if type(before) in _FOLDABLE and linear and channels_last and alone:
            pairs.append((norm, before))
    return pairs


def _folded_weights(layer: Any, norm: Any) -> list[Any]:
    """Kernel and bias of a layer together with the normalisation behind it."""
    values = layer.get_weights()
    kernel = values[0]
    bias = values[1] if layer.use_bias else 0.0
    mean, variance = (np.asarray(v) for v in (norm.moving_mean, norm.moving_variance))
    scale = 1.0 / np.sqrt(variance + norm.epsilon)
    if norm.scale:
        scale = scale * np.asarray(norm.gamma)
    offset = np.asarray(norm.beta) if norm.center else 0.0
    # Depthwise kernels are (k, k, channels, multiplier), all others (..., channels).
    shape = kernel.shape[2:] if isinstance(layer, keras.layers.DepthwiseConv2D) else (-1,)
    return [kernel * scale.reshape(shape), (bias - mean) * scale + offset]
