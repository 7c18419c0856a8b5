"""Numbers where they enter and leave a LiteRT file: float32 images, and the int8 of its own."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sesr.pixels.levels import OFFSET, Tile, as_float_image, to_int8_image


class Border(NamedTuple):
    """How a tensor at the border of a file stands for an image.

    Attributes:
        step: size of a quantisation step; 0 for floats.
        zero: the number that stands for black.
    """

    step: float
    zero: float

    @classmethod
    def of(cls, details: dict[str, Any]) -> Border:
        """Of a tensor, from what LiteRT tells about it.

        Files for micro-NPUs hold centred images, whose zero is the gray of 128/255: a step of
        1/255 and zero in the middle. Their numbers are those of pixels less 128 all the same.
        """
        if details["dtype"] == np.float32:
            return cls(0.0, 0.0)
        step, zero = details["quantization"]
        centered = zero == 0 and _is_level(step)
        return cls(float(step), float(-OFFSET if centered else zero))

    def enter(self, image: Tile) -> npt.NDArray[Any]:
        """Numbers of the file for an image, float32 in [0, 1] or int8 `pixel - 128`."""
        if self._is_own(image.dtype):
            return image
        levels = as_float_image(image)
        if not self.step:
            return levels
        steps = np.rint(levels / self.step) + self.zero
        return np.asarray(np.clip(steps, -128, 127), np.int8)

    def leave(self, numbers: npt.NDArray[Any], like: Tile) -> Tile:
        """The image that numbers of the file stand for, of the kind of another."""
        if self._is_own(like.dtype):
            return numbers
        image: npt.NDArray[Any] = numbers
        if self.step:
            image = (numbers.astype(np.float32) - self.zero) * self.step
        if like.dtype == np.int8:
            image = to_int8_image(image)
        return image

    def _is_own(self, kind: np.dtype[Any]) -> bool:
        """Whether images of a kind have the file's own numbers."""
        if kind == np.float32:
            return not self.step
        return _is_level(self.step) and self.zero == -OFFSET


def _is_level(step: float) -> bool:
    """Whether a step is that of 8-bit images."""
    return abs(step * 255 - 1) < 0.01
