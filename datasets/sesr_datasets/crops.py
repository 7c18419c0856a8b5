"""Random crops for training, the same ones whenever the same step is asked for."""

from __future__ import annotations

import cv2
import numpy as np

from sesr.errors import TrainingError
from sesr.pixels.color import RGB_TO_YCBCR, YCBCR_OFFSET, FloatImage, Rgb8
from sesr_datasets.degradation import Degradation
from sesr_datasets.mixture import Pairs

UINT8_TO_Y = np.append(RGB_TO_YCBCR[0] / 255, YCBCR_OFFSET[0]).astype(np.float32)[np.newaxis]
"""Weights of red, green and blue of 8 bits in Y, and what is added."""

ROTATIONS = (
    None,
    cv2.ROTATE_90_COUNTERCLOCKWISE,
    cv2.ROTATE_180,
    cv2.ROTATE_90_CLOCKWISE,
)
"""Quarter turns to the left."""


class CropSampler:
    """Batches of aligned random crops, flipped and rotated.

    The batch of a step depends on the seed and the step alone, so a run that was killed sees
    the same data as one that was not. Images that are smaller than a crop are left out.

    Args:
        pairs: the photographs, with the share of the crops that each is to give.
        crop: side of a low-resolution crop in pixels.
        batch_size: crops in a batch.
        channels: 1 for Y, 3 for RGB.
        seed: any integer from 0.
        degradation: done to the low-resolution crops, if anything is.

    Raises:
        TrainingError: all images are smaller than the crop.

    Attributes:
        too_small: why images were left out, a line each.
    """

    def __init__(
        self,
        pairs: Pairs,
        crop: int,
        batch_size: int,
        channels: int = 1,
        seed: int = 0,
        degradation: Degradation | None = None,
    ) -> None:
        self.pairs = pairs
        self.crop = crop
        self.batch_size = batch_size
        self.channels = channels
        self.seed = seed
        self.degradation = degradation
        sides = [pair.low.shape[:2] for pair in pairs]
        large = np.array([min(side) >= crop for side in sides])
        self.too_small = [
            f"{pair.name}: smaller than the crop: {width}x{height} after shrinking, "
            f"but {crop}x{crop} is needed"
            for pair, (height, width), fits in zip(pairs, sides, large, strict=True)
            if not fits
        ]
        shares = pairs.shares(large)
        if not shares.sum():
            raise TrainingError(
                f"no photograph is large enough for a crop: {self.too_small[0]}; lower --crop"
            )
        self._cumulative = np.cumsum(shares) / shares.sum()

    def batch(self, step: int) -> tuple[FloatImage, FloatImage]:
        """The batch of one step.

        Returns:
            Low resolution (N, crop, crop, C) and high resolution
            (N, crop * scale, crop * scale, C), float32 in [0, 1].
        """
        # A counter-based generator jumps to any step at no cost.
        random = np.random.Generator(np.random.Philox(key=self.seed, counter=[0, 0, 0, step]))
        crops = [self._crop(random) for _ in range(self.batch_size)]
        low, high = zip(*crops, strict=True)
        return np.stack(low), np.stack(high)

    def _crop(self, random: np.random.Generator) -> tuple[FloatImage, FloatImage]:
        pair = self.pairs[int(np.searchsorted(self._cumulative, random.random(), side="right"))]
        size, scale = self.crop, self.pairs.scale
        top = int(random.integers(pair.low.shape[0] - size + 1))
        left = int(random.integers(pair.low.shape[1] - size + 1))
        turn = int(random.integers(8))
        low = pair.low[top : top + size, left : left + size]
        high = pair.high[top * scale : (top + size) * scale, left * scale : (left + size) * scale]
        low, high = _turn(low, turn), _turn(high, turn)
        if self.degradation is not None:
            low = self.degradation(low, high, random)
        return self._to_float(low), self._to_float(high)

    def _to_float(self, crop: Rgb8) -> FloatImage:
        if self.channels == 3:
            return np.asarray(np.multiply(crop, np.float32(1 / 255), dtype=np.float32))
        # OpenCV does this ten times as fast as a matrix product of three columns.
        luma = np.asarray(cv2.transform(crop.astype(np.float32), UINT8_TO_Y), np.float32)
        return luma[..., np.newaxis]


def _turn(image: Rgb8, turn: int) -> Rgb8:
    """One of the eight symmetries of the square; OpenCV copies pixels, NumPy bytes."""
    rotation = ROTATIONS[turn % 4]
    rotated = image if rotation is None else cv2.rotate(image, rotation)
    return np.asarray(cv2.flip(rotated, 1) if turn >= 4 else rotated, np.uint8)
