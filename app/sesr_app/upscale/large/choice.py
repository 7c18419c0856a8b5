"""Which images are enlarged in parts."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import IO

from sesr.errors import ImageError
from sesr_app.images import MAX_MEGAPIXELS
from sesr_app.images.decode.tiff_rows import TiffRows
from sesr_app.upscale.plan.outputs import Job
from sesr_app.upscale.plan.settings import Settings


def in_parts(job: Job, settings: Settings) -> bool:
    """Whether it was asked for, or the image is a TIFF file of more than 250 megapixels.

    What is not asked for and cannot be done in parts is enlarged as a whole.
    """
    if settings.tiled:
        return True
    path, kind = job.image.path, job.format
    if path is None or job.target is None or kind is None or kind.name != "tiff":
        return False
    return is_large(str(path), lambda: path.open("rb"), settings)


def is_large(name: str, open_file: Callable[[], IO[bytes]], settings: Settings) -> bool:
    """Whether a file is a TIFF of so many pixels that can be read in parts."""
    if settings.max_megapixels <= MAX_MEGAPIXELS:
        return False
    try:
        source = TiffRows(name, open_file)
    except ImageError:
        return False
    return prod(source.shape[:2]) > MAX_MEGAPIXELS * 1e6
