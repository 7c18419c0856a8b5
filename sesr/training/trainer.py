"""The training loop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np

from sesr.files import atomic_path
from sesr.network.runnable import copy_runnable_weights, make_runnable
from sesr.network.sesr import without_clip
from sesr.pixels.color import FloatImage
from sesr.training.config import TrainingConfig
from sesr.training.run.checkpoint import check_finite, restore_run, save_run
from sesr.training.run.log import CsvLog, LogRow
from sesr.training.run.prefetch import Prefetcher
from sesr.training.schedule import averaged_weights, make_optimizer
from sesr.training.start.prepare import prepare_network
from sesr.training.step import make_train_step
from sesr.training.validation import Validator

Batch = tuple[FloatImage, FloatImage]

BEST = "best.keras"
"""File of the network that validated best so far, in the folder of the run."""


class TrainingListener(Protocol):
    """Hears of a run's progress."""

    def on_steps(self, step: int, loss: float) -> None:
        """Called after every dispatch."""

    def on_validation(self, row: LogRow, best: bool) -> None:
        """Called after every validation; best: this network was kept."""


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a finished run leaves.

    Attributes:
        model: path of the best network, expanded, as `.keras`.
        psnr: its validation PSNR in dB.
        bicubic: bicubic's on the same images.
        data_wait: share of the training time that waited for data, this process only.
    """

    model: Path
    psnr: float
    bicubic: float
    data_wait: float


class Trainer:
    """Trains a network, and goes on where an earlier run of the same folder stopped.

    After every validation the state is stored in `checkpoint.npz`; the network with the best
    validation PSNR so far is `best.keras` (averaged weights), the course `log.csv`. The seed of
    the starting weights is Keras' own, `keras.utils.set_random_seed`.

    Args:
        config: the run.
        batch: the data of a step, by the step's number; must not depend on anything else.
        validator: measures the network.
        output: folder of the run, made if missing.
        listener: hears of the progress.
        start_from: an expanded network to take every layer over from that fits; a quantised run
            takes a whole network.

    Raises:
        TrainingError: the folder holds a checkpoint of another run, or `start_from` does not
            fit.

    Attributes:
        step: optimiser steps done.
        taken_over: names of the layers that came from `start_from`.
    """

    def __init__(
        self,
        config: TrainingConfig,
        batch: Callable[[int], Batch],
        validator: Validator,
        output: Path,
        listener: TrainingListener,
        start_from: keras.Model | None = None,
    ) -> None:
        self.config = config
        self.model, self.taken_over = prepare_network(config, start_from)
        self._batch = batch
        self._validator = validator
        self._output = output
        self._listener = listener
        self._optimizer = make_optimizer(config)
        self._optimizer.build(self.model.trainable_variables)
        # What is measured and kept: float32, whatever the precision of the training.
        self._kept, _ = prepare_network(replace(config, precision="float32"), start_from)
        self._runnable = make_runnable(self._kept)
        self._checkpoint_path = output / "checkpoint.npz"
        self._best_path = output / BEST
        output.mkdir(parents=True, exist_ok=True)
        self.step, self._best, self._seconds = restore_run(
            self._checkpoint_path, self.config, self._variables()
        )
        self._log = CsvLog(output / "log.csv", self.step, LogRow)

    def run(self) -> TrainingResult:
        """Train to the last step of the configuration.

        Raises:
            TrainingError: the loss is no longer a number.
        """
        step_function = make_train_step(without_clip(self.model), self._optimizer, self.config.loss)
        size = self.config.dispatch
        first, last = self.step // size, self.config.steps // size
        began, waited_before, losses = time.perf_counter(), 0.0, []
        total = 0.0
        with Prefetcher(self._stack, first, last) as batches:
            for low, high in batches:
                losses.append(step_function(low, high))
                self.step += size
                self._listener.on_steps(self.step, losses[-1])
                if self.step % self.config.validate_every and self.step != self.config.steps:
                    continue
                elapsed = time.perf_counter() - began
                total += elapsed
                self._seconds += elapsed
                step_function.sync()
                self._validate(float(np.mean(losses)), (batches.waited - waited_before) / elapsed)
                began, waited_before, losses = time.perf_counter(), batches.waited, []
            share = batches.waited / total if total else 0.0
        return TrainingResult(self._best_path, self._best, self._validator.bicubic, share)

    def _stack(self, dispatch: int) -> Batch:
        first = dispatch * self.config.dispatch
        batches = [self._batch(first + i) for i in range(self.config.dispatch)]
        low, high = zip(*batches, strict=True)
        return np.stack(low), np.stack(high)

    def _validate(self, loss: float, data_wait: float) -> None:
        check_finite(loss, self.step)
        self._kept.set_weights(averaged_weights(self.model, self._optimizer))
        copy_runnable_weights(self._kept, self._runnable)
        value = self._validator(self._runnable)
        best = value > self._best
        if best:
            self._best = value
            with atomic_path(self._best_path) as part:
                self._kept.save(part)
        row = LogRow(
            self.step,
            self._seconds,
            float(self._optimizer.learning_rate),
            loss,
            value,
            self._validator.bicubic,
            data_wait,
        )
        self._log.append(row)
        self._save()
        self._listener.on_validation(row, best)

    def _variables(self) -> list[Any]:
        return [*self.model.variables, *self._optimizer.variables]

    def _save(self) -> None:
        best, seconds = self._best, self._seconds
        save_run(self._checkpoint_path, self.config, self.step, best, seconds, self._variables())
