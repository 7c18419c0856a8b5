"""Photographs to calibrate on and to measure with, from the package or from the user."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sesr.pixels.color import FloatImage, input_luma
from sesr.pixels.imresize import crop_to_multiple, shrink_to_uint8

Photo = npt.NDArray[np.uint8]

DATA = Path(__file__).parent / "data"

CROP = 96
"""Side of a photograph in the package's set for calibration."""

MOST_CALIBRATION_PIXELS = 256
"""Side of the centre of a photograph that calibration looks at."""


def calibration_photos() -> list[Photo]:
    """The package's photographs to calibrate on, (96, 96, 3) each."""
    grid = _read(DATA / "calibration.webp")
    rows, columns = (side // CROP for side in grid.shape[:2])
    corners = ((y * CROP, x * CROP) for y in range(rows) for x in range(columns))
    return [grid[y : y + CROP, x : x + CROP] for y, x in corners]


def sample_photo() -> Photo:
    """The package's photograph to measure with, (256, 256, 3), never trained or calibrated on."""
    return _read(DATA / "photo.webp")


def low_resolution(photo: Photo, scale: int, channels: int) -> FloatImage:
    """A photograph made small, as networks are trained on; (h, w, channels) float32 in [0, 1]."""
    small = shrink_to_uint8(crop_to_multiple(photo, scale), scale)
    if channels == 1:
        return input_luma(small)[..., np.newaxis]
    return as_rgb(small).astype(np.float32) / np.float32(255)


def calibration_images(
    photos: Iterable[Photo], scale: int, channels: int, side: int = MOST_CALIBRATION_PIXELS
) -> list[FloatImage]:
    """Low-resolution images to calibrate a network on: the centres of photographs."""
    return [low_resolution(_center(photo, side * scale), scale, channels) for photo in photos]


def as_rgb(photo: Photo) -> Photo:
    """A gray photograph three times."""
    return photo if photo.ndim == 3 else np.repeat(photo[..., np.newaxis], 3, axis=2)


def _center(photo: Photo, side: int) -> Photo:
    top, left = (max(0, (length - side) // 2) for length in photo.shape[:2])
    return photo[top : top + side, left : left + side]


def _read(path: Path) -> Photo:
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))
