"""A network on Keras, with any of its backends: the way to a GPU."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Self

import numpy as np

from sesr.catalog.shipped import TrainedModel
from sesr.errors import MissingExtraError, ModelError
from sesr.pixels.color import FloatImage


class KerasEngine:
    """Runs a trained network, collapsed, on the backend that KERAS_BACKEND names.

    Args:
        path: the `.keras` file.

    Raises:
        MissingExtraError: Keras or its backend is not installed.
        ModelError: the file is missing or is no network of this project.
    """

    workers = 1
    precisions = ("float32",)
    title = "Keras"
    package = "keras"

    def __init__(self, path: Path) -> None:
        try:
            from sesr.network.load import load_network
            from sesr.network.runnable import make_runnable
        except ImportError as error:
            raise MissingExtraError("the engine keras", "train") from error
        if not path.exists():
            raise ModelError(f"{path}: no such model file")
        self._model = make_runnable(load_network(path))
        self._lock = threading.Lock()

    @classmethod
    def open(cls, model: TrainedModel, workers: int, precision: str) -> Self:
        """Make it ready for a model."""
        return cls(model.keras)

    def __call__(self, tile: FloatImage) -> FloatImage:
        """Run the network on one tile, (H, W, C) float32 in [0, 1]."""
        from keras import ops

        with self._lock:
            output = self._model.predict_on_batch(np.ascontiguousarray(tile[np.newaxis]))
            return np.asarray(ops.convert_to_numpy(output)[0], np.float32)
