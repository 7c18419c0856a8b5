"""Zero padding that follows the parity of the image."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="sesr.defense")
class ParityPadding(keras.layers.Layer):
    """Zero padding before a convolution of stride 2, as "same" padding would be.

    Even sides are padded one less at their beginning than at their end. `keras.applications`
    fixes this for one image size when it builds a network; this layer follows the image.

    Args:
        kernel: side of the convolution's kernel, odd.

    Input: (N, H, W, C). Output: (N, H + kernel // 2 * 2 - (1 if H is even), ..., C).

    Example:
        >>> layer = ParityPadding(3)
        >>> [tuple(layer(ops.ones((1, n, n, 2))).shape) for n in (8, 9)]
        [(1, 9, 9, 2), (1, 11, 11, 2)]
    """

    def __init__(self, kernel: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kernel = kernel

    def call(self, inputs: Any) -> Any:
        """Pad a batch."""
        half = self.kernel // 2
        _, height, width, _ = ops.shape(inputs)
        # A constant where the size is known, an operation of the graph where it is not.
        before = [half - 1 + side % 2 for side in (height, width)]
        return ops.pad(inputs, [(0, 0), *((low, half) for low in before), (0, 0)])

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Shape of the result, as far as it is known."""
        half = self.kernel // 2
        batch, height, width, channels = input_shape
        sides = [side and side + 2 * half - 1 + side % 2 for side in (height, width)]
        return (batch, *sides, channels)

    def compute_output_spec(self, inputs: Any) -> keras.KerasTensor:
        """What Keras asks before it runs anything."""
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        config: dict[str, Any] = super().get_config()
        config["kernel"] = self.kernel
        return config
