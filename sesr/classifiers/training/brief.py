"""A short training without a folder, for networks that are only compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from sesr.classifiers.training.batches import Batches
from sesr.classifiers.training.config import ClassifierConfig
from sesr.classifiers.training.labelled import LabelledImages
from sesr.classifiers.training.step import ClassifierStep
from sesr.classifiers.training.trainer import make_classifier_optimizer
from sesr.reporting.progress import Progress, no_progress


def train_briefly(
    model: keras.Model,
    data: LabelledImages,
    config: ClassifierConfig,
    penalty: Callable[[], Any] = lambda: 0.0,
    progress: Progress = no_progress,
) -> None:
    """Make all steps of a configuration, and leave the averaged weights, if there are any.

    Args:
        model: a classifier that takes pixel / 127.5 - 1; changed in place.
        data: to learn from.
        config: of the steps; its network, and what it says of validation, do not matter.
        penalty: what is added to the loss, of the network's own variables.
        progress: told of the steps made.
    """
    optimizer = make_classifier_optimizer(config)
    optimizer.build(model.trainable_variables)
    step = ClassifierStep(model, optimizer, config.smoothing, penalty)
    batches = Batches(data, config)
    for first in range(0, config.steps, config.dispatch):
        images, labels = zip(*map(batches, range(first, first + config.dispatch)), strict=True)
        step(np.stack(images), np.stack(labels))
        progress(first + config.dispatch, config.steps)
    if config.ema:
        optimizer.finalize_variable_values(model.trainable_variables)
