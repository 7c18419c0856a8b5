"""What is proven of one image, and of many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from defense.smoothing.binomial import check_level, lower_bound

ABSTAINS = -1
"""In the place of a class, where the vote is too close."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes of one image, before anything is concluded from them.

    Attributes:
        answer: the class that led in the first draws.
        hits: how many of the fresh draws gave it.
        draws: the fresh draws; 0 where they were not made, because the answer was wrong.
        seconds: that it took.
    """

    answer: int
    hits: int
    draws: int
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """What is kept of it."""
        return asdict(self)

    def radius(self, sigma: float, level: float) -> float:
        """The L2 distance within which the vote cannot change; -1 where none is proven.

        Example:
            >>> round(Tally(7, 990, 1000).radius(0.25, 0.001), 3)
            0.495
            >>> Tally(7, 510, 1000).radius(0.25, 0.001)
            -1.0
        """
        share = lower_bound(self.hits, self.draws, level) if self.draws else 0.0
        return sigma * NormalDist().inv_cdf(share) if share > 0.5 else -1.0


@dataclass(frozen=True, slots=True)
class Certification:
    """What is proven of some images.

    Attributes:
        sigma: of the noise.
        level: how often a certificate may be wrong.
        tallies: of the images.
        labels: their true classes; None where nobody told them.
    """

    sigma: float
    level: float
    tallies: tuple[Tally, ...]
    labels: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        check_level(self.level)

    @property
    def radii(self) -> npt.NDArray[np.float64]:
        """Proven L2 distances (N,), in units where white is 1; -1 where the procedure abstains."""
        return np.array([tally.radius(self.sigma, self.level) for tally in self.tallies])

    @property
    def answers(self) -> npt.NDArray[np.int64]:
        """Proven classes (N,), `ABSTAINS` where there is none."""
        answers = np.array([tally.answer for tally in self.tallies], np.int64)
        return np.where(self.radii >= 0, answers, ABSTAINS)

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """Whether the class that led in the first draws is the true one, (N,)."""
        answers = [tally.answer for tally in self.tallies]
        return np.equal(answers, self._known())

    @property
    def abstained(self) -> int:
        """Images whose class led, was looked at, and is not proven at any distance."""
        looked_at = np.array([tally.draws > 0 for tally in self.tallies])
        return int(np.sum(looked_at & (self.radii < 0)))

    def furthest(self, draws: int) -> float:
        """The L2 distance that so many fresh draws prove at best, when all are for one class."""
        return Tally(0, draws, draws).radius(self.sigma, self.level)

    def accuracy(self, radius: float) -> float:
        """Certified accuracy: share of images whose true class is proven at a distance."""
        return float(np.mean(self.right & (self.radii >= radius)))

    def curve(self, radii: Sequence[float]) -> list[float]:
        """Certified accuracy at several distances."""
        return [self.accuracy(radius) for radius in radii]

    def _known(self) -> tuple[int, ...]:
        if self.labels is None:
            raise ValueError("accuracy needs the true classes: certify with labels")
        return self.labels
