"""What trainers of all kinds of networks have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras

from sesr.training.run.loop import TrainingRun
from sesr.training.schedule import averaged_weights


class AveragedTrainer:
    """One network, one optimiser, and a copy with the averaged weights, which is measured and kept.

    Args:
        model: what is trained.
        kept: of the same weights; in float32, whatever the precision of the training.
        optimizer: averages the weights; not built yet.

    Attributes:
        model: what is trained.
    """

    _run: TrainingRun
    """Made by the trainer itself, which the run then drives."""

    def __init__(
        self, model: keras.Model, kept: keras.Model, optimizer: keras.optimizers.Optimizer
    ) -> None:
        optimizer.build(model.trainable_variables)
        self.model, self._kept, self._optimizer = model, kept, optimizer

    @property
    def step(self) -> int:
        """Optimiser steps done."""
        return self._run.step

    @property
    def variables(self) -> list[Any]:
        """Of the network and the optimiser."""
        return [*self.model.variables, *self._optimizer.variables]

    @property
    def learning_rate(self) -> float:
        """Of the next step."""
        return float(self._optimizer.learning_rate)

    def take_average(self) -> None:
        """Give the copy the averaged weights as they are now."""
        self._kept.set_weights(averaged_weights(self.model, self._optimizer))

    def save(self, path: Path) -> None:
        """Write the network that was measured last, expanded."""
        self._kept.save(path)
