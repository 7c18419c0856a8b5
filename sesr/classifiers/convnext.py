"""ConvNeXt and RAN-i in Keras."""

from __future__ import annotations

from typing import Any

import keras

from sesr.classifiers.scaling import KERNEL, PATCH, ConvNextNetwork

_EPSILON = 1e-6


@keras.saving.register_keras_serializable(package="sesr")
class ChannelScale(keras.layers.Layer):
    """Multiplies every channel by a weight of its own, which starts near zero.

    Example:
        >>> tuple(ChannelScale()(keras.ops.ones((1, 2, 2, 8))).shape)
        (1, 2, 2, 8)
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.scale = self.add_weight(
            shape=(input_shape[-1],),
            initializer=keras.initializers.Constant(_EPSILON),
            name="scale",
        )

    def call(self, inputs: Any) -> Any:
        return inputs * self.scale

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape


def build_convnext(
    spec: ConvNextNetwork, classes: int, size: int, *, dtype: str = "float32"
) -> keras.Model:
    """Build a ConvNeXt.

    Args:
        spec: its depths and widths.
        classes: of the answer.
        size: side of the image in pixels, a multiple of 32.
        dtype: Keras' dtype policy of all but the answer.

    Returns:
        A model from (N, size, size, 3), pixel / 127.5 - 1, to logits (N, classes), float32.
    """
    image = keras.Input((size, size, 3), name="image")
    x: Any = image
    for stage, (depth, width) in enumerate(zip(spec.depths, spec.widths, strict=True)):
        x = _shrink(x, width, stage, dtype)
        for index in range(depth):
            x = _block(x, width, f"stage_{stage}_block_{index}", dtype)
    x = keras.layers.GlobalAveragePooling2D(name="pool", dtype=dtype)(x)
    x = _norm("head", "float32")(x)
    logits = keras.layers.Dense(classes, name="logits", dtype="float32")(x)
    return keras.Model(image, logits, name=spec.name)


def _shrink(x: Any, width: int, stage: int, dtype: str) -> Any:
    """Squares of pixels before the first stage, and of 2x2 between the others, to channels."""
    name, side = f"shrink_{stage}", 2 if stage else PATCH
    convolution = keras.layers.Conv2D(width, side, side, name=name, dtype=dtype)
    norm = _norm(name, dtype)
    return convolution(norm(x)) if stage else norm(convolution(x))


def _block(inputs: Any, width: int, name: str, dtype: str) -> Any:
    x = keras.layers.DepthwiseConv2D(KERNEL, padding="same", name=f"{name}_depthwise", dtype=dtype)(
        inputs
    )
    x = _norm(name, dtype)(x)
    x = keras.layers.Dense(4 * width, "gelu", name=f"{name}_expand", dtype=dtype)(x)
    x = keras.layers.Dense(width, name=f"{name}_project", dtype=dtype)(x)
    x = ChannelScale(name=f"{name}_scale", dtype=dtype)(x)
    return keras.layers.Add(name=f"{name}_add", dtype=dtype)([inputs, x])


def _norm(name: str, dtype: str) -> Any:
    return keras.layers.LayerNormalization(epsilon=_EPSILON, name=f"{name}_norm", dtype=dtype)
