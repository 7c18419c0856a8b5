"""One row of a report: what one attack does to a defended classifier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from defense.evaluation.threat import Cell

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """What one attack does to the defended classifier.

    Attributes:
        cell: the attack; None for clean images.
        correct: for every image, whether the defended classifier is still right.
        bare_correct: the same of the undefended classifier, where the attack was made on it.
        attacked: how many images were attacked; the others were wrong before already.
        largest: largest perturbation, in the norm of the threat.
        no_gradient: share of attacked images whose gradient is zero everywhere, where looked at.
        seconds: that the row took when it was made.
    """

    cell: Cell | None
    correct: tuple[bool, ...]
    bare_correct: tuple[bool, ...] | None = None
    attacked: int = 0
    largest: float = 0.0
    no_gradient: float | None = None
    seconds: float = 0.0

    @property
    def accuracy(self) -> float:
        """Share of right answers of the defended classifier."""
        return float(np.mean(self.correct))

    def stored(self) -> dict[str, Any]:
        """What is kept of a finished row; its attack is known from the name of the file."""
        return asdict(replace(self, cell=None))

    @classmethod
    def restored(cls, cell: Cell | None, stored: dict[str, Any]) -> EvaluationRow:
        """The row again.

        Raises:
            KeyError, TypeError: it is not what `stored` gave.
        """
        bare, correct = stored["bare_correct"], tuple(stored["correct"])
        values = {**stored, "cell": cell, "correct": correct, "bare_correct": bare and tuple(bare)}
        return cls(**values)


def join_rows(cell: Cell | None, rows: Sequence[EvaluationRow]) -> EvaluationRow:
    """The row of all images, from those of its portions in their order."""
    images = [len(row.correct) for row in rows]
    shares = [row.no_gradient for row in rows if row.no_gradient is not None]
    bare = [row.bare_correct for row in rows if row.bare_correct is not None]
    return EvaluationRow(
        cell,
        _joined(row.correct for row in rows),
        _joined(bare) if bare else None,
        attacked=sum(row.attacked for row in rows),
        largest=max(row.largest for row in rows),
        no_gradient=float(np.average(shares, weights=images)) if shares else None,
        seconds=sum(row.seconds for row in rows),
    )


def _joined(parts: Iterable[tuple[bool, ...]]) -> tuple[bool, ...]:
    return tuple(chain.from_iterable(parts))


def worst_case(rows: Sequence[EvaluationRow]) -> Mask:
    """For every image, whether it survives every one of some rows, (N,)."""
    survives: Mask = np.all([row.correct for row in rows], axis=0)
    return survives
