"""Classifiers: loading them, and what the defence asks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from defense.classifiers.applications import (
    check_name,
    check_weights_file,
    find_application,
    signed_applications,
)
from defense.classifiers.load import Classifier, load_classifier
from defense.classifiers.logits import check_logits, refuse_softmax, without_softmax
from defense.classifiers.weights import find_weights
from sesr.lazy import lazy

if TYPE_CHECKING:
    from defense.classifiers.sizes import any_size, fixed_size

__all__ = [
    "Classifier",
    "any_size",
    "check_logits",
    "check_name",
    "check_weights_file",
    "find_application",
    "find_weights",
    "fixed_size",
    "load_classifier",
    "refuse_softmax",
    "signed_applications",
    "without_softmax",
]

__getattr__ = lazy(
    __name__,
    {
        "any_size": "sizes",
        "fixed_size": "sizes",
    },
)
