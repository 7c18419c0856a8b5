"""Building any classifier by its name."""

from __future__ import annotations

import keras

from sesr.classifiers.catalog import check_classes, check_image_side, find_classifier
from sesr.classifiers.convnext import build_convnext
from sesr.classifiers.scaling import ConvNextNetwork
from sesr.classifiers.staged import build_staged


def build_classifier(
    name: str, classes: int, size: int | None = None, *, dtype: str = "float32"
) -> keras.Model:
    """Build a trainable classifier with random weights.

    Args:
        name: a name of `sesr.classifiers.CLASSIFIERS`.
        classes: of the answer, 2 or more.
        size: side of the image in pixels; by default that which the network is made for.
        dtype: Keras' dtype policy; "mixed_bfloat16" trains faster on processors that have it.

    Returns:
        A model from (N, size, size, 3), pixel / 127.5 - 1, to logits (N, classes), float32.

    Raises:
        UsageError: unknown name, too few classes, or an image that is too small.

    Example:
        >>> build_classifier("ran_e_small", classes=10).output_shape
        (None, 10)
    """
    spec = find_classifier(name)
    check_classes(classes)
    side = check_image_side(spec, size)
    if isinstance(spec, ConvNextNetwork):
        return build_convnext(spec, classes, side, dtype=dtype)
    return build_staged(spec, classes, side, dtype=dtype)
