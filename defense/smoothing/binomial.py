"""What a number of votes says for certain about the share behind it."""

from __future__ import annotations

from sesr.errors import UsageError


def lower_bound(hits: int, count: int, level: float) -> float:
    """Lower confidence bound of a share, by Clopper and Pearson.

    Args:
        hits: how many of the tries came out, 0 to `count`.
        count: tries, at least 1.
        level: how often the bound may be above the true share.

    Returns:
        The bound, within [0, 1).

    Example:
        >>> round(lower_bound(1000, 1000, 0.001), 6)
        0.993116
        >>> lower_bound(0, 10, 0.001)
        0.0

    Reference: C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits
    illustrated in the case of the binomial", 1934.
    """
    from scipy.stats import beta

    return float(beta.ppf(level, hits, count - hits + 1)) if hits else 0.0


def even_odds(first: int, second: int) -> float:
    """How likely two counts at least as far apart are, if both were equally likely.

    Args:
        first: votes for one.
        second: votes for the other.

    Example:
        >>> even_odds(9, 1) < 0.05 < even_odds(6, 4)
        True
    """
    from scipy.stats import binomtest

    count = first + second
    return float(binomtest(first, count).pvalue) if count else 1.0


def check_level(level: float) -> float:
    """Make sure that a number can be the level of a test.

    Raises:
        UsageError: it does not lie between 0 and 0.5.
    """
    if not isinstance(level, int | float) or not 0 < level < 0.5:
        raise UsageError(
            f"the level must be above 0 and below 0.5, such as 0.001; received {level!r}"
        )
    return float(level)
