"""Randomized smoothing: votes over draws of noise, and what they prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from defense.smoothing.certificate import ABSTAINS, Certification, Tally
from sesr.lazy import lazy

if TYPE_CHECKING:
    from defense.smoothing.checks import begins_with_noise, split_noise
    from defense.smoothing.fast import litert_answer
    from defense.smoothing.smoothed import Smoothed

__all__ = [
    "ABSTAINS",
    "Certification",
    "Smoothed",
    "Tally",
    "begins_with_noise",
    "litert_answer",
    "split_noise",
]

__getattr__ = lazy(
    __name__,
    {
        "Smoothed": "smoothed",
        "begins_with_noise": "checks",
        "litert_answer": "fast",
        "split_noise": "checks",
    },
)
