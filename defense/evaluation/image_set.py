"""The labelled images of an evaluation."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from defense.attacks import check_labels
from defense.batch import ImageBatch, check_batch
from sesr.errors import ImageError, UsageError

_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})
"""Endings of files that count as images, in lower case."""


@dataclass(frozen=True, slots=True)
class ImageSet:
    """Images of one size with their true classes.

    Attributes:
        images: (N, H, W, 3), float32 RGB in [0, 1].
        labels: (N,), int64.
        names: of the images, N of them.
    """

    images: ImageBatch
    labels: npt.NDArray[np.int64]
    names: tuple[str, ...]

    @classmethod
    def of(cls, images: Any, labels: Any, names: Any = None) -> ImageSet:
        """Check and join images and labels of any integer type; names are numbers if left out.

        Raises:
            UsageError: the images are no batch, or labels or names do not fit them.
        """
        batch = check_batch(images, "ImageSet")
        given = tuple(map(str, names if names is not None else range(len(batch))))
        if len(given) != len(batch):
            raise UsageError(f"{len(batch)} images need as many names; received {len(given)}")
        return cls(batch, check_labels(labels, len(batch)), given)

    def __len__(self) -> int:
        return len(self.images)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the images."""
        return self.images.shape[1], self.images.shape[2]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of images and labels, shortened."""
        digest = hashlib.sha256(self.images.tobytes())
        digest.update(self.labels.tobytes())
        return digest.hexdigest()[:16]

    def take(self, indices: Any) -> ImageSet:
        """Some of the images, by index or by a mask of N."""
        chosen = np.arange(len(self))[indices]
        names = tuple(self.names[i] for i in chosen)
        return ImageSet(self.images[chosen], self.labels[chosen], names)


def read_image_set(folder: Path, labels: Path, first: int | None = None, skip: int = 0) -> ImageSet:
    """Read images of one size and their labels.

    Args:
        folder: of the image files.
        labels: CSV with the columns `image` (file name in the folder) and `label` (class index
            from 0); other columns do not matter. Its order is the order of the set.
        first: only so many images.
        skip: leave out so many before.

    Raises:
        UsageError: the CSV lacks a column, a label is no whole number, labels and files do not
            match, or images differ in size.
        ImageError: a file cannot be read.
    """
    table = _read_table(labels)
    _check_files(folder, labels, table)
    stop = None if first is None else skip + first
    chosen = list(table.items())[skip:stop]
    if not chosen:
        raise UsageError(
            f"{labels}: no image is left after skipping {skip} of {len(table)}; skip fewer"
        )
    images = [_read(folder / name) for name, _ in chosen]
    for (name, _), image in zip(chosen, images, strict=True):
        if image.shape != images[0].shape:
            height, width = image.shape[:2]
            raise UsageError(
                f"{folder / name}: all images must have one size; received {width}x{height}, "
                f"while {chosen[0][0]} is {images[0].shape[1]}x{images[0].shape[0]}: "
                "crop or resize them first"
            )
    batch = np.stack(images).astype(np.float32) / np.float32(255)
    return ImageSet.of(batch, [label for _, label in chosen], [name for name, _ in chosen])


def _read_table(labels: Path) -> dict[str, int]:
    """Label by file name, in the order of the file."""
    try:
        with labels.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError:
        raise UsageError(f"{labels}: no such file of labels") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{labels}: not a readable CSV file ({error})") from error
    found: dict[str, int] = {}
    for number, row in enumerate(rows, start=2):
        name, label = row.get("image"), (row.get("label") or "").strip()
        if not name or not label.isdecimal():
            raise UsageError(
                f"{labels}: line {number} needs a file name in the column `image` and a class "
                f"index from 0 in the column `label`; received {name!r} and {label!r}"
            )
        if found.setdefault(name, int(label)) != int(label):
            raise UsageError(
                f"{labels}: line {number} gives {name} the class {label}, a line before it "
                f"{found[name]}: leave one of them out"
            )
    if not found:
        raise UsageError(f"{labels}: holds no label; it needs the columns image,label")
    return found


def _check_files(folder: Path, labels: Path, table: dict[str, int]) -> None:
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder of images")
    there = {path.name for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES}
    missing, unlabelled = sorted(set(table) - there), sorted(there - set(table))
    if missing:
        raise UsageError(
            f"{labels}: {len(missing)} of {len(table)} labelled images are not in {folder}, "
            f"the first is {missing[0]}"
        )
    if unlabelled:
        raise UsageError(
            f"{folder}: {len(unlabelled)} of {len(there)} images have no label in {labels}, "
            f"the first is {unlabelled[0]}"
        )


def _read(path: Path) -> npt.NDArray[np.uint8]:
    from PIL import Image

    try:
        with Image.open(path) as image:
            if image.mode.startswith(("I", "F")):
                raise ImageError(
                    f"{path}: has more than 8 bits a channel, which attacks don't take: convert "
                    "it to 8 first"
                )
            return np.asarray(image.convert("RGB"))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise ImageError(f"{path}: not a readable image ({error})") from error
