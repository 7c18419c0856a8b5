"""The Square attack."""

from __future__ import annotations

import math
from typing import Any

import eagerpy as ep
import numpy as np
import numpy.typing as npt

from defense.attacks.base import Box, LinfAttack
from sesr.errors import UsageError

Array = npt.NDArray[Any]
_SIGNS = np.array([-1, 1], np.float32)
_HALVINGS = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)
"""Of 10,000 queries, those after which the squares lose half their area."""


class Square(LinfAttack):
    """Random search with squares at the ends of the box; asks for logits only.

    It starts from vertical stripes and then changes one square of an image at a time, keeping
    what lowers the margin of the true class. As it needs no gradient, it shows where gradients
    mislead. Images that are fooled cost no more queries.

    Args:
        queries: most runs of the model for an image.
        share: share of the image's pixels in the first squares.

    Raises:
        UsageError: fewer than one query, or a share outside (0, 1].

    Reference: M. Andriushchenko et al., "Square Attack: a query-efficient black-box adversarial
    attack via random search", ECCV 2020.
    """

    def __init__(self, queries: int = 1000, share: float = 0.8) -> None:
        if queries < 1 or not 0 < share <= 1:
            raise UsageError(
                f"Square needs one query or more and a share in (0, 1]; received {(queries, share)}"
            )
        self.queries = queries
        self.share = share

    def perturb(self, model: Any, x: Any, labels: Any, box: Box) -> Any:
        """See the class."""
        random = _generator(x)
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

        everyone = np.arange(len(clean))
        best = _stripes(clean, box.epsilon, random).clip(low, high)
        best_margin = margins(best, everyone)
        for query in range(1, self.queries):
            left = everyone[best_margin > 0]
            if not len(left):
                break
            side = square_side(clean.shape[1:3], self.share, query, self.queries)
            tried = best[left]
            for image, original in zip(tried, clean[left], strict=True):
                _change_square(image, original, side, box.epsilon, random)
            tried = tried.clip(low[left], high[left])
            value = margins(tried, left)
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


def _stripes(clean: Array, epsilon: float, random: np.random.Generator) -> Array:
    """Vertical stripes one pixel wide at plus or minus epsilon."""
    count, _, width, channels = clean.shape
    signs = random.choice(_SIGNS, (count, 1, width, channels))
    return np.asarray(clean + np.float32(epsilon) * signs, clean.dtype)


def _change_square(
    image: Array, original: Array, side: int, epsilon: float, random: np.random.Generator
) -> None:
    """Move one square of an image to the ends of the box, each channel as a whole."""
    height, width, channels = image.shape
    top = random.integers(0, height - side + 1)
    left = random.integers(0, width - side + 1)
    place = np.s_[top : top + side, left : left + side]
    signs = random.choice(_SIGNS, channels)
    image[place] = original[place] + np.float32(epsilon) * signs
