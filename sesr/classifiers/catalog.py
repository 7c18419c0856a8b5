"""Which classifiers there are."""

from __future__ import annotations

from sesr.classifiers.scaling import CONVNEXTS, ConvNextNetwork
from sesr.classifiers.stages import STAGED, StagedNetwork
from sesr.errors import UsageError, did_you_mean

ClassifierSpec = StagedNetwork | ConvNextNetwork

CLASSIFIERS: dict[str, ClassifierSpec] = {**STAGED, **CONVNEXTS}
"""Every classifier that can be built, by name."""

LEAST_SIDE = 32
"""Pixels; a ConvNeXt has one position left of them."""


def find_classifier(name: str) -> ClassifierSpec:
    """Look a classifier up by its name, upper or lower case.

    Raises:
        UsageError: none has that name; the message names the nearest.

    Example:
        >>> find_classifier("ran_e_gt").title
        'RAN-e-GT'
    """
    spec = CLASSIFIERS.get(name.lower())
    if spec is None:
        hint = did_you_mean(name.lower(), CLASSIFIERS)
        raise UsageError(
            f"unknown classifier {name!r}: {hint}the classifiers are {', '.join(CLASSIFIERS)}"
        )
    return spec


def check_classes(classes: int) -> None:
    """Refuse a choice between fewer than two.

    Raises:
        UsageError: there are fewer.
    """
    if classes < 2:
        raise UsageError(f"a classifier needs at least 2 classes; received {classes}")


def check_image_side(spec: ClassifierSpec, size: int | None) -> int:
    """The side of its image in pixels.

    Args:
        spec: the network.
        size: what was asked for; its own if left out.

    Raises:
        UsageError: too small, or no multiple of 32, where the network needs one.
    """
    side = size or spec.size
    if side < LEAST_SIDE or (isinstance(spec, ConvNextNetwork) and side % LEAST_SIDE):
        multiple = ", a multiple of 32," if isinstance(spec, ConvNextNetwork) else ""
        raise UsageError(
            f"{spec.title} takes images of at least {LEAST_SIDE} pixels{multiple} a side; "
            f"received {side}: choose another size"
        )
    return side
