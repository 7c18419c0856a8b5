"""Labelled images as folders, one a class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sesr.classifiers.training.labelled import LabelledImages
from sesr.errors import UsageError
from sesr.pixels.color import Rgb8
from sesr.reporting.progress import Progress, no_progress
from sesr_datasets.image_folder import SUFFIXES, find_images, read_rgb


def read_class_folders(folder: Path, progress: Progress = no_progress) -> LabelledImages:
    """Read the images of a folder of folders, each of which is a class and gives it its name.

    Everything that the names of the files can tell is checked before an image is read.

    Args:
        folder: of the folders; hidden ones are left out.
        progress: told of the images read.

    Raises:
        UsageError: there are fewer than two classes, one without images, or an image that is not
            square or not of the size of the first one.
        ImageError: an image cannot be read.
    """
    classes = find_classes(folder)
    paths = [find_images([place]) for place in classes]
    flat = [path for group in paths for path in group]
    labels = np.repeat(np.arange(len(classes)), [len(group) for group in paths])
    images = np.stack(_read(flat, progress))
    return LabelledImages(images, labels, tuple(place.name for place in classes))


def find_classes(folder: Path) -> list[Path]:
    """The folders in a folder, by name.

    Raises:
        UsageError: there is no such folder, or fewer than two in it, or one without images.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; give one that holds a folder a class")
    found = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if len(found) < 2:
        names = ", ".join(place.name for place in found) or "none"
        raise UsageError(
            f"{folder}: a classifier needs at least 2 classes, each a folder of images in this "
            f"one; received {names}"
        )
    for place in found:
        if not any(path.suffix.lower() in SUFFIXES for path in place.rglob("*")):
            raise UsageError(f"{place}: this class holds no image; add some, or remove the folder")
    return found


def _read(paths: Sequence[Path], progress: Progress) -> list[Rgb8]:
    images: list[Rgb8] = []
    for path in paths:
        progress(len(images), len(paths))
        image = read_rgb(path)
        wanted = images[0].shape if images else (image.shape[0], image.shape[0], 3)
        if image.shape != wanted:
            raise UsageError(
                f"{path}: all images must be square and of one size, {wanted[1]}x{wanted[0]}; "
                f"received {image.shape[1]}x{image.shape[0]}: crop or resize them first"
            )
        images.append(image)
    return images
