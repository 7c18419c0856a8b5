"""Running an evaluation, row by row, so that it survives being stopped."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from defense.batch import ImageBatch
from defense.classifiers import Classifier, check_logits
from defense.defended import DefendedClassifier
from defense.evaluation.adversarial import AdversarialStore, AttackedModel
from defense.evaluation.image_set import ImageSet
from defense.evaluation.row import EvaluationRow
from defense.evaluation.threat import Cell
from defense.smoothing import Smoothed, begins_with_noise
from defense.transforms.base import Transform
from defense.transforms.compose import Compose
from defense.transforms.super_resolve import SuperResolve
from sesr.errors import UsageError
from sesr.files import write_atomically
from sesr.reporting.progress import Advance, Progress, no_advance, no_progress

Logits = npt.NDArray[np.float32]


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
        bare = _bare_model(classifier)
        self.classifier = replace(classifier, model=bare.classifier)
        self.data = data
        self.surrogate, self.seed, self.batch = surrogate, seed, batch
        self.draws = draws
        self.folder = folder
        self._store = AdversarialStore(folder / "adversarial", batch, seed)
        self._bare = AttackedModel(bare, classifier.fingerprint)
        self._surrogate = (
            AttackedModel(_bare_model(surrogate), surrogate.fingerprint) if surrogate else None
        )
        self._defend(defense)
        self._check()

    def behind(self, defense: Transform) -> Evaluation:
        """The same evaluation with another defense in front of the classifier."""
        other = copy(self)
        other._defend(defense)
        return other

    def _defend(self, defense: Transform) -> None:
        self.defense = defense
        self.defended = DefendedClassifier(
            self.classifier.model, defense, input_range=self.classifier.input_range
        )
        print_of = self.fingerprint_behind(defense)
        self._voter = self._smooth(defense) if begins_with_noise(defense) else None
        # Gradients are those of single draws; who sees answers only sees those of the vote.
        self._target = AttackedModel(self.defended, print_of)
        self._oracle = (
            AttackedModel(self._voter, f"{print_of}+vote of {self.draws}")
            if self._voter
            else self._target
        )

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
        return self.draws if self._voter else 0

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
        check_logits(self._target.predict(self.data.images[:2], 2), self.classifier.name)

    def check_gradients(self, threats: Iterable[str]) -> None:
        """Make sure that the classifier has the gradients that the attackers need.

        Raises:
            UsageError: it has none; the message names the threat.
        """
        blind = [threat for threat in threats if threat in ("gray-box", "adaptive")]
        if blind and not self.classifier.gradients:
            raise UsageError(
                f"classifier {self.classifier.name!r} has no gradients, which the threat "
                f"{blind[0]} needs: take black-box, noise or transfer, or a .keras file"
            )

    def clean(self) -> EvaluationRow:
        """Accuracy on the images as they are, bare and defended.

        Raises:
            UsageError: the bare classifier is no better than guessing.
        """

        def measure() -> EvaluationRow:
            began = time.perf_counter()
            bare = self._bare_right(None, self.data.images)
            defended = self._right(self._target, self.data.images)
            return EvaluationRow(None, defended, bare, seconds=time.perf_counter() - began)

        row = self._kept(None, measure)
        self._check_better_than_guessing(row)
        return row

    def _check_better_than_guessing(self, row: EvaluationRow) -> None:
        classes = self._bare.predict(self.data.images[:1], 1).shape[1]
        if len(self.data) >= 20 and np.mean(row.bare_correct or 0) <= 1.5 / classes:
            raise UsageError(
                f"classifier {self.classifier.name!r} is right on "
                f"{np.mean(row.bare_correct or 0):.1%} of {len(self.data)} images, no better "
                f"than guessing: check the order of the labels, and its input range "
                f"{self.classifier.input_range}"
            )

    def row(self, cell: Cell, report: Progress = no_progress) -> EvaluationRow:
        """Run one attack, or find its result."""
        return self._kept(cell, lambda: self._attack(cell, report))

    def run(self, cells: Sequence[Cell], advance: Advance = no_advance) -> list[EvaluationRow]:
        """The clean row and all others; rows that were finished before are not run again."""
        self.check_gradients([cell.threat.knowledge for cell in cells])
        total = 1 + sum(cell.attack.steps * len(self.data) for cell in cells)
        advance("clean images", 0, total)
        rows, done = [self.clean()], 1.0
        for cell in cells:
            label, cost = f"{cell.attack.label}, {cell.threat.label}", cell.attack.steps

            def report(images: int, _: int, label: str = label, cost: int = cost) -> None:
                advance(label, done + images * cost, total)  # noqa: B023 - called at once

            report(0, 0)
            rows.append(self.row(cell, report))
            done += cost * len(self.data)
        advance("done", total, total)
        return rows

    def adversarial(self, cell: Cell, report: Progress = no_progress) -> ImageBatch:
        """The images (N, H, W, 3) of one attack."""
        source = self._source(cell)
        if source not in (self._target, self._oracle):
            return self._store.attack(source, cell.attack, cell.threat.epsilon, self.data, report)
        # Images that the defended classifier gets wrong unattacked are lost already.
        right = np.flatnonzero(self.clean().correct)
        images = self.data.images.copy()
        if len(right):
            images[right] = self._store.attack(
                source, cell.attack, cell.threat.epsilon, self.data.take(right), report
            )
        return images

    def answers(self, images: ImageBatch) -> tuple[Logits, Logits]:
        """Logits (N, classes) of images (N, H, W, 3), bare and defended."""
        return self._bare.predict(images, self.batch), self._target.predict(images, self.batch)

    def _attack(self, cell: Cell, report: Progress) -> EvaluationRow:
        began = time.perf_counter()
        images = self.adversarial(cell, report)
        clean = np.array(self.clean().correct)
        right = np.array(self._right(self._target, images))
        on_target = self._source(cell) in (self._target, self._oracle)
        if on_target:
            right &= clean
        gray = cell.threat.knowledge == "gray-box"
        return EvaluationRow(
            cell,
            tuple(map(bool, right)),
            self._bare_right(cell, images) if gray else None,
            attacked=int(clean.sum()) if on_target else len(self.data),
            largest=_largest(images - self.data.images, cell.threat.norm),
            no_gradient=self._no_gradient() if cell.threat.knowledge == "adaptive" else None,
            seconds=time.perf_counter() - began,
        )

    def _source(self, cell: Cell) -> AttackedModel:
        """The model that the attack is made on."""
        if cell.threat.knowledge == "gray-box":
            return self._bare
        if cell.threat.knowledge == "black-box":
            return self._oracle
        if cell.threat.knowledge != "transfer":
            return self._target
        if self._surrogate is None:
            raise UsageError("a transfer attack needs another classifier: give a surrogate")
        return self._surrogate

    def _bare_right(self, cell: Cell | None, images: ImageBatch) -> tuple[bool, ...]:
        """What the undefended classifier makes of some images; the same for every defense."""

        def measure() -> EvaluationRow:
            return EvaluationRow(cell, self._right(self._bare, images))

        return self._kept(cell, measure, self._bare).correct

    def _right(self, target: AttackedModel, images: ImageBatch) -> tuple[bool, ...]:
        if self._voter is not None and target is self._target:
            self._voter.restart()
            answers = self._voter.vote(images)
        else:
            answers = target.predict(images, self.batch).argmax(axis=1)
        return tuple(map(bool, answers == self.data.labels))

    def _no_gradient(self) -> float:
        """Share of the first batch whose gradient through the defense vanishes."""
        import eagerpy as ep
        import tensorflow as tf

        from defense.attacks import cross_entropy, loss_and_gradient

        part = self.data.take(slice(0, self.batch))
        x = ep.astensor(tf.constant(part.images))
        labels = ep.astensor(tf.constant(part.labels))
        _, _, gradient = loss_and_gradient(self._target.foolbox, cross_entropy, x, labels)
        flat = np.abs(gradient.numpy()).reshape(len(part), -1).max(axis=1)
        return float(np.mean(flat == 0))

    def _kept(
        self,
        cell: Cell | None,
        measure: Callable[[], EvaluationRow],
        target: AttackedModel | None = None,
    ) -> EvaluationRow:
        """A finished row from its file, or the row measured now and filed."""
        path = self.folder / "rows" / f"{self._key(cell, target or self._target)}.json"
        try:
            stored = json.loads(path.read_text())
            return EvaluationRow.restored(cell, stored)
        except (OSError, ValueError, KeyError, TypeError):
            row = measure()
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(row.stored()).encode())
        return row

    def _key(self, cell: Cell | None, target: AttackedModel) -> str:
        described = {
            "target": target.fingerprint,
            "surrogate": self.surrogate.fingerprint if self.surrogate else None,
            "cell": asdict(cell) if cell else None,
            "images": self.data.fingerprint,
            "seed": self.seed,
        }
        if self._voter and target is not self._bare:
            described["draws"] = self.draws
        return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()[:24]


def defense_fingerprint(defense: Transform) -> str:
    """Text that tells one defense from another: its parameters and its networks' weights."""
    stages = defense.transforms if isinstance(defense, Compose) else (defense,)
    networks = [s.trained.card.sha256.get(".keras") for s in stages if isinstance(s, SuperResolve)]
    return f"{defense!r}{networks}"


def _bare_model(classifier: Classifier) -> DefendedClassifier:
    return DefendedClassifier(classifier.model, Compose([]), input_range=classifier.input_range)


def _largest(difference: ImageBatch, norm: str) -> float:
    flat = np.abs(difference).reshape(len(difference), -1)
    lengths = flat.max(axis=1) if norm == "linf" else np.sqrt(np.square(flat).sum(axis=1))
    return float(lengths.max())
