from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from defense import Jpeg
from defense.batch import ImageBatch


def through_pillow(image: ImageBatch, quality: int) -> ImageBatch:
    file = io.BytesIO()
    Image.fromarray(np.rint(image * 255).astype(np.uint8)).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file), np.float32) / 255


@pytest.mark.parametrize("quality", [1, 50, 75, 100])
def test_equals_a_round_trip_through_pillow(quality: int, photos: ImageBatch) -> None:
    expected = np.stack([through_pillow(image, quality) for image in photos])
    # Two builds of the codec may round a pixel differently.
    np.testing.assert_allclose(Jpeg(quality)(photos), expected, atol=1.01 / 255)


def test_lower_quality_is_further_from_the_input(photos: ImageBatch) -> None:
    errors = [float(np.mean((Jpeg(q)(photos) - photos) ** 2)) for q in (95, 75, 40, 10)]
    assert errors == sorted(errors)
    assert errors[-1] > 4 * errors[0] > 0


def test_red_stays_red() -> None:
    red = np.zeros((1, 16, 16, 3), np.float32) + np.float32([1, 0, 0])
    np.testing.assert_allclose(Jpeg(90)(red), red, atol=2.1 / 255)
