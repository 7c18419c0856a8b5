"""Images that come as bands of rows, from the top to the bottom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[Any]


class RowWindow:
    """Any rows of an image in bands, as long as no request begins above an earlier one.

    Rows that no later request can want are let go of.

    Args:
        bands: rows of the image, (h, W) or (h, W, C); at least one band.
        first: row of the image that the bands begin with.

    Example:
        >>> window = RowWindow(iter(np.arange(6).reshape(3, 2, 1)))
        >>> window.take(1, 4).ravel(), window.take(3, 6).ravel()
        (array([1, 2, 3]), array([3, 4, 5]))
    """

    def __init__(self, bands: Iterator[Rows], first: int = 0) -> None:
        self._bands = bands
        self._held = next(bands)
        self._first = first

    @property
    def pixel_shape(self) -> tuple[int, ...]:
        """() for (H, W), (C,) for (H, W, C)."""
        return self._held.shape[2:]

    def take(self, first: int, last: int) -> Rows:
        """The rows from `first` to before `last`."""
        parts = [self._held[first - self._first :]]
        reached = self._first + len(self._held)
        while reached < last:
            parts.append(next(self._bands))
            reached += len(parts[-1])
        self._held, self._first = np.concatenate(parts), first
        return self._held[: last - first]
