"""Telling logits from probabilities, which weaken attacks and flatter a defense."""

from __future__ import annotations

from typing import Any

import numpy as np

from sesr.errors import UsageError

_REMEDY = (
    "build it with classifier_activation=None (keras.applications) or pass it through "
    "defense.without_softmax"
)


def refuse_softmax(model: Any) -> None:
    """Make sure that a Keras classifier does not end in a softmax or a sigmoid.

    Raises:
        UsageError: it does; the message says how to get the logits.
    """
    activation = _last_activation(model)
    if activation is not None:
        raise UsageError(
            f"classifier {model.name!r} must return logits; it ends in {activation}, whose "
            f"flat gradients make attacks fail for no merit of the defense: {_REMEDY}"
        )


def check_logits(logits: Any, name: str) -> None:
    """Make sure that values are logits, whatever made them.

    Args:
        logits: (N, classes).
        name: of the classifier, for the message.

    Raises:
        UsageError: the shape is another one, values are not finite, or the rows are
            probabilities.

    Example:
        >>> check_logits(np.float32([[2.0, -1.0, 0.5]]), "mine")
        >>> check_logits(np.float32([[0.7, 0.1, 0.2]]), "mine")
        Traceback (most recent call last):
        sesr.errors.UsageError: classifier 'mine' must return logits; its rows add up to 1...
    """
    values = np.asarray(logits)
    if values.ndim != 2 or values.shape[1] < 2:
        raise UsageError(
            f"classifier {name!r} must return logits (N, classes) of two classes or more; "
            f"received the shape {values.shape}"
        )
    if not np.isfinite(values).all():
        raise UsageError(
            f"classifier {name!r} must return finite logits; received NaN or infinity: "
            "check its weights and its input range"
        )
    if values.min() >= 0 and np.allclose(values.sum(axis=1), 1, atol=1e-3):
        raise UsageError(
            f"classifier {name!r} must return logits; its rows add up to 1 like "
            f"probabilities, whose flat gradients make attacks fail: {_REMEDY}"
        )


def without_softmax(model: Any) -> Any:
    """The same classifier up to its last softmax or sigmoid, with copied weights.

    Args:
        model: functional or sequential Keras model.

    Returns:
        A model that returns logits; the model itself if it returned logits already.

    Raises:
        UsageError: the activation cannot be taken off, for example inside a layer of one's own.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "softmax")])
        >>> without_softmax(model).layers[-1].activation.__name__
        'linear'
    """
    import keras

    if _last_activation(model) is None:
        return model

    def renew(layer: Any) -> Any:
        if layer is not _last_layer(model):
            return layer.__class__.from_config(layer.get_config())
        if isinstance(layer, keras.Model):
            return without_softmax(layer)
        if isinstance(layer, keras.layers.Softmax | keras.layers.Activation):
            return keras.layers.Activation("linear", name=layer.name)
        return layer.__class__.from_config({**layer.get_config(), "activation": "linear"})

    stripped = keras.models.clone_model(model, clone_function=renew)
    stripped.set_weights(model.get_weights())
    if _last_activation(stripped) is not None:
        raise UsageError(
            f"classifier {model.name!r} ends in {_last_activation(stripped)} that cannot be "
            "taken off; build it without"
        )
    return stripped


def _last_layer(model: Any) -> Any:
    """The layer that a model's output comes from; None of what is no functional model."""
    outputs = getattr(model, "outputs", None)
    return outputs[0]._keras_history.operation if outputs else None


def _last_activation(model: Any) -> str | None:
    """Name of the squashing activation that a Keras model ends in, nested or not."""
    last = _last_layer(model)
    if last is not None:
        return _last_activation(last)
    if type(model).__name__ == "Softmax":
        return "softmax"
    name = getattr(getattr(model, "activation", None), "__name__", "")
    return name if name in ("softmax", "sigmoid") else None
