"""Bicubic interpolation, which everything else has to beat."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from sesr.pixels.color import FloatImage, Rgb8


class Bicubic:
    """OpenCV's bicubic interpolation.

    Args:
        scale: how many times larger.

    Example:
        >>> Bicubic(scale=2).rgb(np.zeros((8, 9, 3), np.uint8)).shape
        (16, 18, 3)
    """

    version = f"opencv {cv2.__version__}"

    def __init__(self, scale: int) -> None:
        self._scale = scale

    def luma(self, luma: FloatImage) -> FloatImage:
        """Enlarge one channel, (H, W) float32."""
        return np.asarray(np.clip(self._enlarge(luma), 0, 1), np.float32)

    def rgb(self, image: Rgb8) -> Rgb8:
        """Enlarge a colour image, (H, W, 3) uint8."""
        return self._enlarge(image)

    def _enlarge(self, image: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return cv2.resize(
            image, None, fx=self._scale, fy=self._scale, interpolation=cv2.INTER_CUBIC
        )
