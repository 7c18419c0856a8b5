"""Networks as LiteRT files. Equal networks give equal files."""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from typing import Any, Literal

from sesr.errors import ExportError
from sesr.lowering.hooks import Hooks
from sesr.lowering.plain_network import PlainNetwork
from sesr.lowering.tensorflow_operations import run
from sesr.lowering.ways import Lowering

_OPERATION = re.compile(r"'(tf\.\w+)' op is neither a custom op")

Numbers = Literal["float32", "float16", "int8"]
"""Of a file: float32; weights stored as float16; int8 throughout, the ranges of which stand
in the graph, as fake-quantisation nodes."""


def convert_network(
    network: PlainNetwork,
    lowering: Lowering,
    shape: tuple[int | None, int | None, int | None],
    numbers: Numbers = "float32",
    hooks: Hooks | None = None,
) -> bytes:
    """Convert a network for one size of image, or, with the native shuffle, for any.

    Args:
        network: as it was trained, for the native lowering, or prepared.
        lowering: how it is computed.
        shape: images at a time, height and width of the low-resolution image; None for any.
        numbers: that the file computes with.
        hooks: put the ranges of int8 into the graph.

    Returns:
        The file's content: (N, H, W, C) to (N, H * scale, W * scale, C).
    """
    import tensorflow as tf

    @tf.function(  # type: ignore[untyped-decorator]
        input_signature=[tf.TensorSpec((*shape, network.channels), name="image")]
    )
    def compute(image: Any) -> Any:
        return run(network, lowering, image, hooks)

    return convert_function(compute.get_concrete_function(), numbers)


def convert_function(function: Any, numbers: Numbers) -> bytes:
    """Convert a concrete TensorFlow function."""
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], function)
    if numbers != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if numbers == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if numbers == "int8":
        converter.inference_input_type = converter.inference_output_type = tf.int8
    return run_converter(converter)


def run_converter(converter: Any) -> bytes:
    """Convert in silence: the converter announces its settings, and warns of ranges it found.

    Raises:
        ExportError: the network holds an operation that LiteRT has not.
    """
    from tensorflow.lite.python.convert import ConverterError

    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            content: bytes = converter.convert()
        except ConverterError as error:
            lacking = ", ".join(sorted(set(_OPERATION.findall(str(error)))))
            raise ExportError(
                f"LiteRT cannot hold this network: it has no {lacking or 'form of it'}"
            ) from error
    return content
