"""What the training of a defense is, as data."""

from __future__ import annotations

from dataclasses import dataclass

from defense.transforms import check_sigma
from sesr.catalog.networks import get_variant
from sesr.catalog.sesr import Variant
from sesr.errors import UsageError
from sesr.training.config import DTYPES


@dataclass(frozen=True, slots=True)
class DefenseConfig:
    """Defense, schedule and sampling of one run; equal configurations give equal runs.

    Attributes:
        defense: text for `parse_defense` with one SESR network for RGB, the one that is trained;
            it starts from the weights that the text names.
        fresh: name of a network, "S4", that is trained from its beginning in the place of the one
            that the text names; empty goes on from that one's weights.
        judged: the defense that the network is for, if it is trained on smaller images than it
            will see; `defense` if empty.
        teacher: text of the defense through which the classifier sees clean photographs; what
            it answers there is what it shall answer to everything else.
        crops: pieces of photographs to train on.
        noisy: how many of them get the noise made beforehand, which takes time.
        side: of those pieces, in pixels.
        steps: optimiser steps in the whole run.
        clean: photographs without noise in a step.
        gray: photographs in a step with noise made on the bare classifier beforehand.
        smoothed: photographs in a step with Gaussian noise, drawn anew every time; where there are
            some, the network is chosen by the share of right draws on such photographs.
        adaptive: photographs in a step that are attacked through the defense as it is then; behind
            Gaussian noise of their own if others have such noise.
        gray_epsilons: bounds of the noise made beforehand, in 1/255, in turns.
        gray_steps: of PGD on the bare classifier.
        sigmas: standard deviations of the Gaussian noise as fractions of full scale, in turns.
        fidelity: weight of the mean squared error from what the teacher shows of the clean
            photograph, beside the divergence of the answers; 0 for none.
        features: weight of the error of the classifier's maps beside the divergence of its
            answers; 0 for none.
        adaptive_epsilon: bound of the attack through the defense, in 1/255.
        adaptive_from: that bound in the first step, from which it grows evenly to the other; 0 for
            the same throughout.
        adaptive_steps: of PGD through the defense, from a random start.
        learning_rate: peak of the schedule.
        warmup: steps of linear warm-up; the rest is a cosine to zero.
        ema: momentum of the averaged weights, which are the ones validated and kept.
        precision: "float32", or "bfloat16" for the convolutions of the trained network.
        seed: of crops and attacks, and of the weights of a fresh network.
        validate_every: steps between validations, each followed by a checkpoint.
        classifiers: fingerprints of those that the network is for; the trainer notes them, so that
            no run goes on with others.

    Raises:
        UsageError: a number outside its range.
    """

    defense: str = "sesr:M2:rgb,bicubic:208"
    fresh: str = ""
    judged: str = ""
    teacher: str = "bicubic:208"
    crops: int = 1_500
    noisy: int = 750
    side: int = 299
    steps: int = 2_000
    clean: int = 4
    gray: int = 8
    smoothed: int = 0
    adaptive: int = 0
    gray_epsilons: tuple[float, ...] = (2.0, 4.0, 8.0, 16.0)
    gray_steps: int = 10
    sigmas: tuple[float, ...] = (0.12,)
    fidelity: float = 0.0
    features: float = 0.0
    adaptive_epsilon: float = 2.0
    adaptive_from: float = 0.0
    adaptive_steps: int = 2
    learning_rate: float = 5e-4
    warmup: int = 100
    ema: float = 0.99
    precision: str = "float32"
    seed: int = 0
    validate_every: int = 250
    classifiers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # JSON, where checkpoints keep it, knows lists only.
        for name in ("gray_epsilons", "sigmas"):
            object.__setattr__(self, name, tuple(map(float, getattr(self, name))))
        object.__setattr__(self, "classifiers", tuple(self.classifiers))
        for name in ("crops", "side", "steps", "gray_steps", "adaptive_steps", "validate_every"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1; received {getattr(self, name)}")
        for name in ("clean", "gray", "smoothed", "adaptive", "noisy", "warmup"):
            if getattr(self, name) < 0:
                raise UsageError(f"{name} must be 0 or more; received {getattr(self, name)}")
        if not self.batch_size:
            raise UsageError("a step needs photographs: clean, gray, smoothed, adaptive are all 0")
        if self.gray and not 0 < self.noisy <= self.crops:
            raise UsageError(f"noisy must be from 1 to crops = {self.crops}; received {self.noisy}")
        if min((*self.gray_epsilons, self.adaptive_epsilon), default=0) <= 0:
            raise UsageError("gray_epsilons and adaptive_epsilon must be above 0, in 1/255")
        if not 0 <= self.adaptive_from <= self.adaptive_epsilon:
            raise UsageError(
                f"adaptive_from must be from 0 to adaptive_epsilon = {self.adaptive_epsilon:g}; "
                f"received {self.adaptive_from:g}"
            )
        if self.fresh and not isinstance(get_variant(self.fresh), Variant):
            raise UsageError(f"fresh takes a SESR, such as S4 or M5; received {self.fresh}")
        if self.smoothed and not self.sigmas:
            raise UsageError("smoothed photographs need a noise: sigmas is empty")
        for sigma in self.sigmas:
            check_sigma(sigma)
        for name in ("fidelity", "features"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise UsageError(f"{name} must be 0 or more; received {getattr(self, name)}")
        if self.precision not in DTYPES:
            raise UsageError(
                f"precision must be one of {', '.join(DTYPES)}; received {self.precision!r}"
            )
        if not self.warmup < self.steps:
            raise UsageError(f"warmup must be below steps = {self.steps}; received {self.warmup}")

    @property
    def batch_size(self) -> int:
        """Photographs in a step."""
        return self.clean + self.gray + self.smoothed + self.adaptive

    def adaptive_bound(self, step: int) -> float:
        """Of the attack through the defense in a step, a fraction of full scale.

        Example:
            >>> config = DefenseConfig(steps=101, adaptive_from=0.5, adaptive_epsilon=2.0)
            >>> config.adaptive_bound(0) * 255, config.adaptive_bound(100) * 255
            (0.5, 2.0)
        """
        first = self.adaptive_from or self.adaptive_epsilon
        part = step / max(1, self.steps - 1)
        return (first + (self.adaptive_epsilon - first) * part) / 255

    @property
    def dispatch(self) -> int:
        """Steps that are made at a time."""
        return 1

    @property
    def dtype(self) -> str:
        """Keras' dtype policy of the trained network."""
        return DTYPES[self.precision]
