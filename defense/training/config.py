"""What the training of a defense is, as data."""

from __future__ import annotations

from dataclasses import dataclass

from sesr.errors import UsageError
from sesr.training.config import DTYPES


@dataclass(frozen=True, slots=True)
class DefenseConfig:
    """Defense, schedule and sampling of one run; equal configurations give equal runs.

    Attributes:
        defense: text for `parse_defense` with one SESR network for RGB, the one that is trained;
            it starts from the weights that the text names.
        teacher: text of the defense through which the classifier sees clean photographs; what
            it answers there is what it shall answer to everything else.
        crops: pieces of photographs to train on.
        noisy: how many of them get the noise made beforehand, which takes time.
        side: of those pieces, in pixels.
        steps: optimiser steps in the whole run.
        clean: photographs without noise in a step.
        gray: photographs in a step with noise made on the bare classifier beforehand.
        adaptive: photographs in a step that are attacked through the defense as it is then.
        gray_epsilons: bounds of the noise made beforehand, in 1/255, in turns.
        gray_steps: of PGD on the bare classifier.
        adaptive_epsilon: bound of the attack through the defense, in 1/255.
        adaptive_steps: of PGD through the defense, from a random start.
        learning_rate: peak of the schedule.
        warmup: steps of linear warm-up; the rest is a cosine to zero.
        ema: momentum of the averaged weights, which are the ones validated and kept.
        precision: "float32", or "bfloat16" for the convolutions of the trained network.
        seed: of crops and attacks.
        validate_every: steps between validations, each followed by a checkpoint.

    Raises:
        UsageError: a number outside its range.
    """

    defense: str = "sesr:M2:rgb,bicubic:208"
    teacher: str = "bicubic:208"
    crops: int = 1_500
    noisy: int = 750
    side: int = 299
    steps: int = 2_000
    clean: int = 4
    gray: int = 8
    adaptive: int = 0
    gray_epsilons: tuple[float, ...] = (2.0, 4.0, 8.0, 16.0)
    gray_steps: int = 10
    adaptive_epsilon: float = 2.0
    adaptive_steps: int = 2
    learning_rate: float = 5e-4
    warmup: int = 100
    ema: float = 0.99
    precision: str = "float32"
    seed: int = 0
    validate_every: int = 250

    def __post_init__(self) -> None:
        # JSON, where checkpoints keep it, knows lists only.
        object.__setattr__(self, "gray_epsilons", tuple(map(float, self.gray_epsilons)))
        for name in ("crops", "side", "steps", "gray_steps", "adaptive_steps", "validate_every"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1; received {getattr(self, name)}")
        for name in ("clean", "gray", "adaptive", "noisy", "warmup"):
            if getattr(self, name) < 0:
                raise UsageError(f"{name} must be 0 or more; received {getattr(self, name)}")
        if not self.batch_size:
            raise UsageError("a step needs photographs: clean, gray and adaptive are all 0")
        if self.gray and not 0 < self.noisy <= self.crops:
            raise UsageError(f"noisy must be from 1 to crops = {self.crops}; received {self.noisy}")
        if min((*self.gray_epsilons, self.adaptive_epsilon), default=0) <= 0:
            raise UsageError("gray_epsilons and adaptive_epsilon must be above 0, in 1/255")
        if self.precision not in DTYPES:
            raise UsageError(
                f"precision must be one of {', '.join(DTYPES)}; received {self.precision!r}"
            )
        if not self.warmup < self.steps:
            raise UsageError(f"warmup must be below steps = {self.steps}; received {self.warmup}")

    @property
    def batch_size(self) -> int:
        """Photographs in a step."""
        return self.clean + self.gray + self.adaptive

    @property
    def dispatch(self) -> int:
        """Steps that are made at a time."""
        return 1

    @property
    def dtype(self) -> str:
        """Keras' dtype policy of the trained network."""
        return DTYPES[self.precision]
