"""Image classifiers: RAN-e, which collapses, RAN-i, which is scaled, and what they are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sesr.classifiers.catalog import CLASSIFIERS, find_classifier
from sesr.classifiers.scaling import scale_to
from sesr.lazy import lazy

if TYPE_CHECKING:
    from sesr.classifiers.build import build_classifier
    from sesr.classifiers.count import count_macs, count_parameters
    from sesr.classifiers.dense import collapse
    from sesr.classifiers.fold import fold_batch_norms

__all__ = [
    "CLASSIFIERS",
    "build_classifier",
    "collapse",
    "count_macs",
    "count_parameters",
    "find_classifier",
    "fold_batch_norms",
    "scale_to",
]

__getattr__ = lazy(
    __name__,
    {
        "build_classifier": "build",
        "collapse": "dense",
        "count_macs": "count",
        "count_parameters": "count",
        "fold_batch_norms": "fold",
    },
)
