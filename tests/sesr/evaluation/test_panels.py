"""The picture that compares."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photos import make_photo
from sesr.errors import UsageError
from sesr.evaluation.forms import open_candidate
from sesr.evaluation.panels import BORDER, CAPTION, compare, enlarge, side_by_side, write_panels


def test_the_detail_is_shown_in_three_versions() -> None:
    image = make_photo(64, 81)
    picture = compare(open_candidate("M5", 2), image, 2, (10, 20, 30, 24))
    # Repeated ten times, as 24 pixels are less than a tenth of 240.
    height, width = 240, 300
    assert picture.shape == (CAPTION + height + BORDER, 3 * (width + 2 * BORDER), 3)
    panels = np.split(picture, 3, axis=1)
    details = [p[CAPTION:-BORDER:10, BORDER:-BORDER:10] for p in panels]
    np.testing.assert_array_equal(details[0], image[20:44, 10:40])
    errors = [np.square(d.astype(float) - details[0]).mean() for d in details[1:]]
    assert all(0 < error < 3000 for error in errors)
    assert errors[0] != errors[1]


def test_the_detail_is_chosen_where_bicubic_errs() -> None:
    image = np.full((64, 96, 3), 120, np.uint8)
    image[40:44:2, 70:80] = 255
    picture = compare(open_candidate("M5", 2), image, 2)
    original = picture[CAPTION:-BORDER, BORDER : picture.shape[1] // 3 - BORDER]
    assert (original == 255).any()


@pytest.mark.parametrize(("name", "channels"), [("M5", 1), ("M2", 3)])
def test_colors_survive(name: str, channels: int) -> None:
    small = np.zeros((20, 24, 3), np.uint8) + np.array([200, 90, 30], np.uint8)
    large = enlarge(open_candidate(name, 2, channels), small, 2)
    assert large.shape == (40, 48, 3)
    assert np.abs(large[10:-10, 10:-10].astype(int) - small[0, 0]).max() <= 4


def test_gray_images_can_be_compared() -> None:
    gray = make_photo(48, 48)[..., 0]
    assert compare(open_candidate("M5", 2), gray, 2, (0, 0, 24, 24)).ndim == 3


def test_panels_stand_in_order() -> None:
    dark, bright = np.zeros((240, 240, 3), np.uint8), np.full((240, 240, 3), 200, np.uint8)
    picture = side_by_side({"dark": dark, "bright": bright})
    assert picture[CAPTION + 5, BORDER + 5].tolist() == [0, 0, 0]
    assert picture[CAPTION + 5, -BORDER - 5].tolist() == [200, 200, 200]


def test_the_suffix_names_the_format(tmp_path: Path) -> None:
    picture = make_photo(20, 30)
    write_panels(tmp_path / "picture.PNG", picture)
    with Image.open(tmp_path / "picture.PNG") as image:
        np.testing.assert_array_equal(np.asarray(image), picture)
    with pytest.raises(UsageError, match=r"picture\.doc: the suffix .* try picture\.png"):
        write_panels(tmp_path / "picture.doc", picture)


@pytest.mark.parametrize("detail", [(0, 0, 0, 9), (-1, 0, 9, 9), (60, 0, 9, 9)])
def test_a_detail_outside_is_refused(detail: tuple[int, int, int, int]) -> None:
    with pytest.raises(UsageError, match=r"detail .* received \("):
        compare(open_candidate("M5", 2), make_photo(64, 64), 2, detail)
