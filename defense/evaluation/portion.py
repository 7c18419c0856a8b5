"""Some images of an evaluation, few enough to be worked on at a time, wherever that is."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from defense.attacks import seed_draws
from defense.batch import ImageBatch
from defense.evaluation.adversarial import KEPT_FORMAT, AdversarialStore, AttackedModel
from defense.evaluation.image_set import ImageSet
from defense.evaluation.row import EvaluationRow, Mask
from defense.evaluation.threat import Cell
from defense.smoothing import Smoothed
from sesr.errors import UsageError
from sesr.files import write_atomically


@dataclass(frozen=True, slots=True)
class Opponents:
    """The models of an evaluation.

    Attributes:
        bare: the undefended classifier.
        target: the same behind its defense; of one that votes, gradients are those of single draws.
        oracle: what somebody asks who only sees answers: the vote of a defense that votes.
        surrogate: another classifier, which a transfer attack is made on.
        voter: of a defense that begins with noise.
    """

    bare: AttackedModel
    target: AttackedModel
    oracle: AttackedModel
    surrogate: AttackedModel | None = None
    voter: Smoothed | None = None

    def source(self, cell: Cell) -> AttackedModel:
        """The model that an attack is made on.

        Raises:
            UsageError: it needs a surrogate, and there is none.
        """
        if cell.threat.knowledge == "gray-box":
            return self.bare
        if cell.threat.knowledge == "black-box":
            return self.oracle
        if cell.threat.knowledge != "transfer":
            return self.target
        if self.surrogate is None:
            raise UsageError("a transfer attack needs another classifier: give a surrogate")
        return self.surrogate

    def is_defended(self, source: AttackedModel) -> bool:
        """Whether attacks on a model meet the defense."""
        return source in (self.target, self.oracle)


class PortionWork(Protocol):
    """Work on an evaluation that can be done elsewhere, some images at a time."""

    @property
    def size(self) -> int:
        """Images of a piece."""

    def is_done(self, data: ImageSet, start: int) -> bool:
        """Whether nothing is left to do on some images, the first of which has this place."""

    def files(self, data: ImageSet, start: int) -> list[Path]:
        """What is there and saves work on them."""

    def make(self, data: ImageSet, start: int, folder: Path) -> None:
        """Leave what is missing in a folder, which may hold what is there."""


class Portion:
    """What is made of some images depends on nothing else, and is kept in files.

    So a set of images can be evaluated by several machines, and a run that was stopped goes on.

    Args:
        opponents: the models.
        data: the images.
        folder: of adversarial images and finished rows.
        seed: of everything random.
    """

    def __init__(self, opponents: Opponents, data: ImageSet, folder: Path, seed: int) -> None:
        self._opponents, self._data = opponents, data
        self._rows, self._seed = folder / "rows", seed
        self._store = AdversarialStore(folder / "adversarial", len(data), seed)
        self._fingerprint = data.fingerprint

    def clean(self) -> EvaluationRow:
        """Accuracy on the images as they are, bare and defended."""

        def measure() -> EvaluationRow:
            began = time.perf_counter()
            bare = self._bare_right(None, self._data.images)
            defended = self._right(self._opponents.target, self._data.images)
            return EvaluationRow(None, defended, bare, seconds=time.perf_counter() - began)

        return self._kept(None, measure)

    def row(self, cell: Cell) -> EvaluationRow:
        """Run one attack, or find its result."""
        return self._kept(cell, lambda: self._attack(cell))

    def adversarial(self, cell: Cell) -> ImageBatch:
        """The images (N, H, W, 3) of one attack, made or found."""
        source, epsilon = self._opponents.source(cell), cell.threat.epsilon
        if not self._opponents.is_defended(source):
            return self._store.attack(source, cell.attack, epsilon, self._data)
        right = np.flatnonzero(self._standing(cell))
        images = self.adversarial(cell.smaller) if cell.smaller else self._data.images.copy()
        if len(right):
            images[right] = self._store.attack(source, cell.attack, epsilon, self._data.take(right))
        return images

    def make(self, cells: Sequence[Cell]) -> None:
        """Have the clean row and all others."""
        self.clean()
        for cell in cells:
            self.row(cell)

    def is_done(self, cells: Sequence[Cell]) -> bool:
        """Whether the clean row and all others are there."""
        target = self._opponents.target
        return all(self._find(self._row_path(cell, target), cell) for cell in (None, *cells))

    def files(self, cells: Sequence[Cell]) -> list[Path]:
        """What is there of the rows, and of the images that other rows are made from.

        These are what all defenses are attacked with, and what larger perturbations go on from.
        """
        models, found = self._opponents, []
        for cell in (None, *cells):
            found += [self._row_path(cell, target) for target in (models.target, models.bare)]
        for cell in cells:
            source, data = models.source(cell), self._data
            if models.is_defended(source):
                before = self._find(self._row_path(cell.smaller, models.target), cell.smaller)
                right = np.flatnonzero(before.correct if before else ())
                if not len(right):
                    continue
                data = data.take(right)
            found.append(self._store.path(source, cell.attack, cell.threat.epsilon, data))
        return [path for path in dict.fromkeys(found) if path.exists()]

    def bare(self) -> EvaluationRow:
        """Accuracy of the undefended classifier on the images as they are."""
        right = self._bare_right(None, self._data.images)
        return EvaluationRow(None, right, right)

    def _standing(self, cell: Cell) -> Mask:
        """For every image, whether an attack is made on it, (N,).

        Who meets the defense leaves out what is lost already, be it without an attack.
        """
        if not self._opponents.is_defended(self._opponents.source(cell)):
            return np.ones(len(self._data), bool)
        before = self.row(cell.smaller) if cell.smaller else self.clean()
        return np.array(before.correct)

    def _attack(self, cell: Cell) -> EvaluationRow:
        began = time.perf_counter()
        images = self.adversarial(cell)
        standing = self._standing(cell)
        right = standing & np.array(self._right(self._opponents.target, images))
        knowledge = cell.threat.knowledge
        return EvaluationRow(
            cell,
            tuple(map(bool, right)),
            self._bare_right(cell, images) if knowledge == "gray-box" else None,
            attacked=int(standing.sum()),
            largest=_largest(images - self._data.images, cell.threat.norm),
            no_gradient=self._no_gradient() if knowledge == "adaptive" else None,
            seconds=time.perf_counter() - began,
        )

    def _bare_right(self, cell: Cell | None, images: ImageBatch) -> tuple[bool, ...]:
        """What the undefended classifier makes of some images; the same for every defense."""

        def measure() -> EvaluationRow:
            return EvaluationRow(cell, self._right(self._opponents.bare, images))

        return self._kept(cell, measure, self._opponents.bare).correct

    def _right(self, target: AttackedModel, images: ImageBatch) -> tuple[bool, ...]:
        voter = self._opponents.voter
        if voter is not None and target is self._opponents.target:
            voter.restart()
            answers = voter.vote(images)
        else:
            # A defense that draws is to draw the same wherever this runs, and after whatever.
            seed_draws(judging_seed(self._seed))
            answers = target.predict(images, len(images)).argmax(axis=1)
        return tuple(map(bool, answers == self._data.labels))

    def _no_gradient(self) -> float:
        """Share of the images whose gradient through the defense vanishes."""
        import eagerpy as ep
        import tensorflow as tf

        from defense.attacks import cross_entropy, loss_and_gradient

        seed_draws(self._seed)
        x = ep.astensor(tf.constant(self._data.images))
        labels = ep.astensor(tf.constant(self._data.labels))
        model = self._opponents.target.foolbox
        _, _, gradient = loss_and_gradient(model, cross_entropy, x, labels)
        flat = np.abs(gradient.numpy()).reshape(len(self._data), -1).max(axis=1)
        return float(np.mean(flat == 0))

    def _kept(
        self,
        cell: Cell | None,
        measure: Callable[[], EvaluationRow],
        target: AttackedModel | None = None,
    ) -> EvaluationRow:
        """A finished row from its file, or the row measured now and filed."""
        path = self._row_path(cell, target or self._opponents.target)
        row = self._find(path, cell)
        if row is None:
            row = measure()
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, json.dumps(row.stored()).encode())
        return row

    def _find(self, path: Path, cell: Cell | None) -> EvaluationRow | None:
        try:
            return EvaluationRow.restored(cell, json.loads(path.read_text()))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _row_path(self, cell: Cell | None, target: AttackedModel) -> Path:
        surrogate, voter = self._opponents.surrogate, self._opponents.voter
        described = {
            "format": KEPT_FORMAT,
            "target": target.fingerprint,
            "surrogate": surrogate.fingerprint if surrogate else None,
            "cell": _described(cell) if cell else None,
            "images": self._fingerprint,
            "seed": self._seed,
        }
        if voter and target is not self._opponents.bare:
            described["votes"] = voter.draws
        key = hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()[:24]
        return self._rows / f"{key}.json"


def _described(cell: Cell) -> dict[str, Any]:
    """What tells a cell from others, as it was before one could follow another."""
    described = asdict(cell)
    if cell.smaller is None:
        del described["smaller"]
    return described


def judging_seed(seed: int) -> int:
    """Of what a random defense draws when it is judged: none that an attack of the seed has met.

    Example:
        >>> judging_seed(judging_seed(7))
        7
    """
    return seed ^ 2**30


def _largest(difference: ImageBatch, norm: str) -> float:
    flat = np.abs(difference).reshape(len(difference), -1)
    lengths = flat.max(axis=1) if norm == "linf" else np.sqrt(np.square(flat).sum(axis=1))
    return float(lengths.max())
