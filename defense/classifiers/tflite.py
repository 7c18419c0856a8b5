"""Classifiers as LiteRT files: for predictions, not for gradients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sesr.engine.litert import LiteRTNetwork
from sesr.errors import UsageError


class TFLiteClassifier:
    """A float32 LiteRT file as a callable for `DefendedClassifier`.

    Args:
        path: the `.tflite` file, from an image (1, H, W, 3) to logits (1, classes).

    Attributes:
        size: height and width that it was made for; None where it takes any.

    Input: tensor (N, H, W, 3). Output: tensor (N, classes).

    Raises:
        ModelError: no readable LiteRT file.
        UsageError: while a gradient is asked for; the format has none.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self._network = LiteRTNetwork(path)
        self.size = self._network.size

    def __call__(self, images: Any) -> Any:
        """Logits of a batch."""
        import tensorflow as tf

        def run(batch: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
            return np.stack([self._network(image) for image in batch])

        @tf.custom_gradient
        def forward(x: Any) -> tuple[Any, Any]:
            logits = tf.numpy_function(run, [x], tf.float32)
            return tf.ensure_shape(logits, (None, None)), self._refuse

        return forward(images)

    def _refuse(self, *_: Any) -> Any:
        raise UsageError(
            f"classifier {self.name!r} is a .tflite file and has no gradients: attack it with "
            "black-box, noise or transfer, or give the .keras file"
        )
