"""Intervals of measured shares."""

from __future__ import annotations

import numpy as np
import pytest

from defense.evaluation.statistics import wilson_interval


@pytest.mark.parametrize("hits", [0, 1, 17, 50])
def test_wilson_interval_solves_its_own_equation(hits: int) -> None:
    """The bounds are the shares from which the measured one is z deviations away."""
    count, z = 50, 1.96
    low, high = wilson_interval(hits, count, z)
    assert low <= hits / count <= high
    for bound in (low, high):
        deviation = np.sqrt(bound * (1 - bound) / count)
        if 0 < bound < 1:
            np.testing.assert_allclose(abs(hits / count - bound), z * deviation, rtol=1e-6)
