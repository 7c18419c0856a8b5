"""Validation: PSNR of a network on whole images, beside bicubic's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import numpy.typing as npt

from sesr.errors import TrainingError
from sesr.evaluation.metrics import psnr
from sesr.evaluation.protocol import reference_luma
from sesr.pixels.color import FloatImage, input_luma, rgb_to_y
from sesr.pixels.imresize import imresize


@dataclass(frozen=True, slots=True)
class ValidationImage:
    """One image at both sizes, 8-bit RGB: (h, w, 3) and (h * scale, w * scale, 3)."""

    low: npt.NDArray[np.uint8]
    high: npt.NDArray[np.uint8]


class Validator:
    """Mean PSNR over a fixed set of images, on Y, by the protocol of `sesr.evaluation.protocol`.

    Args:
        images: at least one.
        scale: factor between the sizes.
        channels: what the network takes, 1 (Y) or 3 (RGB).

    Attributes:
        bicubic: what MATLAB-style bicubic reaches on the same images, in dB.
    """

    def __init__(self, images: Sequence[ValidationImage], scale: int, channels: int) -> None:
        if not images:
            raise TrainingError("validation needs at least one image; received none")
        self.scale = scale
        lows = [image.low for image in images]
        lumas = [input_luma(low) for low in lows]
        self._inputs = (
            [luma[..., np.newaxis] for luma in lumas]
            if channels == 1
            else [low.astype(np.float32) / np.float32(255) for low in lows]
        )
        self._references = [reference_luma(image.high) for image in images]
        enlarged = [np.clip(imresize(luma, scale), 0, 1) for luma in lumas]
        self.bicubic = self._mean_psnr(enlarged)

    def __call__(self, model: keras.Model) -> float:
        """Mean PSNR of a model's outputs in dB."""
        return self._mean_psnr([self._run(model, image) for image in self._inputs])

    def _run(self, model: keras.Model, image: FloatImage) -> FloatImage:
        output = np.asarray(model.predict_on_batch(image[np.newaxis])[0], dtype=np.float32)
        return output[..., 0] if output.shape[-1] == 1 else rgb_to_y(output)[..., 0]

    def _mean_psnr(self, outputs: Sequence[FloatImage]) -> float:
        pairs = zip(outputs, self._references, strict=True)
        return float(np.mean([psnr(a, b, self.scale) for a, b in pairs]))
