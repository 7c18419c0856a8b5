"""The training loop of a defense."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from defense.classifiers import Classifier
from defense.parse import parse_defense
from defense.training.config import DefenseConfig
from defense.training.lessons import Lessons
from defense.training.step import DefenseStep
from defense.training.student import Student, network_position, trainable_network
from defense.training.validation import DefenseScores as Scores
from defense.training.validation import Judge
from sesr.files import atomic_path
from sesr.training.run.checkpoint import check_finite, restore_run, save_run
from sesr.training.run.log import CsvLog
from sesr.training.schedule import averaged_weights, make_optimizer
from sesr.training.trainer import BEST


@dataclass(frozen=True, slots=True)
class DefenseRow:
    """What happened up to one validation.

    Attributes:
        step: optimiser steps done.
        seconds: training time of the whole run so far.
        loss: mean since the last row.
        clean, gray, adaptive: as in `Scores`, of the averaged weights.
    """

    step: int
    seconds: float
    loss: float
    clean: float
    gray: float
    adaptive: float

    @property
    def scores(self) -> Scores:
        """The shares of right answers."""
        return Scores(self.clean, self.gray, self.adaptive)

    @property
    def reached(self) -> str:
        """The figures for people."""
        return f"clean {self.clean:.1%}  gray-box {self.gray:.1%}  adaptive {self.adaptive:.1%}"


class DefenseListener(Protocol):
    """Hears of a run's progress."""

    def on_steps(self, step: int, loss: float) -> None:
        """Called after every step."""

    def on_validation(self, row: DefenseRow, best: bool) -> None:
        """Called after every validation; best: this network was kept."""


class DefenseTrainer:
    """Trains the network of a defense, and goes on where an earlier run of the folder stopped.

    After every validation the state is stored in `checkpoint.npz`; the network with the best
    mean score so far is `best.keras` (averaged weights), the course `log.csv`.

    Args:
        config: the run.
        lessons: what to train on.
        classifier: which the defense is for; its model takes any size and stays as it is.
        judge: measures the network.
        output: folder of the run, made if missing.
        listener: hears of the progress.

    Raises:
        TrainingError: the folder holds a checkpoint of another run.
        UsageError: the configuration's defense cannot be trained.

    Attributes:
        step: optimiser steps done.
    """

    def __init__(
        self,
        config: DefenseConfig,
        lessons: Lessons,
        classifier: Classifier,
        judge: Judge,
        output: Path,
        listener: DefenseListener,
    ) -> None:
        self.config = config
        self._lessons, self._judge, self._listener = lessons, judge, listener
        defense = parse_defense(config.defense)
        stage: Any = defense.transforms[network_position(defense)]
        network = trainable_network(stage, config.dtype)
        self._student = Student(defense, network, classifier)
        # What is measured and kept: float32, whatever the precision of the training.
        self._kept = Student(defense, trainable_network(stage), classifier)
        self._optimizer = make_optimizer(config)
        self._optimizer.build(network.trainable_variables)
        self._step = DefenseStep(self._student, self._optimizer, config)
        self._checkpoint_path, self.best_path = output / "checkpoint.npz", output / BEST
        output.mkdir(parents=True, exist_ok=True)
        self.step, self._best, self._seconds = restore_run(
            self._checkpoint_path, self.config, self._variables()
        )
        self._log = CsvLog(output / "log.csv", self.step, DefenseRow)

    def run(self) -> Path:
        """Train to the last step of the configuration; the path of the best network.

        Raises:
            TrainingError: the loss is no longer a number.
        """
        began, losses = time.perf_counter(), []
        while self.step < self.config.steps:
            losses.append(self._train())
            self.step += 1
            self._listener.on_steps(self.step, losses[-1])
            if self.step % self.config.validate_every and self.step != self.config.steps:
                continue
            self._seconds += time.perf_counter() - began
            self._validate(float(np.mean(losses)))
            began, losses = time.perf_counter(), []
        return self.best_path

    def _train(self) -> float:
        images, chosen = self._lessons.batch(self.config, self.step)
        seed = (self.config.seed, self.step)
        return self._step(images, self._lessons.logits[chosen], seed)

    def _validate(self, loss: float) -> None:
        check_finite(loss, self.step)
        self._kept.network.set_weights(averaged_weights(self._student.network, self._optimizer))
        scores = self._judge(self._kept)
        best = scores.mean > self._best
        if best:
            self._best = scores.mean
            with atomic_path(self.best_path) as part:
                self._kept.network.save(part)
        row = DefenseRow(self.step, self._seconds, loss, scores.clean, scores.gray, scores.adaptive)
        self._log.append(row)
        self._save()
        self._listener.on_validation(row, best)

    def _variables(self) -> list[Any]:
        return [*self._student.network.variables, *self._optimizer.variables]

    def _save(self) -> None:
        best, seconds = self._best, self._seconds
        save_run(self._checkpoint_path, self.config, self.step, best, seconds, self._variables())
