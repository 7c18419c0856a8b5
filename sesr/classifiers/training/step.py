"""Several optimiser steps of a classifier in one dispatch, on TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from sesr.errors import TrainingError


class ClassifierStep:
    """Trains on as many batches as the leading axis of its arguments is long.

    Args:
        model: a classifier that takes pixel / 127.5 - 1.
        optimizer: built on its trainable variables.
        smoothing: share of every label that is spread over all classes.
        penalty: what is added to the loss, of the network's own variables.

    Raises:
        TrainingError: Keras does not run on TensorFlow.
    """

    def __init__(
        self,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        smoothing: float,
        penalty: Callable[[], Any] = lambda: 0.0,
    ) -> None:
        if keras.backend.backend() != "tensorflow":
            raise TrainingError(
                "classifiers are trained on the Keras backend tensorflow; "
                f"received {keras.backend.backend()!r}: set the environment variable KERAS_BACKEND"
            )
        import tensorflow as tf

        variables = model.trainable_variables
        loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
        classes = model.output_shape[-1]

        def one(images: Any, labels: Any) -> Any:
            with tf.GradientTape() as tape:
                logits = model(as_signed(images), training=True)
                value = loss(tf.one_hot(labels, classes), logits) + penalty()
            gradients = tape.gradient(value, [v.value for v in variables])
            optimizer.apply(gradients, variables)
            return value

        @tf.function(jit_compile=False)
        def several(images: Any, labels: Any) -> Any:
            total = tf.zeros(())
            for index in tf.range(tf.shape(images)[0]):
                total += one(images[index], labels[index])
            return total / tf.cast(tf.shape(images)[0], tf.float32)

        self._several = several

    def __call__(self, images: Any, labels: Any) -> float:
        """Train on images (K, N, side, side, 3), 8 bits, and labels (K, N); the mean loss."""
        return float(self._several(images, labels))


def as_signed(images: Any) -> Any:
    """8-bit images as a classifier takes them, pixel / 127.5 - 1."""
    return keras.ops.cast(images, "float32") / 127.5 - 1.0
