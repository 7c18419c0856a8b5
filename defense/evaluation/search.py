"""Finding the output size and strength of a defense for one classifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from defense.evaluation.comparison import Compared

_ALLOWED_LOSS = 0.03
"""Clean accuracy that the proposed defense may cost."""


@dataclass(frozen=True, slots=True)
class Point:
    """One defense on the plane of clean against robust accuracy.

    Attributes:
        defense: its text.
        clean: accuracy on clean images.
        robust: accuracy under attack, the mean over the attacks of the search.
        baseline: whether it only resizes.
    """

    defense: str
    clean: float
    robust: float
    baseline: bool

    @classmethod
    def of(cls, compared: Compared) -> Point:
        """Where one line of a comparison lies."""
        clean, *attacked = compared.rows
        stages = compared.defense.split(",")
        baseline = len(stages) == 1 and stages[0].startswith(("bicubic", "nearest", "none"))
        robust = float(np.mean([row.accuracy for row in attacked]))
        return cls(compared.defense, clean.accuracy, robust, baseline)

    def to_json(self) -> dict[str, Any]:
        """The figures."""
        return {
            "defense": self.defense,
            "clean": self.clean,
            "robust": self.robust,
            "baseline": self.baseline,
        }


def candidates(
    sizes: Sequence[int],
    qualities: Sequence[int | None],
    sigmas: Sequence[float | None],
    enlarger: str,
) -> list[str]:
    """All defenses of a grid, plain resizing to the same sizes first.

    Args:
        sizes: output sizes in pixels.
        qualities: of JPEG; None leaves it out.
        sigmas: of the wavelet step; None leaves it out.
        enlarger: what comes before resizing, as text.

    Example:
        >>> candidates([224], [None, 75], [None], "sesr:M2")
        ['none', 'bicubic:224', 'sesr:M2,bicubic:224', 'jpeg:75,sesr:M2,bicubic:224']
    """
    texts = ["none", *(f"bicubic:{size}" for size in sizes)]
    for size, quality, sigma in product(sizes, qualities, sigmas):
        stages = [
            f"jpeg:{quality}" if quality else "",
            f"wavelet:{sigma:g}" if sigma else "",
            enlarger,
            f"bicubic:{size}",
        ]
        texts.append(",".join(filter(None, stages)))
    return texts


def frontier(points: Sequence[Point]) -> list[Point]:
    """The points that no other beats in both accuracies, from the most accurate on.

    Example:
        >>> points = [Point("a", 0.9, 0.1, False), Point("b", 0.8, 0.05, False)]
        >>> [point.defense for point in frontier(points)]
        ['a']
    """
    best: list[Point] = []
    for point in sorted(points, key=lambda p: (-p.clean, -p.robust)):
        if not best or point.robust > best[-1].robust:
            best.append(point)
    return best


def propose(points: Sequence[Point], bare: float, allowed: float = _ALLOWED_LOSS) -> Point:
    """The most robust point whose clean accuracy lies at most `allowed` below the bare one.

    Where none does, the point of the highest clean accuracy.
    """
    affordable = [point for point in points if point.clean >= bare - allowed - 1e-9]
    if not affordable:
        return max(points, key=lambda point: (point.clean, point.robust))
    return max(affordable, key=lambda point: (point.robust, point.clean))
