"""Classifiers as LiteRT files, in float32 and in int8."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from sesr.classifiers.dense import collapse
from sesr.lowering import run_converter

SIGNED_STEP = np.float32(1 / 127.5)
"""Of int8 input: pixel - 128 stands for pixel / 127.5 - 1, but for half a step."""


def to_float_file(model: keras.Model) -> bytes:
    """Convert a classifier to a float32 LiteRT file for one image.

    Args:
        model: what `build_classifier` returned.

    Returns:
        The file's content, from (1, side, side, 3), pixel / 127.5 - 1, to logits.
    """
    return run_converter(_converter(model))


def to_int8_file(model: keras.Model, inputs: Callable[[], Iterator[list[Any]]]) -> bytes:
    """Convert a classifier to int8 throughout.

    Args:
        model: what `build_classifier` returned, or any other Keras classifier.
        inputs: gives lists of one input (1, side, side, 3) to calibrate on.

    Returns:
        The file's content; its output is int8 logits.
    """
    import tensorflow as tf

    converter = _converter(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    converter.representative_dataset = inputs
    return run_converter(converter)


def pinned_inputs(images: npt.NDArray[np.uint8]) -> Callable[[], Iterator[list[Any]]]:
    """Images (N, side, side, 3) to calibrate on, each with the lowest and the highest pixel in it.

    These two pin the scale of the input to 1/127.5 and its zero point to 0, so that int8 input is
    pixel - 128.
    """

    def inputs() -> Iterator[list[Any]]:
        for image in images:
            centered = image.astype(np.float32) - 128
            centered[0, 0], centered[0, 1] = -128, 127
            yield [centered[np.newaxis] * SIGNED_STEP]

    return inputs


def _converter(model: keras.Model) -> Any:
    """Of the collapsed form, for one image at a time."""
    import tensorflow as tf

    deployed = collapse(model)
    image = keras.Input(model.input_shape[1:], batch_size=1, name="image")
    return tf.lite.TFLiteConverter.from_keras_model(keras.Model(image, deployed(image)))
