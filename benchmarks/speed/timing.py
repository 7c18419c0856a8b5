"""Timing for the benchmarks beside it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def median_time(run: Callable[[], object], runs: int) -> float:
    """Seconds of the median run, after two that do not count."""
    times = []
    for _ in range(runs + 2):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return statistics.median(times[2:])
