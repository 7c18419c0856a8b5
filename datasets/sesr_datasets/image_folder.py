"""Images on disk."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sesr.errors import ImageError, SesrError
from sesr.pixels.color import Rgb8

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})
"""Endings of the files that count as images, in lower case."""


def find_images(folders: Sequence[Path], exclude: Sequence[str] = ()) -> list[Path]:
    """All images below some folders, at any depth, in an order that does not change.

    Hidden files and folders are left out. A path that is an image itself counts as found.

    Args:
        folders: where to look.
        exclude: patterns of file names to leave out, such as "test-*".

    Raises:
        SesrError: a folder does not exist or holds no image.
    """
    found: list[Path] = []
    for folder in folders:
        if folder.is_file():
            found.append(folder)
            continue
        if not folder.is_dir():
            raise SesrError(f"{folder}: no such folder; give a folder of images")
        inside = sorted(
            path for path in _walk(folder) if not any(fnmatch(path.name, p) for p in exclude)
        )
        if not inside:
            kinds = ", ".join(sorted(suffix[1:] for suffix in SUFFIXES))
            raise SesrError(f"{folder}: the folder holds no image; looked for {kinds} at any depth")
        found.extend(inside)
    return found


def read_rgb(path: Path) -> Rgb8:
    """Read an image as 8-bit RGB, turned upright; (H, W, 3). Raises as `read_image` does."""
    image = read_image(path)
    return np.repeat(image[..., np.newaxis], 3, axis=2) if image.ndim == 2 else image


def read_image(path: Path) -> npt.NDArray[np.uint8]:
    """Read an image with 8 bits a channel, turned upright.

    Returns:
        (H, W) for a gray image, (H, W, 3) for any other.

    Raises:
        ImageError: the file is missing, damaged or not an image.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image)
            return np.array(upright if upright.mode == "L" else upright.convert("RGB"))
    except FileNotFoundError as error:
        raise ImageError(f"{path}: no such file") from error
    except Exception as error:
        # Decoders fail on damaged files in many ways, and a training skips them all.
        raise ImageError(f"{path}: not a readable image ({error})") from error


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                yield Path(root, name)
