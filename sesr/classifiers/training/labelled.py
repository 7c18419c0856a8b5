"""Images with their classes, in parts to learn from and to choose by."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sesr.errors import UsageError

LEAST = 2
"""Images that a class needs, one to learn from and one to choose by."""


@dataclass(frozen=True, slots=True)
class LabelledImages:
    """Images of one size with their classes.

    Attributes:
        images: (N, side, side, 3), 8 bits, RGB.
        labels: (N,), indices of `classes`.
        classes: their names.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.images)

    @property
    def side(self) -> int:
        """Of the images, in pixels."""
        return int(self.images.shape[1])

    @property
    def fingerprint(self) -> str:
        """SHA-256 of images and classes, shortened."""
        digest = hashlib.sha256(self.images.tobytes())
        digest.update(self.labels.tobytes() + "\n".join(self.classes).encode())
        return digest.hexdigest()[:16]

    def take(self, chosen: Any) -> LabelledImages:
        """Some of the images, by index or mask."""
        return LabelledImages(self.images[chosen], self.labels[chosen], self.classes)

    def split(self, share: float, seed: int) -> tuple[LabelledImages, LabelledImages]:
        """All but a share of every class, and that share, at least one image of each.

        Raises:
            UsageError: a class has only one image.
        """
        rng, held = np.random.default_rng(seed), np.zeros(len(self), bool)
        for index, name in enumerate(self.classes):
            own = np.flatnonzero(self.labels == index)
            if len(own) < LEAST:
                raise UsageError(
                    f"class {name!r} needs {LEAST} images, one to learn from and one to choose "
                    f"by; received {len(own)}: add some, or leave the class out"
                )
            count = min(len(own) - 1, max(1, round(share * len(own))))
            held[rng.permutation(own)[:count]] = True
        return self.take(~held), self.take(held)

    def relabelled(self, classes: tuple[str, ...], side: int) -> LabelledImages:
        """The same images to choose by for a network of other classes, of which these are some.

        Raises:
            UsageError: a class is strange to it, or the images are of another size.
        """
        check_known(self.classes, classes)
        if self.side != side:
            raise UsageError(
                f"the images of the validation must be of the training's size, {side}x{side}; "
                f"received {self.side}x{self.side}: resize them first"
            )
        numbers = np.array([classes.index(name) for name in self.classes])
        return LabelledImages(self.images, numbers[self.labels], classes)


def check_known(found: Sequence[str], classes: Sequence[str]) -> None:
    """Refuse classes to choose by that there is nothing to learn from of.

    Raises:
        UsageError: there is one.
    """
    strange = sorted(set(found) - set(classes))
    if strange:
        raise UsageError(
            f"class {strange[0]!r} is in the validation and not in the training, which has "
            f"{', '.join(classes)}: add it there or remove it here"
        )
