"""What a classifier sees on the way to its answer."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from defense.classifiers import Classifier
from sesr.errors import UsageError


class Features:
    """A classifier's answer together with its maps, the last one of each size.

    An answer is one number that matters for a whole photograph, a map has one for every place, so
    that a network learns more from a step.

    Args:
        classifier: a functional Keras model, as loaded ones are.

    Raises:
        UsageError: it is another callable, or it never shrinks its maps.

    Reference: J. Johnson et al., "Perceptual Losses for Real-Time Style Transfer and
    Super-Resolution", ECCV 2016.
    """

    def __init__(self, classifier: Classifier) -> None:
        model: Any = classifier.model
        maps = _maps(model)
        if not maps:
            raise UsageError(
                f"features need a Keras classifier that shrinks its maps; received "
                f"{classifier.name!r}: take features 0"
            )
        self._range = classifier.input_range
        self._model = keras.Model(model.inputs, [model.output, *maps])

    def __call__(self, shown: Any) -> tuple[Any, list[Any]]:
        """Logits (N, classes) and maps (N, h, w, channels) of images (N, H, W, 3) in [0, 1]."""
        low, high = self._range
        logits, *maps = self._model(shown * (high - low) + low, training=False)
        return logits, maps


def distance(maps: list[Any], wanted: list[Any]) -> Any:
    """How far maps are from others: squared error over square, the mean over the maps."""
    shares = [
        tf.reduce_mean(tf.square(found - right)) / (tf.reduce_mean(tf.square(right)) + 1e-6)
        for found, right in zip(maps, wanted, strict=True)
    ]
    return tf.add_n(shares) / len(shares)


def _maps(model: Any) -> list[Any]:
    """What every layer gets that shrinks a map or ends it, but for the image itself."""
    if not isinstance(model, keras.Model) or not model.inputs:
        return []
    given = {id(tensor) for tensor in model.inputs}
    inputs = [layer.input for layer in model.layers if _shrinks(layer)]
    return [tensor for tensor in inputs if id(tensor) not in given]


def _shrinks(layer: Any) -> bool:
    strides = getattr(layer, "strides", 1)
    strided = max(strides) > 1 if isinstance(strides, tuple | list) else strides > 1
    return strided or "Global" in type(layer).__name__
