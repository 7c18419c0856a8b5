"""FSRCNN for comparisons of speed: its shape with random weights, which cycles do not depend on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sesr.color import FloatImage
from sesr.export.convert import convert_function
from sesr.export.lowering import CENTRE, shuffle
from sesr.export.plain import FloatArray
from sesr.export.quantization import FakeQuantizer, Observer

FORMS = ("published", "rewritten")
"""PReLUs and a 9x9 transposed convolution, or ReLUs and what computes the latter fastest here: a
5x5 convolution to the pixels of a block, and the shuffle that SESR has."""

WIDE, NARROW, MAPS = 56, 12, 4
HALO = 8
"""Low-resolution pixels that a pixel depends on, to each side."""

SLOPE = 0.1


def fsrcnn_int8(
    form: str, channels: int, height: int, width: int, images: Sequence[FloatImage]
) -> bytes:
    """FSRCNN(56, 12, 4) for x2 as an int8 LiteRT file.

    Args:
        form: one of `FORMS`.
        channels: 1 or 3.
        height, width: of the image.
        images: (h, w, channels) in [0, 1], to find ranges with.

    Reference: Dong et al., "Accelerating the super-resolution convolutional neural network",
    ECCV 2016.
    """
    import tensorflow as tf

    kernels = _kernels(channels, form)
    observer = Observer()
    for image in images:
        _run(kernels, form, channels, image[np.newaxis] - CENTRE, observer)
    limits = {name: float(np.abs(high).max()) for name, high in observer.highest.items()}
    lows = {name: float(np.abs(low).max()) for name, low in observer.lowest.items()}
    ranges = {name: max(limits[name], lows[name], 1e-3) for name in limits}
    quantizer = FakeQuantizer({name: (-reach, reach) for name, reach in ranges.items()})

    @tf.function(  # type: ignore[untyped-decorator]
        input_signature=[tf.TensorSpec((1, height, width, channels), name="image")]
    )
    def compute(image: Any) -> Any:
        return _run(kernels, form, channels, image, quantizer)

    return convert_function(compute.get_concrete_function())


def _kernels(channels: int, form: str) -> list[FloatArray]:
    last = (9, 9, channels, WIDE) if form == "published" else (5, 5, WIDE, 4 * channels)
    shapes = [
        (5, 5, channels, WIDE),
        (1, 1, WIDE, NARROW),
        *[(3, 3, NARROW, NARROW)] * MAPS,
        (1, 1, NARROW, WIDE),
        last,
    ]
    random = np.random.default_rng(0)
    return [
        random.normal(0, 1 / np.sqrt(np.prod(shape[:3])), shape).astype(np.float32)
        for shape in shapes
    ]


def _run(kernels: list[FloatArray], form: str, channels: int, image: Any, hooks: Any) -> Any:
    import tensorflow as tf

    *inner, last = kernels
    value = hooks.activation("image", image)
    for index, kernel in enumerate(inner):
        value = tf.nn.conv2d(value, hooks.kernel("convolution", kernel), 1, "SAME")
        if form == "published":
            value = hooks.activation(f"before_{index}", value)
            slopes = np.full((1, 1, kernel.shape[-1]), -SLOPE, np.float32)
            value = tf.nn.relu(value) + tf.nn.relu(-value) * slopes
        else:
            value = tf.nn.relu(value)
        value = hooks.activation(f"after_{index}", value)
    if form == "rewritten":
        packed = tf.nn.conv2d(value, hooks.kernel("convolution", last), 1, "SAME")
        packed = hooks.activation("packed", packed)
        return shuffle(packed, 2, channels, "transposed", hooks)
    size = (1, 2 * image.shape[1], 2 * image.shape[2], channels)
    # One range for all outputs: the converter takes no other for this operator.
    kernel = hooks.kernel("shuffle", np.clip(last, -1, 1))
    return hooks.activation("output", tf.nn.conv2d_transpose(value, kernel, size, 2, "SAME"))
