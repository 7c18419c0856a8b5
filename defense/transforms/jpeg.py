"""JPEG compression as a defense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from defense.batch import GraphFunction, ImageBatch, check_batch
from defense.parallel import map_chunks
from sesr.errors import UsageError


@dataclass(frozen=True, slots=True)
class Jpeg:
    """Compress every image as JPEG and decode it again.

    Quantisation of the 8x8 cosine coefficients removes the faint high frequencies that an
    attack hides in. Colour is stored at half resolution (4:2:0), the encoder's default.

    Args:
        quality: 1 (coarse) to 100 (fine), on the scale of the Independent JPEG Group.

    Input and output: (N, H, W, 3), float32 RGB in [0, 1]. Images are rounded to 8 bits first,
    so the output holds multiples of 1/255.

    Raises:
        UsageError: the quality is not a whole number from 1 to 100.

    Example:
        >>> Jpeg(quality=75)(np.full((2, 16, 16, 3), 0.2, np.float32))[0, 0, 0]
        array([0.2, 0.2, 0.2], dtype=float32)

    Reference: Das et al., "SHIELD: Fast, Practical Defense and Vaccination for Deep Learning
    using JPEG Compression", KDD 2018.
    """

    quality: int = 75
    stages: ClassVar[Mapping[str, str]] = {"jpeg": "jpeg:75"}

    def __post_init__(self) -> None:
        if not isinstance(self.quality, int) or not 1 <= self.quality <= 100:
            raise UsageError(
                f"the quality of Jpeg must be a whole number from 1 to 100; "
                f"received {self.quality!r}"
            )

    def __call__(self, images: ImageBatch) -> ImageBatch:
        """Transform a batch: (N, H, W, 3) to the same shape, float32 in [0, 1]."""
        return map_chunks(self._round_trip, check_batch(images, "Jpeg"))

    @classmethod
    def parse(cls, name: str, value: str) -> Jpeg:
        """From "75"."""
        return cls(int(value))

    def __str__(self) -> str:
        return f"jpeg:{self.quality}"

    def graph(self, straight_through: bool) -> GraphFunction:
        """The same in NumPy: rounding has no gradient."""
        from defense.differentiable import numpy_graph

        return numpy_graph(self, straight_through, keeps_size=True)

    def _round_trip(self, images: ImageBatch) -> ImageBatch:
        """One image in a batch of its own."""
        # OpenCV gives Pillow's pixels, in about half the time, and releases Python's lock.
        import cv2

        pixels = np.rint(images[0] * 255).astype(np.uint8)
        bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
        _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, self.quality])
        decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
        rgb = cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB).astype(np.float32)
        return rgb[np.newaxis] / np.float32(255)
