"""The loop of every training run: steps, validations, checkpoints, the best network, the log."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from sesr.errors import TrainingError
from sesr.files import atomic_path
from sesr.training.run.checkpoint import restore_run, save_run
from sesr.training.run.log import CsvLog, LogRow
from sesr.training.run.prefetch import Prefetcher

BEST = "best.keras"
"""File of the network that validated best so far, in the folder of the run."""

LOG = "log.csv"
"""File of the course of the training, likewise."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a validation found.

    Attributes:
        score: the best network has the highest.
        figures: columns of the log by name.
        text: the figures for people.
    """

    score: float
    figures: dict[str, float]
    text: str


class RunConfig(Protocol):
    """The fields of a configuration that the loop needs; it is a frozen dataclass."""

    @property
    def steps(self) -> int:
        """Optimiser steps in the whole run."""

    @property
    def validate_every(self) -> int:
        """Steps between validations; a multiple of `dispatch`, as `steps` is."""

    @property
    def dispatch(self) -> int:
        """Steps that are made at a time."""


class Trainable(Protocol):
    """What a run trains."""

    @property
    def variables(self) -> list[Any]:
        """Everything that a checkpoint has to hold, in a fixed order."""

    @property
    def learning_rate(self) -> float:
        """Of the next step."""

    def data(self, dispatch: int) -> Any:
        """The data of a dispatch, by its number and nothing else; called ahead, in a thread."""

    def train(self, data: Any) -> float:
        """Make the steps of one dispatch; their mean loss."""

    def measure(self) -> Measurement:
        """Validate the averaged weights as they are now."""

    def save(self, path: Path) -> None:
        """Write the network that was measured last."""


class TrainingListener(Protocol):
    """Hears of a run's progress."""

    def on_steps(self, step: int, loss: float) -> None:
        """Called after every dispatch."""

    def on_validation(self, row: LogRow, text: str, best: bool) -> None:
        """Called after every validation; text: for people; best: this network was kept."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a finished run leaves.

    Attributes:
        model: path of the best network, expanded, as `.keras`.
        best: its score.
        data_wait: share of the training time that waited for data, this process only.
    """

    model: Path
    best: float
    data_wait: float


class TrainingRun:
    """Takes something trainable to its last step, and goes on where an earlier run stopped.

    After every validation the state is stored in `checkpoint.npz`; the network that measured best
    so far is `best.keras`, the course `log.csv`.

    Args:
        config: the run.
        trainable: what is trained; gets the values of the checkpoint, if there is one.
        output: folder of the run, made if missing.
        listener: hears of the progress.
        origin: what the run is made of beside its settings, as photographs and starting weights:
            a digest by a name for people.

    Raises:
        TrainingError: the folder holds a checkpoint of another run, or a damaged one.

    Attributes:
        step: optimiser steps done.
    """

    def __init__(
        self,
        config: RunConfig,
        trainable: Trainable,
        output: Path,
        listener: TrainingListener,
        origin: Mapping[str, str] | None = None,
    ) -> None:
        self._config, self._trainable, self._listener = config, trainable, listener
        self._origin = origin or {}
        self._checkpoint_path, self._best_path = output / "checkpoint.npz", output / BEST
        output.mkdir(parents=True, exist_ok=True)
        self.step, self._best, self._seconds = restore_run(
            self._checkpoint_path, config, trainable.variables, self._origin
        )
        self._log = CsvLog(output / LOG, self.step)

    def run(self) -> RunResult:
        """Train to the last step of the configuration.

        Raises:
            TrainingError: the loss is no longer a number.
        """
        size, losses = self._config.dispatch, []
        first, last = self.step // size, self._config.steps // size
        began, total, waited = time.perf_counter(), 0.0, 0.0
        with Prefetcher(self._trainable.data, first, last) as batches:
            for data in batches:
                losses.append(self._trainable.train(data))
                self.step += size
                self._listener.on_steps(self.step, losses[-1])
                if self.step % self._config.validate_every and self.step != self._config.steps:
                    continue
                elapsed = time.perf_counter() - began
                self._validate(float(np.mean(losses)), elapsed, batches.waited - waited)
                total, waited, losses = total + elapsed, batches.waited, []
                began = time.perf_counter()
        return RunResult(self._best_path, self._best, waited / total if total else 0.0)

    def _validate(self, loss: float, elapsed: float, waited: float) -> None:
        _check_finite(loss, self.step)
        self._seconds += elapsed
        rate = self._trainable.learning_rate
        found = self._trainable.measure()
        best = found.score > self._best
        if best:
            self._best = found.score
            with atomic_path(self._best_path) as part:
                self._trainable.save(part)
        row = LogRow(self.step, self._seconds, rate, loss, found.figures, waited / elapsed)
        self._log.append(row)
        save_run(
            self._checkpoint_path,
            self._config,
            self.step,
            self._best,
            self._seconds,
            self._trainable.variables,
            self._origin,
        )
        self._listener.on_validation(row, found.text, best)


def _check_finite(loss: float, step: int) -> None:
    """Stop a run that diverged before it is kept.

    Raises:
        TrainingError: the loss is no longer a number.
    """
    if not np.isfinite(loss):
        raise TrainingError(
            f"the loss is {loss} at step {step}: training diverged; lower the learning "
            "rate and start in a new output folder"
        )
