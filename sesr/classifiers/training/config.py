"""The settings of a training run of a classifier."""

from __future__ import annotations

from dataclasses import dataclass

from sesr.classifiers.catalog import find_classifier
from sesr.errors import TrainingError


@dataclass(frozen=True, slots=True)
class ClassifierConfig:
    """One training run; the same settings, data and folder go on with it.

    Attributes:
        network: a name of `sesr.classifiers.CLASSIFIERS`.
        steps: optimiser steps in all.
        batch_size: images in a step.
        learning_rate: peak of the schedule.
        warmup: steps of linear warm-up.
        weight_decay: of the kernels, for a learning rate of 1.
        smoothing: share of every label that is spread over all classes.
        shift: an image is moved by up to so many pixels each way.
        cutout: side of a gray square somewhere on it.
        ema: momentum of the averaged weights.
        precision: "float32" or "bfloat16".
        validate_every: steps between validations, each with a checkpoint.
        held_out: share of the images to choose by, where there are no others.
        dispatch: steps handed to the device at a time.
        seed: of weights and data.
        data: fingerprint of the images, so that no run goes on with others.

    Raises:
        UsageError: an unknown network.
        TrainingError: a number makes no sense; the message names it.
    """

    network: str = "ran_e_small"
    steps: int = 6000
    batch_size: int = 128
    learning_rate: float = 3e-3
    warmup: int = 200
    weight_decay: float = 0.05
    smoothing: float = 0.1
    shift: int = 4
    cutout: int = 8
    ema: float = 0.995
    precision: str = "float32"
    validate_every: int = 500
    held_out: float = 0.1
    dispatch: int = 10
    seed: int = 0
    data: str = ""

    def __post_init__(self) -> None:
        find_classifier(self.network)
        for name in ("steps", "batch_size", "validate_every", "dispatch"):
            self._require(name, getattr(self, name) >= 1, "at least 1")
        for name in ("warmup", "weight_decay", "shift", "cutout", "seed"):
            self._require(name, getattr(self, name) >= 0, "0 or more")
        for name in ("smoothing", "ema"):
            self._require(name, 0 <= getattr(self, name) < 1, "in 0 to below 1")
        self._require("learning_rate", self.learning_rate > 0, "above 0")
        self._require("held_out", 0 < self.held_out < 1, "above 0 and below 1")
        self._require("warmup", self.warmup < self.steps, f"below steps, {self.steps}")
        for name in ("steps", "validate_every"):
            whole = getattr(self, name) % self.dispatch == 0
            self._require(name, whole, f"a multiple of dispatch, {self.dispatch}")
        self._require("precision", self.precision in ("float32", "bfloat16"), "float32 or bfloat16")

    @property
    def dtype(self) -> str:
        """Keras' dtype policy."""
        return "float32" if self.precision == "float32" else "mixed_bfloat16"

    def _require(self, name: str, fine: bool, rule: str) -> None:
        if not fine:
            raise TrainingError(f"{name} must be {rule}; received {getattr(self, name)}")
