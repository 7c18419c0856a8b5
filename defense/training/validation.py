"""How good a defense in training is, on labelled images that it is not trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from defense.attacks import parse_attack
from defense.batch import ImageBatch
from defense.evaluation import Cell, Evaluation, ThreatModel
from defense.training.attack import descend
from defense.training.student import Student

_STEPS = 10
"""Of the attack through the defense; the report runs more."""

Right = Callable[[Any, Any], Any]
"""From images (N, H, W, 3) and labels (N,) to whether the answers are right, (N,)."""


class StudentScores(Protocol):
    """What a judge finds."""

    @property
    def mean(self) -> float:
        """What the best network is chosen by."""

    @property
    def figures(self) -> dict[str, float]:
        """The columns of the log."""

    @property
    def text(self) -> str:
        """For people."""


class StudentJudge(Protocol):
    """Measures a student."""

    def __call__(self, student: Student) -> StudentScores:
        """Measure a student."""


@dataclass(frozen=True, slots=True)
class PanelScores:
    """What a network is worth in front of several classifiers.

    Attributes:
        by_classifier: the scores in front of each, by its name.
    """

    by_classifier: Mapping[str, StudentScores]

    @property
    def mean(self) -> float:
        """What the best network is chosen by."""
        return float(np.mean([scores.mean for scores in self.by_classifier.values()]))

    @property
    def figures(self) -> dict[str, float]:
        """The columns of the log."""
        return {
            f"{name}_{column}": value
            for name, scores in self.by_classifier.items()
            for column, value in scores.figures.items()
        }

    @property
    def text(self) -> str:
        """For people."""
        return "; ".join(f"{name} {scores.text}" for name, scores in self.by_classifier.items())


def scores_of(by_classifier: Mapping[str, StudentScores]) -> StudentScores:
    """The scores in front of the only classifier, or of all."""
    found = list(by_classifier.values())
    return found[0] if len(found) == 1 else PanelScores(by_classifier)


@dataclass(frozen=True, slots=True)
class DefenseScores:
    """Shares of right answers.

    Attributes:
        clean: without an attack.
        gray: under PGD-20 made on the bare classifier, the mean over the epsilons.
        adaptive: under PGD-10 through the defense; 0 where it was not asked for.
    """

    clean: float
    gray: float
    adaptive: float

    @property
    def mean(self) -> float:
        """What the best network is chosen by."""
        return (self.clean + self.gray + self.adaptive) / 3

    @property
    def figures(self) -> dict[str, float]:
        """The columns of the log."""
        return {"clean": self.clean, "gray": self.gray, "adaptive": self.adaptive}

    @property
    def text(self) -> str:
        """For people."""
        return f"clean {self.clean:.1%}  gray-box {self.gray:.1%}  adaptive {self.adaptive:.1%}"


class Judge:
    """Attacks a student on the images of an evaluation.

    Args:
        evaluation: its classifier and its images; gray-box attacks are made once and kept with
            its results.
        epsilons: of the gray-box attacks, in 1/255.
        adaptive_epsilon: of the attack through the defense, in 1/255; 0 for none.
    """

    def __init__(
        self, evaluation: Evaluation, epsilons: tuple[float, ...], adaptive_epsilon: float
    ) -> None:
        self._clean = evaluation.data.images
        self._labels = evaluation.data.labels
        self._batch = evaluation.batch
        self._epsilon = adaptive_epsilon / 255
        cells = [Cell(ThreatModel("gray-box", e / 255), parse_attack("pgd")) for e in epsilons]
        self._compiled: tuple[Student, Right, Right] | None = None
        self._gray = [evaluation.adversarial(cell) for cell in cells]

    def __call__(self, student: Student) -> DefenseScores:
        """Measure a student."""
        if self._compiled is None or self._compiled[0] is not student:
            self._compiled = (student, *self._compile(student))
        _, plain, attacked = self._compiled
        clean = self._right(plain, self._clean)
        gray = [self._right(plain, images).mean() for images in self._gray]
        adaptive = (self._right(attacked, self._clean) & clean).mean() if self._epsilon else 0.0
        return DefenseScores(float(clean.mean()), float(np.mean(gray or 0.0)), float(adaptive))

    def _compile(self, student: Student) -> tuple[Right, Right]:
        """Whether answers are right, without and with an attack; compiling takes seconds."""

        @tf.function
        def plain(images: Any, labels: Any) -> Any:
            return tf.equal(tf.argmax(student(images), axis=-1), labels)

        @tf.function
        def attacked(images: Any, labels: Any) -> Any:
            def loss(x: Any) -> Any:
                return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, student(x))

            found = descend(loss, images, self._epsilon, _STEPS, (0, 0))
            return tf.equal(tf.argmax(student(found), axis=-1), labels)

        return plain, attacked

    def _right(self, right: Right, images: ImageBatch) -> npt.NDArray[np.bool_]:
        """For every image, whether the answer is right."""
        parts = (slice(i, i + self._batch) for i in range(0, len(images), self._batch))
        return np.concatenate([right(images[p], self._labels[p]).numpy() for p in parts])
