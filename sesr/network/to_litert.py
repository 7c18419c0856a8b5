"""From a Keras network to a LiteRT file."""

from __future__ import annotations

import contextlib
import io

import keras

from sesr.errors import ModelError
from sesr.network.collapse import collapse, linear_blocks


def to_litert(model: keras.Model) -> bytes:
    """Convert a SESR network to a float32 LiteRT file that takes any image size.

    An expanded network is collapsed first.

    Args:
        model: what `build_sesr` or `collapse` returned.

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

    plain = collapse(model) if linear_blocks(model) else model
    converter = tf.lite.TFLiteConverter.from_keras_model(plain)
    # The converter saves the model on its way and reports that on the standard output.
    with contextlib.redirect_stdout(io.StringIO()):
        content: bytes = converter.convert()
    return content
