"""How good a smoothed defense in training is, on labelled images that it is not trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from defense.batch import ImageBatch
from defense.evaluation import ImageSet
from defense.training.student import Student
from defense.transforms import add_noise

_DRAWS = 3
"""Of every image, the same ones at every validation."""


@dataclass(frozen=True, slots=True)
class VoteScores:
    """Shares of right answers to images with noise.

    Attributes:
        draw: of all draws; what the best network is chosen by, as it is finer than votes.
        vote: of the images by the answer that most draws give.
        unanimous: of the images in all draws; a certificate needs nearly that.
    """

    draw: float
    vote: float
    unanimous: float

    @property
    def mean(self) -> float:
        """What the best network is chosen by."""
        return self.draw

    @property
    def figures(self) -> dict[str, float]:
        """The columns of the log."""
        return {"draw": self.draw, "vote": self.vote, "unanimous": self.unanimous}

    @property
    def text(self) -> str:
        """For people."""
        return f"draws {self.draw:.1%}  vote {self.vote:.1%}  unanimous {self.unanimous:.1%}"


class VoteJudge:
    """Lets a student vote on images with noise.

    Args:
        data: the images.
        sigmas: standard deviations of the noise, each for as many draws.
        batch: images at a time.
    """

    def __init__(self, data: ImageSet, sigmas: Sequence[float], batch: int = 25) -> None:
        self._data, self._sigmas, self._batch = data, tuple(sigmas), batch
        self._compiled: tuple[Student, Callable[[ImageBatch], Any]] | None = None

    def __call__(self, student: Student) -> VoteScores:
        """Measure a student; the mean over the sigmas."""
        if self._compiled is None or self._compiled[0] is not student:
            self._compiled = (student, tf.function(student))
        shares = [self._measure(sigma) for sigma in self._sigmas]
        return VoteScores(*map(float, np.mean(shares, axis=0)))

    def _measure(self, sigma: float) -> tuple[float, float, float]:
        """Draws, vote and unanimous votes at one sigma."""
        labels = self._data.labels
        answers = np.stack([self._answers(sigma, draw) for draw in range(_DRAWS)])
        winners = [np.bincount(votes).argmax() for votes in answers.T]
        right = answers == labels
        shares = right.mean(), np.mean(winners == labels), right.all(axis=0).mean()
        return float(shares[0]), float(shares[1]), float(shares[2])

    def _answers(self, sigma: float, draw: int) -> npt.NDArray[np.int64]:
        """The classes (N,) of one draw."""
        assert self._compiled is not None  # noqa: S101 - tells the type checker
        noisy = add_noise(self._data.images, sigma, np.random.default_rng(draw))
        parts = (noisy[i : i + self._batch] for i in range(0, len(noisy), self._batch))
        answers = [np.asarray(self._compiled[1](part)).argmax(axis=1) for part in parts]
        return np.concatenate(answers)
