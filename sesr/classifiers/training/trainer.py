"""Training a classifier."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np

from sesr.classifiers.build import build_classifier
from sesr.classifiers.training.batches import Batches
from sesr.classifiers.training.config import ClassifierConfig
from sesr.classifiers.training.labelled import LabelledImages
from sesr.classifiers.training.step import ClassifierStep, as_signed
from sesr.training.averaged import AveragedTrainer
from sesr.training.run.loop import Measurement, RunResult, TrainingListener, TrainingRun
from sesr.training.schedule import warmup_cosine


class ClassifierTrainer(AveragedTrainer):
    """Trains a classifier, and goes on where an earlier run of the same folder stopped.

    Args:
        config: the run.
        data: to learn from.
        validation: to choose by, with the same classes.
        output: folder of the run, made if missing.
        listener: hears of the progress.

    Raises:
        UsageError: the images are too small for the network.
        TrainingError: the folder holds a checkpoint of another run.
    """

    def __init__(
        self,
        config: ClassifierConfig,
        data: LabelledImages,
        validation: LabelledImages,
        output: Path,
        listener: TrainingListener,
    ) -> None:
        keras.utils.set_random_seed(config.seed)
        self.config, self._validation = config, validation
        kept = replace(config, precision="float32")
        super().__init__(
            _build(config, data), _build(kept, data), make_classifier_optimizer(config)
        )
        self._batches = Batches(data, config)
        self._run = TrainingRun(config, self, output, listener)

    def run(self) -> RunResult:
        """Train to the last step; the score is the share of right answers."""
        return self._run.run()

    def data(self, dispatch: int) -> Any:
        """Images and labels of all steps of a dispatch."""
        first = dispatch * self.config.dispatch
        steps = range(first, first + self.config.dispatch)
        images, labels = zip(*map(self._batches, steps), strict=True)
        return np.stack(images), np.stack(labels)

    def train(self, data: Any) -> float:
        """Make the steps of one dispatch; their mean loss."""
        return self._step(*data)

    def measure(self) -> Measurement:
        """Classify the images to choose by with the averaged weights."""
        self.take_average()
        right = accuracy(self._kept, self._validation)
        return Measurement(right, {"accuracy": right}, f"{right:.2%} right")

    @cached_property
    def _step(self) -> ClassifierStep:
        """Made with the weights that the run starts or goes on from."""
        return ClassifierStep(self.model, self._optimizer, self.config.smoothing)


def accuracy(model: keras.Model, data: LabelledImages) -> float:
    """Share of images whose class has the largest logit."""
    logits = model.predict(np.asarray(as_signed(data.images)), batch_size=250, verbose=0)
    return float(np.mean(np.argmax(logits, axis=1) == data.labels))


def make_classifier_optimizer(config: ClassifierConfig) -> keras.optimizers.Optimizer:
    """AdamW with linear warm-up, cosine decay to zero and averaged weights; kernels alone decay."""
    optimizer = keras.optimizers.AdamW(
        warmup_cosine(config),
        weight_decay=config.weight_decay,
        use_ema=True,
        ema_momentum=config.ema,
    )
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias", "slope"])
    return optimizer


def _build(config: ClassifierConfig, data: LabelledImages) -> keras.Model:
    return build_classifier(config.network, len(data.classes), data.side, dtype=config.dtype)
