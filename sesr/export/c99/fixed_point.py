"""Real factors as integers, as LiteRT's reference kernels have them."""

from __future__ import annotations

import math
from dataclasses import dataclass

_BITS = 31
"""Of a multiplier, which stands for a number in [0.5, 1)."""

ADDITION_BITS = 20
"""Bits by which both sides of an addition are shifted up, so that rounding them costs little."""


@dataclass(frozen=True, slots=True)
class FixedPoint:
    """The factor multiplier * 2**(shift - 31).

    Attributes:
        multiplier: from 2**30 to 2**31 - 1, or 0.
        shift: to the left; negative to the right.
    """

    multiplier: int
    shift: int

    @classmethod
    def of(cls, factor: float) -> FixedPoint:
        """The nearest to a factor of at least 0, as `QuantizeMultiplier` of LiteRT finds it.

        Example:
            >>> FixedPoint.of(0.75)
            FixedPoint(multiplier=1610612736, shift=0)
            >>> FixedPoint.of(0.0), FixedPoint.of(1 - 2**-40)
            (FixedPoint(multiplier=0, shift=0), FixedPoint(multiplier=1073741824, shift=1))
        """
        fraction, shift = math.frexp(factor)
        multiplier = math.floor(fraction * 2**_BITS + 0.5)
        if multiplier == 2**_BITS:
            multiplier, shift = multiplier // 2, shift + 1
        return cls(0, 0) if shift < -_BITS else cls(multiplier, shift)
