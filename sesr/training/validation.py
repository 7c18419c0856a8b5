"""Validation: PSNR of a network on whole images of several kinds, beside bicubic's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import keras
import numpy as np
import numpy.typing as npt

from sesr.errors import TrainingError
from sesr.evaluation.metrics import psnr
from sesr.evaluation.protocol import reference_luma
from sesr.pixels.color import FloatImage, input_luma, rgb_to_y
from sesr.pixels.imresize import imresize
from sesr.training.run.loop import Measurement


@dataclass(frozen=True, slots=True)
class ValidationImage:
    """One image at both sizes, 8-bit RGB: (h, w, 3) and (h * scale, w * scale, 3)."""

    low: npt.NDArray[np.uint8]
    high: npt.NDArray[np.uint8]


class Validator:
    """PSNR on Y by the protocol of `sesr.evaluation`: the mean over kinds of images.

    Every kind weighs the same, however many images it has, so that a network is not chosen for
    what it does to the largest set.

    Args:
        sets: images by the name of their kind, at least one each.
        scale: factor between the sizes.
        channels: what the network takes, 1 (Y) or 3 (RGB).

    Raises:
        TrainingError: there is no image, or a kind without one.

    Attributes:
        bicubic: what MATLAB-style bicubic reaches on the same images, in dB.
    """

    def __init__(
        self, sets: Mapping[str, Sequence[ValidationImage]], scale: int, channels: int
    ) -> None:
        if not sets or not all(sets.values()):
            empty = ", ".join(name for name, images in sets.items() if not images)
            raise TrainingError(f"validation needs at least one image; received none: {empty}")
        self._kinds = {
            name: _Kind(images, scale, channels) for name, images in sorted(sets.items())
        }
        self.bicubic = float(np.mean([kind.bicubic for kind in self._kinds.values()]))

    def __call__(self, model: keras.Model) -> Measurement:
        """Measure a model: the mean in dB, and the table of the kinds."""
        values = {name: kind.psnr_of(model) for name, kind in self._kinds.items()}
        mean = float(np.mean(list(values.values())))
        figures = {"psnr": mean, "bicubic": self.bicubic}
        text = f"{mean:.3f} dB  bicubic {self.bicubic:.3f} dB"
        if len(values) > 1:
            figures |= {f"psnr_{name}": value for name, value in values.items()}
            text += "".join(f"  {name} {value:.3f}" for name, value in values.items())
        return Measurement(mean, figures, text)


class _Kind:
    """The images of one set."""

    def __init__(self, images: Sequence[ValidationImage], scale: int, channels: int) -> None:
        self._scale = scale
        lows = [image.low for image in images]
        lumas = [input_luma(low) for low in lows]
        self._inputs = (
            [luma[..., np.newaxis] for luma in lumas]
            if channels == 1
            else [low.astype(np.float32) / np.float32(255) for low in lows]
        )
        self._references = [reference_luma(image.high) for image in images]
        self.bicubic = self._mean([np.clip(imresize(luma, scale), 0, 1) for luma in lumas])

    def psnr_of(self, model: keras.Model) -> float:
        """Mean PSNR of a model's outputs in dB."""
        return self._mean([_run(model, image) for image in self._inputs])

    def _mean(self, outputs: Sequence[FloatImage]) -> float:
        pairs = zip(outputs, self._references, strict=True)
        return float(np.mean([psnr(a, b, self._scale) for a, b in pairs]))


def _run(model: keras.Model, image: FloatImage) -> FloatImage:
    output = np.asarray(model.predict_on_batch(image[np.newaxis])[0], dtype=np.float32)
    return output[..., 0] if output.shape[-1] == 1 else rgb_to_y(output)[..., 0]
