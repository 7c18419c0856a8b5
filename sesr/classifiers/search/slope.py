"""The slope between a block with activations and one without."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="sesr")
class UnitInterval(keras.constraints.Constraint):
    """Keeps a weight in [0, 1]."""

    def __call__(self, w: Any) -> Any:
        return ops.clip(w, 0.0, 1.0)


@keras.saving.register_keras_serializable(package="sesr")
class Slope(keras.layers.Layer):
    """A learnable mixture of two arrays: the first at a slope of 1, the second at 0.

    With x and ReLU(x) it is PReLU, whose slope goes from 1, no activation at all, to 0, ReLU;
    with another activation it goes to that one. One layer serves a whole block.

    Args:
        start: the slope to begin with, in [0, 1].

    Example:
        >>> slope = Slope(start=0.25)
        >>> float(slope(keras.ops.array(-8.0), keras.ops.array(0.0)))
        -2.0

    Reference: Bhardwaj et al., "Restructurable Activation Networks", 2022.
    """

    def __init__(self, start: float = 0.5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.start = start
        self.slope = self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(start),
            constraint=UnitInterval(),
            name="slope",
        )
        self.built = True

    def call(self, straight: Any, bent: Any) -> Any:
        slope = ops.cast(self.slope, self.compute_dtype)
        return slope * straight + (1 - slope) * bent

    def compute_output_shape(self, straight_shape: Any, bent_shape: Any) -> Any:
        return straight_shape

    def get_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().get_config()
        config.update(start=self.start)
        return config
