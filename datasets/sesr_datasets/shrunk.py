"""Photographs beside smaller copies of themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from sesr.errors import ImageError, UsageError
from sesr.pixels.imresize import imresize
from sesr_datasets.pairs import LoadedPair, PairSource


@dataclass(frozen=True, slots=True)
class ShrunkSource:
    """A source and copies of its photographs: more detail a pixel, less noise, no blocks of JPEG.

    Attributes:
        source: photographs without small images of their own.
        factors: sizes of the copies, as parts of the photograph's.
        least: shortest side of a copy in pixels; smaller ones are not made.

    Reference: Dong et al., "Accelerating the super-resolution convolutional neural network", 2016,
    trained on copies of 0.9 to 0.6.
    """

    source: PairSource
    factors: tuple[float, ...]
    least: int

    def __len__(self) -> int:
        return len(self.source) * (1 + len(self.factors))

    def fingerprint(self) -> str:
        """That of the source, and what is made of it."""
        return f"{self.factors}|{self.least}|{self.source.fingerprint()}"

    def __iter__(self) -> Iterator[Callable[[], LoadedPair | None]]:
        for load in self.source:
            yield load
            yield from (partial(self._copy, load, factor) for factor in self.factors)

    def _copy(self, load: Callable[[], LoadedPair | None], factor: float) -> LoadedPair | None:
        """A smaller copy, or None where it would be too small."""
        try:
            loaded = load()
        except ImageError:
            return None  # Told once, for the photograph itself.
        if loaded is None or min(loaded[1].shape[:2]) * factor < self.least:
            return None
        name, high, _ = loaded
        small = np.clip(np.rint(imresize(high.astype(np.float32), factor)), 0, 255)
        return f"{name} at {factor:g}", small.astype(np.uint8), None


def parse_factors(text: str) -> tuple[float, ...]:
    """Read sizes of copies.

    Args:
        text: "0.85,0.7"; empty for none.

    Raises:
        UsageError: one is no number between 0 and 1, or stands there twice.

    Example:
        >>> parse_factors("0.85,0.7")
        (0.85, 0.7)
    """
    words = [word.strip() for word in text.split(",")] if text else []
    try:
        factors = tuple(float(word) for word in words)
    except ValueError:
        factors = (0.0,)
    if not all(0 < factor < 1 for factor in factors) or len(set(factors)) < len(factors):
        raise UsageError(
            "sizes of copies are different numbers between 0 and 1, as in 0.85,0.7,0.55; "
            f"received {text!r}"
        )
    return factors
