"""Photographs that an export calibrates on and is measured with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sesr.errors import SesrError, UsageError

if TYPE_CHECKING:
    from sesr.int8.calibration import Photo

MOST_CALIBRATION_PHOTOS = 100
SAMPLES = "photographs of the package"


def read_photos(folder: Path | None, what: str, most: int | None = None) -> list[Photo] | None:
    """Photographs of a folder; None for none.

    Raises:
        UsageError: the folder holds none.
        ImageError: one of them cannot be read.
    """
    from sesr_datasets.image_folder import find_images, read_image

    if folder is None:
        return None
    try:
        paths = find_images([folder])
    except SesrError as error:
        raise UsageError(f"{what} needs photographs: {error}") from error
    return [read_image(path) for path in paths[:most]]
