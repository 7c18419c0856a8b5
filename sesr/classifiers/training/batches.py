"""Batches of a training run: images flipped, moved, and partly covered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sesr.classifiers.training.config import ClassifierConfig
from sesr.classifiers.training.labelled import LabelledImages

_GRAY = 128

Batch = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]
"""Images (N, side, side, 3) and labels (N,)."""


@dataclass(frozen=True, slots=True)
class Batches:
    """The batch of each step, which depends on the seed and the step only.

    Every image is seen once in an epoch, in an order of the epoch's own; what is left at its end
    is too little for a batch and stays out.

    Attributes:
        data: to learn from.
        config: of the run.
    """

    data: LabelledImages
    config: ClassifierConfig

    def __call__(self, step: int) -> Batch:
        """The batch of a step, from 0."""
        size = min(self.config.batch_size, len(self.data))
        epoch, index = divmod(step, len(self.data) // size)
        order = np.random.default_rng((self.config.seed, 0, epoch)).permutation(len(self.data))
        chosen = order[index * size : (index + 1) * size]
        rng = np.random.default_rng((self.config.seed, 1, step))
        images = [self._changed(self.data.images[i], rng) for i in chosen]
        return np.stack(images), self.data.labels[chosen]

    def _changed(
        self, image: npt.NDArray[np.uint8], rng: np.random.Generator
    ) -> npt.NDArray[np.uint8]:
        if rng.random() < 0.5:
            image = image[:, ::-1]
        return covered(moved(image, self.config.shift, rng), self.config.cutout, rng)


def moved(
    image: npt.NDArray[np.uint8], shift: int, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """An image moved by up to `shift` pixels down and across, mirrored where it ends."""
    side = image.shape[0]
    if not shift:
        return image
    wide = np.pad(image, [(shift, shift), (shift, shift), (0, 0)], mode="reflect")
    top, left = rng.integers(0, 2 * shift + 1, 2)
    return wide[top : top + side, left : left + side]


def covered(
    image: npt.NDArray[np.uint8], cutout: int, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """An image with a gray square around one of its pixels, cut off at the border."""
    if not cutout:
        return image
    image = image.copy()
    top, left = (max(0, int(c) - cutout // 2) for c in rng.integers(0, image.shape[0], 2))
    image[top : top + cutout, left : left + cutout] = _GRAY
    return image
