"""Evaluation of networks of Y and of RGB, and of every form of a network."""

import numpy as np
import pytest

from photos import make_photo
from sesr.catalog.shipped import MODELS_FOLDER
from sesr.errors import UsageError
from sesr.evaluation.forms import open_candidate
from sesr.evaluation.protocol import evaluate
from sesr.pixels.color import FloatImage, rgb_to_y
from sesr.pixels.imresize import imresize


def bicubic(image: FloatImage) -> FloatImage:
    return np.clip(imresize(image, 2), 0, 1)


def test_rgb_is_compared_by_its_luma() -> None:
    """Bicubic is linear, so through RGB it scores as through Y, but for clipping."""
    images = [("photo", make_photo(48, 56) // 2 + 60)]
    by_luma = evaluate(bicubic, images, 2)
    by_rgb = evaluate(bicubic, images, 2, channels=3)
    assert by_luma.psnr == pytest.approx(by_luma.bicubic_psnr, abs=1e-6)
    assert by_rgb.psnr == pytest.approx(by_luma.psnr, abs=1e-3)
    assert by_rgb.bicubic_psnr == by_luma.bicubic_psnr


def test_a_gray_image_is_its_own_luma_through_rgb_too() -> None:
    images = [("gray", make_photo(48, 56)[..., 0] // 2 + 60)]
    by_rgb = evaluate(bicubic, images, 2, channels=3)
    assert by_rgb.psnr == pytest.approx(by_rgb.bicubic_psnr, abs=1e-3)
    assert by_rgb.ssim == pytest.approx(by_rgb.bicubic_ssim, abs=1e-4)


def test_a_network_of_another_color_space_is_found_out_by_its_score() -> None:
    images = [("photo", make_photo(48, 56))]
    swapped = evaluate(lambda image: bicubic(image[..., ::-1]), images, 2, channels=3)
    assert swapped.psnr < swapped.bicubic_psnr - 1


@pytest.mark.parametrize("form", ["litert", "collapsed", "keras"])
@pytest.mark.parametrize("stem", ["m5_x2_y", "m2_x2_rgb"])
def test_every_form_of_a_model_scores_the_same(stem: str, form: str) -> None:
    pytest.importorskip("keras")
    candidate = open_candidate(str(MODELS_FOLDER / f"{stem}.tflite"), 2, form=form)
    assert candidate.form == form
    image = make_photo(40, 52)
    image = image if candidate.channels == 3 else rgb_to_y(image.astype(np.float32) / 255)[..., 0]
    image = image.astype(np.float32)
    image /= image.max()
    expected = open_candidate(str(MODELS_FOLDER / f"{stem}.tflite"), 2).run(image)
    np.testing.assert_allclose(candidate.run(image), expected, atol=1e-5)


def test_an_unknown_form_names_the_forms() -> None:
    with pytest.raises(UsageError, match="must be one of litert, collapsed, keras; received 'h5'"):
        open_candidate("M5", 2, form="h5")


def test_a_file_for_another_scale_is_refused() -> None:
    with pytest.raises(UsageError, match="this model is for x2; received scale 4"):
        open_candidate(str(MODELS_FOLDER / "m5_x2_y.tflite"), 4)
