"""From a Keras network to a LiteRT file."""

from __future__ import annotations

import contextlib
import io
import warnings

import keras

from sesr.errors import ModelError
from sesr.network.quantization_aware import is_quantization_aware
from sesr.network.runnable import make_runnable
from sesr.network.sesr import without_clip


def to_litert(model: keras.Model) -> bytes:
    """Convert a network to a LiteRT file that takes any image size, float32 in [0, 1].

    It is brought into the form that runs first: an expanded network is collapsed. A
    quantisation-aware one becomes a file that computes in int8, with the ranges that it was
    trained with, and takes and gives float32.

    Args:
        model: what `build_network` or `make_runnable` returned.

    Returns:
        The file's content; equal weights give equal content.

    Raises:
        ModelError: Keras does not run on TensorFlow, which has the converter.
    """
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise ModelError(
            f"converting to LiteRT needs the Keras backend tensorflow; received {backend!r}: "
            "set the environment variable KERAS_BACKEND"
        )
    import tensorflow as tf

    plain = make_runnable(model)
    quantized = is_quantization_aware(plain)
    # The last range ends at 0 and 1, so that int8 numbers need no clip.
    converter = tf.lite.TFLiteConverter.from_keras_model(
        without_clip(plain) if quantized else plain
    )
    if quantized:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    # The converter saves the model on its way and reports that on the standard output; that
    # the ranges stand in the model instead of being observed, it takes for an oversight.
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Statistics for quantized inputs")
        content: bytes = converter.convert()
    return content
