"""Running an evaluation, row by row and portion by portion, so that it survives being stopped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from defense.attacks import seed_draws
from defense.batch import ImageBatch
from defense.classifiers import Classifier, check_logits
from defense.defended import DefendedClassifier, bare_model
from defense.evaluation.adversarial import AttackedModel
from defense.evaluation.image_set import ImageSet
from defense.evaluation.portion import Opponents, Portion, judging_seed
from defense.evaluation.row import EvaluationRow, join_rows
from defense.evaluation.threat import Cell
from defense.smoothing import Oracle, QuickAnswer, Smoothed, begins_with_noise
from defense.transforms.base import Transform
from defense.transforms.compose import Compose, flat
from defense.transforms.super_resolve import SuperResolve
from sesr.errors import UsageError
from sesr.reporting.progress import Advance, Progress, no_advance, no_progress

Logits = npt.NDArray[np.float32]

_ENOUGH_TO_TELL = 20
"""Images from which a share of right answers tells guessing from knowing."""

_ABOVE_GUESSING = 0.05
"""How far above chance an accuracy is still taken for guessing, at most."""


class Evaluation:
    """One classifier behind one defense, on one set of images.

    Args:
        classifier: the undefended classifier.
        defense: what stands in front of it.
        data: the images.
        folder: where adversarial images and finished rows are kept; evaluations of the same
            classifier with other defenses share it, and the images made on the bare classifier.
        surrogate: the classifier that a transfer attack is made on.
        seed: of the attacks.
        batch: images at a time.
        draws: of a smoothed defense, one that begins with noise, for the vote on an image. Its
            noise comes from the seed and is none that an attack has seen.

    Raises:
        UsageError: labels beyond the classes, no logits, or a classifier that only guesses.
    """

    def __init__(
        self,
        classifier: Classifier,
        defense: Transform,
        data: ImageSet,
        folder: Path,
        *,
        surrogate: Classifier | None = None,
        seed: int = 0,
        batch: int = 25,
        draws: int = 100,
    ) -> None:
        # Made ready for any size once, also for the evaluations beside this one.
        bare = bare_model(classifier)
        self.classifier = replace(classifier, model=bare.classifier)
        self.data = data
        self.surrogate, self.seed, self.batch = surrogate, seed, batch
        self.draws = draws
        self.cores: int | None = None
        self.folder = folder
        self._bare = AttackedModel(bare, classifier.fingerprint)
        self._other = (
            AttackedModel(bare_model(surrogate), surrogate.fingerprint) if surrogate else None
        )
        self._defend(defense)
        self._check()

    def behind(self, defense: Transform, cores: int | None = None) -> Evaluation:
        """The same evaluation with another defense in front of the classifier.

        Args:
            defense: to stand there.
            cores: for votes to keep busy, other than before.
        """
        other = copy(self)
        other.cores = cores or self.cores
        other._defend(defense)
        return other

    def _defend(self, defense: Transform) -> None:
        self.defense = defense
        self.defended = DefendedClassifier(
            self.classifier.model, defense, input_range=self.classifier.input_range
        )
        print_of = self.fingerprint_behind(defense)
        target = AttackedModel(self.defended, print_of)
        voter, oracle = None, target
        if begins_with_noise(defense):
            voter = self._smooth(defense)
            quick = QuickAnswer(voter.defended, self.cores)
            voter.answer_by(quick)
            oracle = AttackedModel(Oracle(voter, quick), f"{print_of}+vote of {self.draws}")
        self._opponents = Opponents(self._bare, target, oracle, self._other, voter)

    def _smooth(self, defense: Transform) -> Smoothed:
        return Smoothed.from_text(
            self.classifier.model,
            Compose([defense]),
            self.draws,
            self.seed,
            input_range=self.classifier.input_range,
            batch=self.batch,
        )

    @property
    def votes(self) -> int:
        """Draws of an image that vote; 0 of a defense without noise in front."""
        return self.votes_behind(self.defense)

    def votes_behind(self, defense: Transform) -> int:
        """The same with another defense in front."""
        return self.draws if begins_with_noise(defense) else 0

    def fingerprint_behind(self, defense: Transform) -> str:
        """Text that no other classifier and defense has; results are kept under it."""
        return f"{self.classifier.fingerprint}+{defense_fingerprint(defense)}"

    def _check(self) -> None:
        """Find out what cannot work before the hours of work."""
        logits = self._bare.predict(self.data.images[:2], 2)
        check_logits(logits, self.classifier.name)
        classes = logits.shape[1]
        highest = int(self.data.labels.max())
        if highest >= classes:
            raise UsageError(
                f"label {highest} is beyond the {classes} classes of "
                f"{self.classifier.name!r}: classes count from 0; check the labels"
            )
        check_logits(self._opponents.target.predict(self.data.images[:2], 2), self.classifier.name)
        if self.surrogate and self._other:
            check_logits(self._other.predict(self.data.images[:2], 2), self.surrogate.name)

    def check_gradients(self, threats: Iterable[str]) -> None:
        """Make sure that the classifiers have the gradients that the attackers need.

        Raises:
            UsageError: one has none; the message names the threat.
        """
        threats = list(threats)
        if "transfer" in threats and self.surrogate and not self.surrogate.gradients:
            raise UsageError(
                f"surrogate {self.surrogate.name!r} has no gradients, which the threat transfer "
                f"needs: take a .keras file, or a name of keras.applications"
            )
        blind = [threat for threat in threats if threat in ("gray-box", "adaptive")]
        if blind and not self.classifier.gradients:
            raise UsageError(
                f"classifier {self.classifier.name!r} has no gradients, which the threat "
                f"{blind[0]} needs: take black-box, noise or transfer, or a .keras file"
            )

    def portion(self, data: ImageSet, start: int, folder: Path | None = None) -> Portion:
        """The rows of some images.

        Args:
            data: the images, at most `batch`.
            start: the place of the first among all; the seed goes by it.
            folder: of what is kept, in place of that of the evaluation.
        """
        return Portion(self._opponents, data, folder or self.folder, self.seed + start)

    def starts(self) -> range:
        """The places of the first images of all portions."""
        return range(0, len(self.data), self.batch)

    def _portions(self) -> Iterator[Portion]:
        for start in self.starts():
            yield self.portion(self.data.take(slice(start, start + self.batch)), start)

    def clean(self) -> EvaluationRow:
        """Accuracy on the images as they are, bare and defended.

        Raises:
            UsageError: the bare classifier is no better than guessing.
        """
        self.check_better_than_guessing()
        return join_rows(None, [portion.clean() for portion in self._portions()])

    def check_better_than_guessing(self) -> None:
        """Make sure, before the hours of work, that labels and classifier belong together.

        Of a few images nothing can be told.

        Raises:
            UsageError: the bare classifier is no better than guessing.
        """
        if len(self.data) < _ENOUGH_TO_TELL:
            return
        classes = self._opponents.bare.predict(self.data.images[:1], 1).shape[1]
        right = join_rows(None, [portion.bare() for portion in self._portions()]).accuracy
        if right <= 1 / classes + min(0.5 / classes, _ABOVE_GUESSING):
            raise UsageError(
                f"classifier {self.classifier.name!r} is right on {right:.1%} of "
                f"{len(self.data)} images, no better than guessing: check the order of the "
                f"labels, and its input range {self.classifier.input_range}"
            )

    def row(self, cell: Cell, report: Progress = no_progress) -> EvaluationRow:
        """Run one attack, or find its result."""
        rows: list[EvaluationRow] = []
        for portion, start in zip(self._portions(), self.starts(), strict=True):
            report(start, len(self.data))
            rows.append(portion.row(cell))
        return join_rows(cell, rows)

    def run(self, cells: Sequence[Cell], advance: Advance = no_advance) -> list[EvaluationRow]:
        """The clean row and all others; what was finished before is not run again."""
        self.check_gradients([cell.threat.knowledge for cell in cells])
        total = 1 + sum(cell.attack.steps * len(self.data) for cell in cells)
        advance("clean images", 0, total)
        rows, done = [self.clean()], 1.0
        for cell in cells:
            label, cost = f"{cell.attack.label}, {cell.threat.label}", cell.attack.steps

            def report(images: int, _: int, label: str = label, cost: int = cost) -> None:
                advance(label, done + images * cost, total)  # noqa: B023 - called at once

            rows.append(self.row(cell, report))
            done += cost * len(self.data)
        advance("done", total, total)
        return rows

    def adversarial(self, cell: Cell) -> ImageBatch:
        """The images (N, H, W, 3) of one attack."""
        return np.concatenate([portion.adversarial(cell) for portion in self._portions()])

    def bare_answers(self, images: ImageBatch) -> Logits:
        """Logits (N, classes) of images (N, H, W, 3), of the classifier alone."""
        return self._bare.predict(images, self.batch)

    def answers(self, images: ImageBatch) -> tuple[Logits, Logits]:
        """Logits (N, classes) of images (N, H, W, 3), bare and defended.

        Those of a defense that votes are the logarithms of the mean over its draws.
        """
        seed_draws(judging_seed(self.seed))
        defended = self._opponents.oracle.predict(images, self.batch)
        return self.bare_answers(images), defended

    def vote_shares(self, images: ImageBatch) -> npt.NDArray[np.float64]:
        """Shares (N, classes) of the draws that give each class, in the vote of the rows.

        Of a defense that votes alone.
        """
        voter = self._opponents.voter
        assert voter is not None  # noqa: S101 - callers have looked
        voter.restart()
        return voter.shares(images)

    def seen(self, images: ImageBatch) -> ImageBatch:
        """What the defense makes of images, for people; all of one shape meet the same draws."""
        seed_draws(self.seed)
        return np.asarray(self.defended.transformed(images))


def defense_fingerprint(defense: Transform) -> str:
    """Text that tells one defense from another: its parameters and its networks' weights."""
    networks = [
        stage.trained.card.sha256.get(".keras")
        for stage in flat(defense)
        if isinstance(stage, SuperResolve)
    ]
    return f"{defense!r}{networks}"
