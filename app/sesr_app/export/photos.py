"""Photographs that an export calibrates on and is measured with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sesr.errors import SesrError, UsageError

if TYPE_CHECKING:
    from sesr.int8 import Photo

MOST_CALIBRATION_PHOTOS = 100
SAMPLES = "photographs of the package"


def calibration_set(folder: Path | None) -> list[Photo]:
    """The first photographs of a folder, or the package's.

    Raises:
        UsageError: the folder holds none.
        ImageError: one of them cannot be read.
    """
    from sesr.int8 import calibration_photos

    if folder is None:
        return calibration_photos()
    return read_photos(folder, "calibration", MOST_CALIBRATION_PHOTOS)


def measuring_set(folder: Path | None) -> list[Photo]:
    """The photographs of a folder, or the package's.

    Raises:
        UsageError: the folder holds none.
        ImageError: one of them cannot be read.
    """
    from sesr.int8 import sample_photo

    return [sample_photo()] if folder is None else read_photos(folder, "measuring")


def describe_photos(folder: Path | None, images: int) -> str:
    """What a manifest says of them."""
    return f"{images} images: {folder.resolve().name if folder else SAMPLES}"


def read_photos(folder: Path, what: str, most: int | None = None) -> list[Photo]:
    """Photographs of a folder.

    Raises:
        UsageError: the folder holds none.
        ImageError: one of them cannot be read.
    """
    from sesr_datasets.image_folder import find_images, read_image

    try:
        paths = find_images([folder])
    except SesrError as error:
        raise UsageError(f"{what} needs photographs: {error}") from error
    return [read_image(path) for path in paths[:most]]
