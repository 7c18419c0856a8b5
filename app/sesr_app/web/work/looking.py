"""What is shown of a photograph and its result: beside bicubic, whole and in detail."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sesr_app.images import Enlarged, Metadata, format_named, open_picture, write_picture

if TYPE_CHECKING:
    from PIL import Image

_LARGEST_SIDE = 1600
"""Of the whole picture on the page; the file itself has all its pixels."""

_DETAIL = (320, 240)
"""Width and height of a detail, in pixels of the result."""

_MAGNIFIED = 2
"""Each pixel of a detail is shown so many times as wide."""


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two pictures of one size to compare.

    Attributes:
        bicubic: enlarged by bicubic interpolation.
        ours: by the network.
    """

    bicubic: Path
    ours: Path


class Look:
    """A photograph beside its result.

    Args:
        photograph, result: files; of several frames the first is looked at.

    Raises:
        ImageError: one cannot be read.
    """

    def __init__(self, photograph: Path, result: Path) -> None:
        self._small, _ = first_frame(photograph)
        self._large, self._profile = first_frame(result)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the result."""
        return self._large.size

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height of the whole as it is shown: smaller where it is larger than a page."""
        width, height = self.size
        factor = min(1.0, _LARGEST_SIDE / max(width, height))
        return max(1, round(width * factor)), max(1, round(height * factor))

    def whole(self, folder: Path) -> SideBySide:
        """All of it."""
        shown = self.shown
        ours = self._large if shown == self.size else _bicubic(self._large, shown)
        return self._save(folder, "whole", _bicubic(self._small, shown), ours)

    def detail(self, folder: Path, across: float, down: float) -> SideBySide:
        """The pixels about a place, magnified.

        Args:
            folder: to write to.
            across, down: of the place, from 0 (left, top) to 1.
        """
        (width, height), (wide, high) = self.size, _DETAIL
        wide, high = min(wide, width), min(high, height)
        left = round(min(max(across * width - wide / 2, 0), width - wide))
        top = round(min(max(down * height - high / 2, 0), height - high))
        ratio = self._small.width / width, self._small.height / height
        box = (left * ratio[0], top * ratio[1], (left + wide) * ratio[0], (top + high) * ratio[1])
        bicubic = _bicubic(self._small, (wide, high), box)
        ours = self._large.crop((left, top, left + wide, top + high))
        return self._save(folder, f"detail-{left}-{top}", _magnify(bicubic), _magnify(ours))

    def _save(self, folder: Path, name: str, bicubic: Image.Image, ours: Image.Image) -> SideBySide:
        pair = SideBySide(folder / f"{name}-bicubic.png", folder / f"{name}-sesr.png")
        for path, image in ((pair.bicubic, bicubic), (pair.ours, ours)):
            save_png(path, image, self._profile)
        return pair


def save_png(path: Path, image: Image.Image, profile: bytes | None = None) -> None:
    """Write a picture for the page as `sesr upscale` does: Pillow takes five times as long.

    Args:
        path: of the file.
        image: gray or RGB, either with alpha or without.
        profile: that its colors are meant in.
    """
    pixels = np.asarray(image)
    picture = Enlarged(pixels.shape, pixels.dtype, iter([pixels]))
    with path.open("wb") as file:
        write_picture(file, format_named("png"), iter([picture]), metadata=Metadata(profile))


def first_frame(path: Path) -> tuple[Image.Image, bytes | None]:
    """The first frame in 8 bits as a browser shows it, and its color profile."""
    from PIL import Image

    picture = open_picture(path, max_megapixels=float("inf"))
    pixels = _as_8_bits(next(iter(picture.frames)).pixels)
    profile = picture.metadata.icc_profile if pixels.ndim == 3 else None
    return Image.fromarray(pixels), profile


def _as_8_bits(pixels: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    eight = pixels if pixels.dtype == np.uint8 else (pixels >> 8).astype(np.uint8)
    return np.ascontiguousarray(eight)


def _bicubic(
    image: Image.Image, size: tuple[int, int], box: tuple[float, float, float, float] | None = None
) -> Image.Image:
    from PIL import Image

    return image.resize(size, Image.Resampling.BICUBIC, box)


def _magnify(image: Image.Image) -> Image.Image:
    from PIL import Image

    size = image.width * _MAGNIFIED, image.height * _MAGNIFIED
    return image.resize(size, Image.Resampling.NEAREST)
