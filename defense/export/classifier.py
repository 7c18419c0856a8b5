"""Image classifiers of Keras as int8 networks that take a super-resolved image as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from defense.classifiers import (
    check_name,
    check_weights_file,
    find_application,
    signed_applications,
)
from sesr.classifiers import to_int8_file
from sesr.int8 import Photo, as_rgb
from sesr.reporting.progress import Progress, no_progress

PIXEL_STEP = np.float32(1 / 127.5)


def build_classifier(name: str, size: int, weights: str | None) -> Any:
    """A classifier that ends in logits, for one image of size x size.

    Args:
        name: of `defense.classifiers.signed_applications`.
        size: side of the image in pixels.
        weights: a `.weights.h5` file, "imagenet", which downloads them, or None for random ones.

    Raises:
        UsageError: no such classifier.
        ModelError: the weights are missing or of another network.
    """
    import keras

    check_classifier(name, weights)
    network = find_application(name).build(weights, size, name)
    image = keras.Input((size, size, 3), batch_size=1, name="image")
    return keras.Model(image, network(image), name=name)


def check_classifier(name: str, weights: str | None) -> None:
    """Refuse a classifier that cannot be built, before any work is done.

    Raises:
        UsageError: no such classifier.
        ModelError: the weights are missing.
    """
    check_name(name, signed_applications())
    check_weights_file(weights)


def to_int8_classifier(
    model: Any, photos: Sequence[Photo], progress: Progress = no_progress
) -> bytes:
    """Convert a classifier to int8 whose input is pixel - 128, as the networks here give out.

    Args:
        model: what `build_classifier` returned.
        photos: to calibrate on.
        progress: told of the photographs looked at, which are what takes the time.

    Returns:
        The file's content; its output is int8 logits.
    """
    size = model.input_shape[1]
    return to_int8_file(model, lambda: _inputs(photos, size, progress))


def _inputs(photos: Sequence[Photo], size: int, progress: Progress) -> Iterator[list[Any]]:
    """Photographs of the classifier's size, each with the lowest and the highest pixel in it.

    These two pin the scale to 1/127.5 and the zero point to 0.
    """
    import cv2

    for done, photo in enumerate(photos):
        progress(done, len(photos))
        pixels = cv2.resize(as_rgb(photo), (size, size), interpolation=cv2.INTER_CUBIC)
        centered = pixels.astype(np.float32) - 128
        centered[0, 0], centered[0, 1] = -128, 127
        yield [centered[np.newaxis] * PIXEL_STEP]
