"""From a Keras network to a LiteRT file."""

from __future__ import annotations

import contextlib
import io

import keras

from sesr.errors import ModelError
from sesr.network.runnable import make_runnable


def to_litert(model: keras.Model) -> bytes:
    """Convert a network to a float32 LiteRT file that takes any image size.

    It is brought into the form that runs first: an expanded network is collapsed.

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

    converter = tf.lite.TFLiteConverter.from_keras_model(make_runnable(model))
    # The converter saves the model on its way and reports that on the standard output.
    with contextlib.redirect_stdout(io.StringIO()):
        content: bytes = converter.convert()
    return content
