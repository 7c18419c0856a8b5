from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from defense import parse_defense
from defense.classifiers import Classifier
from defense.evaluation import Evaluation, ImageSet

SIDE, COUNT = 12, 6


@pytest.fixture(name="evaluation")
def _evaluation(tmp_path: Path) -> Evaluation:
    """Images of three classes by their colour."""
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((None, None, 3)), layers.GlobalAveragePooling2D(), layers.Dense(3)],
        name="color",
    )
    model.set_weights([20 * np.eye(3, dtype=np.float32), np.zeros(3, np.float32)])
    labels = np.arange(COUNT) % 3
    colors = 0.4 + 0.1 * np.eye(3, dtype=np.float32)[labels]
    images = np.ascontiguousarray(
        np.broadcast_to(colors[:, None, None], (COUNT, SIDE, SIDE, 3)), np.float32
    )
    data = ImageSet.of(images, labels)
    return Evaluation(Classifier.of(model), parse_defense("none"), data, tmp_path, draws=7)
