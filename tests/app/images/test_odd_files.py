"""Valid but odd files show what their formats say, and what a second decoder reads.

The default run takes a few hundred; `-m slow` takes 20,000.
"""

import io
from functools import cache

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings

from images import pixels_of, written
from odd_files import KINDS, OddFile, shown
from sesr import Upscaler
from sesr_app.images import open_picture

FEW, MANY = 75, 5000
LEVELS = 3 / 255
FEWEST_PIXELS = 12
"""Of a side; the mean over less is that of its noise."""

CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@cache
def upscaler() -> Upscaler:
    return Upscaler("M5")


def rgba(pixels: np.ndarray) -> np.ndarray:
    return shown(pixels, np.iinfo(pixels.dtype).max)


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Mean, of what is visible."""
    assert a.shape == b.shape
    a, b = (image * [*[1] * 3, 1] for image in (a, b))
    for image in (a, b):
        image[..., :3] *= image[..., 3:]
    return float(np.abs(a - b).mean())


def second_reading(case: OddFile, content: bytes) -> np.ndarray | None:
    """What another decoder reads, as stored; None where it has no opinion."""
    if case.words.startswith("TIFF"):
        return None
    flags = cv2.IMREAD_UNCHANGED
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    if pixels is None or pixels.ndim == 2:
        return None if pixels is None else rgba(pixels)
    order = cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB
    return rgba(cv2.cvtColor(pixels, order))


def check(case: OddFile) -> None:
    """Decoded, enlarged and written, every frame shows what it should."""
    picture = open_picture(case.content)
    frames = pixels_of(picture)
    assert len(frames) == len(case.frames)
    limit = 1 / 510 if case.exact else LEVELS
    for pixels, truth in zip(frames, case.frames, strict=True):
        assert difference(rgba(pixels), truth) < limit, case.words
    if not case.smooth or min(case.frames[0].shape[:2]) < FEWEST_PIXELS:
        return
    enlarged = upscaler()(frames[0])
    kind = "png" if case.words[0] == "P" else "tiff"
    result = written(kind, enlarged, picture.metadata)
    if kind == "tiff":
        read = rgba(tifffile.imread(io.BytesIO(result)))
    else:
        found = second_reading(case, result)
        assert found is not None
        read = found
    height, width = case.frames[0].shape[:2]
    small = cv2.resize(read, (width, height), interpolation=cv2.INTER_AREA)
    assert difference(small, case.frames[0]) < LEVELS, case.words
    assert open_picture(result).metadata.orientation == 1


@pytest.mark.parametrize("kind", KINDS)
def test_odd_files_show_what_they_should(kind: str) -> None:
    @settings(max_examples=FEW, deadline=None, derandomize=True, suppress_health_check=CHECKS)
    @given(KINDS[kind])
    def run(case: OddFile) -> None:
        check(case)

    run()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_thousands_of_odd_files_show_what_they_should(kind: str) -> None:
    @settings(
        max_examples=MANY, deadline=None, derandomize=True, suppress_health_check=CHECKS,
        database=None,
    )  # fmt: skip
    @given(KINDS[kind])
    def run(case: OddFile) -> None:
        check(case)

    run()
