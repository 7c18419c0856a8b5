"""Image classifiers: RAN-e, which collapses, RAN-i, which is scaled, and their rivals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sesr.classifiers.catalog import CLASSIFIERS, check_image_side, find_classifier
from sesr.classifiers.scaling import scale_to
from sesr.lazy import lazy

if TYPE_CHECKING:
    from sesr.classifiers.build import build_classifier
    from sesr.classifiers.dense import collapse, count_macs, count_parameters
    from sesr.classifiers.fold import fold_batch_norms
    from sesr.classifiers.int8 import to_int8_file
    from sesr.classifiers.shipped import load_shipped

__all__ = [
    "CLASSIFIERS",
    "build_classifier",
    "check_image_side",
    "collapse",
    "count_macs",
    "count_parameters",
    "find_classifier",
    "fold_batch_norms",
    "load_shipped",
    "scale_to",
    "to_int8_file",
]

__getattr__ = lazy(
    __name__,
    {
        "build_classifier": "build",
        "collapse": "dense",
        "count_macs": "dense",
        "count_parameters": "dense",
        "fold_batch_norms": "fold",
        "load_shipped": "shipped",
        "to_int8_file": "int8",
    },
)
