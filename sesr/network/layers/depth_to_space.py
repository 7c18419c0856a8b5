"""Depth-to-space, the step from many channels to many pixels."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="sesr")
class DepthToSpace(keras.layers.Layer):
    """Rearrange blocks of channels into blocks of pixels.

    Channel (dy * scale + dx) * C + c of an input pixel becomes channel c of the output pixel
    dy rows below and dx columns right of the block's corner: TensorFlow's order, which LiteRT
    runs as one operator.

    Args:
        scale: side of the block of output pixels.

    Input: (N, H, W, C * scale**2). Output: (N, H * scale, W * scale, C).

    Example:
        >>> tuple(DepthToSpace(2)(keras.ops.ones((1, 3, 5, 12))).shape)
        (1, 6, 10, 3)
    """

    def __init__(self, scale: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, inputs: Any) -> Any:
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            return tf.nn.depth_to_space(inputs, self.scale)
        return shuffle_with_ops(inputs, self.scale)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        batch, height, width, channels = input_shape
        if channels is None or channels % self.scale**2:
            raise ValueError(
                f"The channels must be a multiple of scale**2 = {self.scale**2}. "
                f"Received: {channels}"
            )
        return (
            batch,
            height and height * self.scale,
            width and width * self.scale,
            channels // self.scale**2,
        )

    def get_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().get_config()
        config["scale"] = self.scale
        return config


def shuffle_with_ops(inputs: Any, scale: int) -> Any:
    """Depth-to-space in `keras.ops`, for backends without an operator of their own."""
    _, height, width, channels = ops.shape(inputs)
    out = channels // scale**2
    blocks = ops.reshape(inputs, (-1, height, width, scale, scale, out))
    rows = ops.transpose(blocks, (0, 1, 3, 2, 4, 5))
    return ops.reshape(rows, (-1, height * scale, width * scale, out))
