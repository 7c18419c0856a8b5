from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photos import make_photo
from sesr.errors import UsageError
from sesr.pixels.imresize import crop_to_multiple, imresize, shrink_to_uint8


@pytest.mark.parametrize("scale", [0.25, 0.5, 2, 4, 1.5])
def test_constants_stay_constant(scale: float) -> None:
    resized = imresize(np.full((12, 20, 3), 0.3, np.float32), scale)
    assert resized.shape == (round(12 * scale), round(20 * scale), 3)
    np.testing.assert_allclose(resized, 0.3, atol=1e-6)


@pytest.mark.parametrize("scale", [0.25, 0.5, 2, 4])
def test_inside_it_agrees_with_pillows_cubic(scale: float) -> None:
    # The same kernel, antialiased alike; only the treatment of borders differs.
    image = make_photo(64, 80)[..., 0].astype(np.float32)
    size = (int(80 * scale), int(64 * scale))
    expected = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))
    border = int(max(3, 3 * scale)) * 4
    inside = (slice(border, -border),) * 2 if scale >= 1 else (slice(3, -3),) * 2
    np.testing.assert_allclose(imresize(image, scale)[inside], expected[inside], atol=2e-3)


def test_borders_are_mirrored() -> None:
    image = make_photo(16, 16)[..., 0].astype(np.float32)
    mirrored = np.pad(image, 16, mode="symmetric")
    inside = (slice(32, 64),) * 2
    np.testing.assert_allclose(imresize(image, 2), imresize(mirrored, 2)[inside], atol=1e-3)


def test_shrinking_rounds_to_nearest() -> None:
    assert shrink_to_uint8(np.full((4, 4, 3), 200, np.uint8), 2).tolist() == [[[200] * 3] * 2] * 2


def test_cropping_to_a_multiple() -> None:
    assert crop_to_multiple(np.zeros((11, 14, 3), np.uint8), 4).shape == (8, 12, 3)


def test_a_scale_of_zero_is_refused() -> None:
    with pytest.raises(UsageError, match="above 0; received 0"):
        imresize(np.zeros((2, 2), np.float32), 0)


@pytest.mark.parametrize(
    ("name", "scale", "expected"),
    [("Set5", 2, 33.66), ("Set5", 4, 28.42), ("Set14", 2, 30.24), ("Set14", 4, 26.00)],
)
def test_bicubic_reaches_its_published_psnr(
    real_data: Path, name: str, scale: int, expected: float
) -> None:
    from sesr.evaluation.protocol import evaluate
    from sesr_datasets.image_folder import find_images, read_image

    images = (
        (path.name, read_image(path)) for path in find_images([real_data / "sr" / "test" / name])
    )
    scores = evaluate(lambda low: imresize(low, scale), images, scale)
    assert scores.bicubic_psnr == pytest.approx(expected, abs=0.02)
