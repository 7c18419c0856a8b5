"""Labelled images as folders, one a class."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sesr.errors import ImageError, UsageError
from sesr_datasets.labelled.class_folders import read_class_folders


def write(folder: Path, name: str, count: int, size: tuple[int, int] = (8, 8)) -> None:
    (folder / name).mkdir(parents=True, exist_ok=True)
    for index in range(count):
        Image.new("RGB", size, (index, 0, 0)).save(folder / name / f"{size[0]}_{index}.png")


def test_reads_classes_in_order(tmp_path: Path) -> None:
    write(tmp_path, "dog", 2)
    write(tmp_path, "cat", 3)
    (tmp_path / ".hidden").mkdir()
    data = read_class_folders(tmp_path)
    assert data.classes == ("cat", "dog")
    assert data.labels.tolist() == [0, 0, 0, 1, 1]
    assert data.images[..., 0].max(axis=(1, 2)).tolist() == [0, 1, 2, 0, 1]
    assert (data.images.dtype, data.side, len(data)) == (np.uint8, 8, 5)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder; give one that holds a folder a class"):
        read_class_folders(tmp_path / "none")


def test_one_class(tmp_path: Path) -> None:
    write(tmp_path, "cat", 3)
    with pytest.raises(UsageError, match=r"needs at least 2 classes, .*; received cat"):
        read_class_folders(tmp_path)


def test_empty_class_is_named_before_images_are_read(tmp_path: Path) -> None:
    write(tmp_path, "cat", 1)
    (tmp_path / "cat" / "damaged.png").write_bytes(b"no image")
    (tmp_path / "dog").mkdir()
    with pytest.raises(UsageError, match="dog: this class holds no image"):
        read_class_folders(tmp_path)
    write(tmp_path, "dog", 1)
    with pytest.raises(ImageError, match=r"damaged.png: not a readable image"):
        read_class_folders(tmp_path)


@pytest.mark.parametrize(
    ("size", "received"), [((9, 9), "9x9"), ((8, 9), "8x9"), ((16, 8), "16x8")]
)
def test_other_size(tmp_path: Path, size: tuple[int, int], received: str) -> None:
    write(tmp_path, "cat", 2)
    write(tmp_path, "dog", 1, size)
    with pytest.raises(UsageError, match=f"one size, 8x8; received {received}: crop or resize"):
        read_class_folders(tmp_path)


def test_first_image_not_square(tmp_path: Path) -> None:
    write(tmp_path, "cat", 2, (6, 8))
    write(tmp_path, "dog", 2, (6, 8))
    with pytest.raises(UsageError, match="square and of one size, 8x8; received 6x8"):
        read_class_folders(tmp_path)
