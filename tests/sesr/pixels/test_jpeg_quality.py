import io
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

import sesr
from photos import make_photo
from sesr.errors import UsageError
from sesr.pixels.jpeg_quality import estimate_jpeg_quality

PHOTO = make_photo(64, 64)

# From Photoshop's "Save as", level 8 of 12, and a camera's fine setting: not libjpeg's shape.
FLAT = [3] * 64
PHOTOSHOP_8 = [
    *(6, 4, 4, 6, 9, 11, 12, 16, 4, 5, 5, 6, 8, 10, 12, 12, 4, 5, 5, 6, 10, 12, 14, 19),
    *(6, 6, 6, 11, 12, 15, 19, 28, 9, 8, 10, 12, 16, 20, 27, 31, 11, 10, 12, 15, 20, 27, 31, 31),
    *(12, 12, 14, 19, 27, 31, 31, 31, 16, 12, 19, 28, 31, 31, 31, 31),
]


def tables_of(content: bytes) -> dict[int, list[int]]:
    with Image.open(io.BytesIO(content)) as image:
        return dict(image.quantization)


@pytest.mark.parametrize("quality", range(1, 101))
def test_what_pillow_wrote_is_read_exactly(quality: int) -> None:
    for progressive in (False, True):
        file = io.BytesIO()
        image = Image.fromarray(PHOTO)
        image.save(file, "JPEG", quality=quality, progressive=progressive)
        found = estimate_jpeg_quality(tables_of(file.getvalue()))
        assert found == quality or _same_steps(found, quality)


@pytest.mark.parametrize("quality", [30, 50, 75, 90, 95])
def test_what_opencv_wrote_is_read_exactly(quality: int) -> None:
    _, content = cv2.imencode(".jpg", PHOTO, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert estimate_jpeg_quality(tables_of(content.tobytes())) == quality


def test_gray_files_have_one_table() -> None:
    file = io.BytesIO()
    Image.fromarray(PHOTO[..., 0]).save(file, "JPEG", quality=60)
    assert estimate_jpeg_quality(tables_of(file.getvalue())) == 60


def test_tables_of_another_shape_get_the_nearest_strength() -> None:
    assert 80 <= estimate_jpeg_quality([PHOTOSHOP_8]) <= 90
    # mozjpeg's default is flatter than the standard: the same low steps, smaller high ones.
    standard = np.array(tables_of(_jpeg(75))[0])
    flatter = np.minimum(standard, 26)
    assert abs(estimate_jpeg_quality([flatter.tolist()]) - 75) <= 5
    assert 85 <= estimate_jpeg_quality([FLAT]) <= 97


@pytest.mark.parametrize(
    ("tables", "received"),
    [
        ([[1, 2, 3]], "64 steps above 0; received 3"),
        ({0: [0, *FLAT[1:]]}, "received 64 from 0"),
        ([[]], "received 0"),
        ([], "received no table"),
        ({}, "received no table"),
    ],
)
def test_wrong_tables_are_named(tables: Any, received: str) -> None:
    with pytest.raises(UsageError, match=received):
        estimate_jpeg_quality(tables)


def test_it_is_public() -> None:
    assert sesr.estimate_jpeg_quality is estimate_jpeg_quality


def _jpeg(quality: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(PHOTO).save(file, "JPEG", quality=quality)
    return file.getvalue()


def _same_steps(one: int, other: int) -> bool:
    """The lowest qualities are all clamped to the largest step."""
    return tables_of(_jpeg(one))[0] == tables_of(_jpeg(other))[0]
