"""Images that an attack turned, and what the classifier said of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from defense.batch import ImageBatch
from defense.evaluation.row import EvaluationRow
from defense.evaluation.runner import Evaluation
from defense.evaluation.threat import Cell
from defense.transforms import Compose

_OF_A_KIND = 2
"""Images that the defense saved, and as many that it did not."""

Verdict = tuple[int, float]
"""A class, and its share of the softmax or of the votes."""


@dataclass(frozen=True, slots=True)
class Fooled:
    """One image on which an attack succeeded.

    Attributes:
        name: of the image.
        label: its true class.
        cell: the attack.
        saved: whether the defended classifier is right all the same.
        images: clean, attacked and defended, each (H, W, 3) in [0, 1].
        answers: of the bare classifier to each of the three; behind a defense that votes, the
            last is that of the vote on the attacked one.
        votes: draws of that vote; 0 where none was held.
    """

    name: str
    label: int
    cell: Cell
    saved: bool
    images: tuple[npt.NDArray[np.float32], ...]
    answers: tuple[Verdict, ...]
    votes: int = 0

    @property
    def difference(self) -> npt.NDArray[np.float32]:
        """Attacked less clean, so enlarged that the largest change is black or white."""
        clean, attacked, _ = self.images
        shown: npt.NDArray[np.float32] = (0.5 + self.gain * (attacked - clean)).clip(0, 1)
        return shown

    @property
    def gain(self) -> float:
        """How much it is enlarged."""
        clean, attacked, _ = self.images
        return gain_of(self.cell, attacked - clean)


def gain_of(cell: Cell, difference: ImageBatch) -> float:
    """How much to enlarge a difference: an L2 bound says nothing of the largest value."""
    linf = cell.threat.norm == "linf"
    return 0.5 / (cell.threat.epsilon if linf else max(float(np.abs(difference).max()), 1e-6))


def fooled_images(evaluation: Evaluation, rows: Sequence[EvaluationRow]) -> list[Fooled]:
    """Some images that were classified rightly before an attack and wrongly after it.

    Of every attacker the last attack, and of its images the first that the defense saved and the
    first that it did not. An attacker who does not know the defense has to fool the bare
    classifier, any other the defended one.

    Args:
        evaluation: the one that gave the rows.
        rows: the clean one first.
    """
    last = {row.cell.threat.knowledge: row for row in rows if row.cell}
    last.pop("noise", None)
    return [one for row in last.values() for one in _of_row(evaluation, rows[0], row)]


def _of_row(evaluation: Evaluation, clean: EvaluationRow, row: EvaluationRow) -> Iterator[Fooled]:
    bare = row.bare_correct is not None
    before = np.array(clean.bare_correct if bare else clean.correct)
    after = np.array(row.bare_correct if bare else row.correct)
    turned = before & ~after
    saved = np.array(row.correct)
    indices = [*_first(turned & saved), *_first(turned & ~saved)]
    if row.cell is None or not indices:
        return
    attacked = evaluation.adversarial(row.cell)[indices]
    images = (evaluation.data.images[indices], attacked, evaluation.seen(attacked))
    answers = _verdicts(evaluation, images)
    for at, index in enumerate(indices):
        yield Fooled(
            evaluation.data.names[index],
            int(evaluation.data.labels[index]),
            row.cell,
            bool(saved[index]),
            tuple(batch[at] for batch in images),
            tuple(answer[at] for answer in answers),
            evaluation.votes,
        )


def _verdicts(evaluation: Evaluation, images: Sequence[ImageBatch]) -> list[list[Verdict]]:
    """Of the bare classifier; behind a defense that votes, of the vote on the attacked images.

    What one draw of noise does to an image is no answer of such a defense.
    """
    undefended = evaluation.behind(Compose([])).defended
    if not evaluation.votes:
        return [_answers(np.asarray(undefended(batch))) for batch in images]
    clean, attacked, _ = images
    shares = evaluation.vote_shares(attacked)
    bare = [_answers(np.asarray(undefended(batch))) for batch in (clean, attacked)]
    return [*bare, [_leading(row) for row in shares]]


def _first(mask: npt.NDArray[np.bool_]) -> list[int]:
    return [int(index) for index in np.flatnonzero(mask)[:_OF_A_KIND]]


def _answers(logits: npt.NDArray[np.float32]) -> list[Verdict]:
    """The first class of each row (N, classes), with its share."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares = powers / powers.sum(axis=1, keepdims=True)
    return [_leading(row) for row in shares]


def _leading(shares: npt.NDArray[np.floating[Any]]) -> Verdict:
    return int(shares.argmax()), float(shares.max())
