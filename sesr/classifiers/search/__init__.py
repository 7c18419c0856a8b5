"""Which blocks of a classifier should lose their activations, by accuracy and an NPU's cycles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sesr.classifiers.search.choice import ChoiceCost, choice_of, with_choice
from sesr.lazy import lazy

if TYPE_CHECKING:
    from sesr.classifiers.search.cycles import measure_cost
    from sesr.classifiers.search.search import FoundChoice, search_choice
    from sesr.classifiers.search.supernet import build_supernet, slopes_of, take_weights

__all__ = [
    "ChoiceCost",
    "FoundChoice",
    "build_supernet",
    "choice_of",
    "measure_cost",
    "search_choice",
    "slopes_of",
    "take_weights",
    "with_choice",
]

__getattr__ = lazy(
    __name__,
    {
        "FoundChoice": "search",
        "build_supernet": "supernet",
        "measure_cost": "cycles",
        "search_choice": "search",
        "slopes_of": "supernet",
        "take_weights": "supernet",
    },
)
