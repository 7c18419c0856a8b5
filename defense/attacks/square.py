"""The Square attack."""

from __future__ import annotations

import math
from typing import Any

import eagerpy as ep
import numpy as np
import numpy.typing as npt

from defense.attacks.base import Box, LinfAttack, check_norm
from defense.attacks.kinds import Norm
from defense.attacks.squares import BallSquares, BoxSquares, Squares
from sesr.errors import UsageError

Array = npt.NDArray[Any]
_HALVINGS = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)
"""Of 10,000 queries, those after which the squares lose half their area."""


class Square(LinfAttack):
    """Random search with squares at the rim of what is allowed; asks for logits only.

    It starts from stripes, in L2 from a grid of bumps, and then changes one square of an image at
    a time, keeping what lowers the margin of the true class. As it needs no gradient, it shows
    where gradients mislead. Images that are fooled, and were again when asked once more, cost no
    more queries.

    Args:
        queries: changes of an image that are asked about; one that fools is asked once more.
        share: share of the image's pixels in the first squares.
        norm: "linf" or "l2", in which perturbations are bounded.

    Raises:
        UsageError: fewer than one query, a share outside (0, 1], or an unknown norm.

    Reference: M. Andriushchenko et al., "Square Attack: a query-efficient black-box adversarial
    attack via random search", ECCV 2020.
    """

    def __init__(self, queries: int = 1000, share: float = 0.8, norm: Norm = "linf") -> None:
        if queries < 1 or not 0 < share <= 1:
            raise UsageError(
                f"Square needs one query or more and a share in (0, 1]; received {(queries, share)}"
            )
        self.queries = queries
        self.share = share
        self.norm = check_norm(norm, "Square")

    def perturb(self, model: Any, x: Any, labels: Any, box: Box) -> Any:
        """See the class."""
        random = _generator(x)
        squares: Squares = (BoxSquares if self.norm == "linf" else BallSquares)(box.epsilon)
        channels_last = getattr(model, "data_format", "channels_last") == "channels_last"
        # Everything but the model's runs is NumPy, channels last.
        to_last = (0, 2, 3, 1)
        to_first = (0, 3, 1, 2)

        def arranged(tensor: Any) -> Array:
            array: Array = tensor.numpy()
            return array if channels_last else array.transpose(to_last)

        truth = labels.numpy()
        low, high, clean = arranged(box.low), arranged(box.high), arranged(x)

        def margins(images: Array, indices: Array) -> Array:
            batch = images if channels_last else images.transpose(to_first)
            logits = model(ep.from_numpy(x, np.ascontiguousarray(batch))).numpy()
            return margin(logits, truth[indices])

        def asked(images: Array, indices: Array) -> Array:
            """Margins, of which none below 0 may be the luck of one vote: those are asked twice."""
            value = margins(images, indices)
            fooled = np.flatnonzero(value <= 0)
            if len(fooled):
                again = margins(images[fooled], indices[fooled])
                value[fooled] = np.maximum(value[fooled], again)
            return value

        everyone = np.arange(len(clean))
        best = squares.start(clean, random).clip(low, high)
        best_margin = asked(best, everyone)
        for query in range(1, self.queries):
            left = everyone[best_margin > 0]
            if not len(left):
                break
            side = square_side(clean.shape[1:3], self.share, query, self.queries)
            tried = best[left]
            for image, original in zip(tried, clean[left], strict=True):
                squares.change(image, original, side, random)
            tried = tried.clip(low[left], high[left])
            value = asked(tried, left)
            better = value < best_margin[left]
            best[left[better]] = tried[better]
            best_margin[left[better]] = value[better]
        return ep.from_numpy(x, best if channels_last else best.transpose(to_first).copy())


def _generator(x: Any) -> np.random.Generator:
    """Seeded from the framework, which is what callers seed; every run draws anew."""
    return np.random.default_rng(ep.uniform(x, (8,), 0, 2**16).numpy().astype(np.uint32))


def margin(logits: Array, labels: Array) -> Array:
    """Logit of the true class minus the largest other, (N,); negative where fooled."""
    rows = np.arange(len(labels))
    others = logits.copy()
    others[rows, labels] = -np.inf
    difference: Array = logits[rows, labels] - others.max(axis=1)
    return difference


def square_side(sides: tuple[int, int], share: float, query: int, queries: int) -> int:
    """Side of the squares at one query of so many.

    Example:
        >>> [square_side((100, 100), 0.8, query, 1000) for query in (0, 10, 900)]
        [89, 45, 4]
    """
    scaled = query * 10_000 / queries
    halved = share / 2 ** sum(scaled > bound for bound in _HALVINGS)
    side = round(math.sqrt(halved * sides[0] * sides[1]))
    return max(1, min(side, *sides))
