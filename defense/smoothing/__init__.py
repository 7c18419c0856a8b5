"""Randomized smoothing: votes over draws of noise, and what they prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from defense.smoothing.certificate import ABSTAINS, Certification, Tally
from sesr.lazy import lazy

if TYPE_CHECKING:
    from defense.smoothing.checks import begins_with_noise, check_plan, seeded, split_noise
    from defense.smoothing.fast import LiteRTAnswer, QuickAnswer, litert_answer
    from defense.smoothing.oracle import Oracle
    from defense.smoothing.smoothed import Smoothed
    from defense.smoothing.store import TallyStore

__all__ = [
    "ABSTAINS",
    "Certification",
    "LiteRTAnswer",
    "Oracle",
    "QuickAnswer",
    "Smoothed",
    "Tally",
    "TallyStore",
    "begins_with_noise",
    "check_plan",
    "litert_answer",
    "seeded",
    "split_noise",
]

__getattr__ = lazy(
    __name__,
    {
        "LiteRTAnswer": "fast",
        "Oracle": "oracle",
        "QuickAnswer": "fast",
        "Smoothed": "smoothed",
        "TallyStore": "store",
        "begins_with_noise": "checks",
        "check_plan": "checks",
        "litert_answer": "fast",
        "seeded": "checks",
        "split_noise": "checks",
    },
)
