"""Intervals of measured shares."""

from __future__ import annotations

import math

Z95 = 1.959964
"""Standard deviations that hold 95 % of a normal distribution."""


def wilson_interval(hits: int, count: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval of a share; 95 % unless another z is given.

    Args:
        hits: how many of the tries came out, 0 to `count`.
        count: tries, at least 1.
        z: half width in standard deviations.

    Returns:
        The bounds, within [0, 1].

    Example:
        >>> [round(bound, 3) for bound in wilson_interval(80, 100)]
        [0.711, 0.867]

    Reference: E. B. Wilson, "Probable inference, the law of succession, and statistical
    inference", 1927.
    """
    share = hits / count
    shrink = 1 + z**2 / count
    centre = (share + z**2 / (2 * count)) / shrink
    half = z * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2)) / shrink
    return max(0.0, centre - half), min(1.0, centre + half)
