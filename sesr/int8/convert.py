"""From a prepared network to an int8 LiteRT file."""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import Any

from sesr.int8.ranges import FakeQuantizer, Range
from sesr.lowering.compute import Lowering, run, run_as_trained
from sesr.lowering.plain_network import PlainNetwork


def to_int8(
    network: PlainNetwork,
    lowering: Lowering,
    ranges: dict[str, Range],
    height: int | None,
    width: int | None,
) -> bytes:
    """Convert a network to int8 for one size of image, or, with the native shuffle, for any.

    Args:
        network: prepared and equalised.
        lowering: how it is computed.
        ranges: of every feature map.
        height, width: of the low-resolution image; None for any.

    Returns:
        The file's content: int8 (1, height, width, C) to (1, height * scale, width * scale, C),
        both `pixel - 128`. Equal arguments give equal content.
    """
    import tensorflow as tf

    quantizer = FakeQuantizer(ranges)

    @tf.function(  # type: ignore[untyped-decorator]
        input_signature=[tf.TensorSpec((1, height, width, network.channels), name="image")]
    )
    def compute(image: Any) -> Any:
        return run(network, lowering, image, quantizer)

    return convert_function(compute.get_concrete_function())


def convert_function(function: Any) -> bytes:
    """Convert a concrete TensorFlow function whose ranges stand in fake-quantisation nodes."""
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], function)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return run_converter(converter)


def to_float(
    network: PlainNetwork, height: int | None, width: int | None, *, half: bool = False
) -> bytes:
    """Convert a network as it was trained, for one size of image or for any.

    Args:
        network: what `PlainNetwork.from_keras` returned.
        height, width: of the low-resolution image; None for any.
        half: store the weights as float16; the arithmetic is up to the runtime.

    Returns:
        The file's content: float32 (1, H, W, C) to (1, H * scale, W * scale, C), in [0, 1].
    """
    import tensorflow as tf

    @tf.function(  # type: ignore[untyped-decorator]
        input_signature=[tf.TensorSpec((1, height, width, network.channels), name="image")]
    )
    def compute(image: Any) -> Any:
        return run_as_trained(network, image)

    function = compute.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], function)
    if half:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    return run_converter(converter)


def run_converter(converter: Any) -> bytes:
    """Convert in silence: the converter announces its settings, and warns of ranges it found."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        content: bytes = converter.convert()
    return content
