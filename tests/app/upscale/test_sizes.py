"""Any scale: the passes that reach it, and that bands between two passes leave no seam."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from command import assert_fails, sesr
from photos import make_photo
from sesr import Upscaler
from sesr.catalog.shipped import find_model
from sesr.evaluation.metrics import psnr
from sesr.pixels.color import rgb_to_y
from sesr.pixels.imresize import crop_to_multiple, imresize, shrink_to_uint8
from sesr_app.upscale import passes
from sesr_app.upscale.passes import Enlarger, pass_on
from sesr_app.upscale.plan.sizing import Sizing


def save(path: Path, height: int = 12, width: int = 16) -> Path:
    Image.fromarray(make_photo(height, width)).save(path)
    return path


@pytest.mark.parametrize(
    ("scale", "size", "label"),
    [
        ("2", (32, 24), "x2"),
        ("3", (48, 36), "x3"),
        ("1.5", (24, 18), "x1.5"),
        ("150%", (24, 18), "x1.5"),
        ("8", (128, 96), "x8"),
        ("x4", (64, 48), "x4"),
    ],
)
def test_every_scale_has_its_size_and_name(
    tmp_path: Path, scale: str, size: tuple[int, int], label: str
) -> None:
    path = save(tmp_path / "photo.png")
    result = sesr("upscale", path, "-s", scale)
    assert (result.returncode, result.stderr) == (0, "")
    with Image.open(tmp_path / f"photo_{label}.png") as image:
        assert image.size == size


def enlarged(image: np.ndarray, sizing: Sizing, model: str = "M5") -> np.ndarray:
    return np.concatenate(list(Enlarger(model).bands(image, sizing)))


@pytest.mark.parametrize("channels", [0, 2, 3, 4])
@pytest.mark.parametrize("first", [1, 5, 40, 200])
def test_a_second_pass_joins_to_the_bit(
    monkeypatch: pytest.MonkeyPatch, channels: int, first: int
) -> None:
    monkeypatch.setattr(passes, "_ROWS", 37)
    image = make_photo(150, 30)
    if channels in (2, 4):
        y, x = np.mgrid[:150, :30]
        alpha = np.clip(600 - 8 * np.hypot(y - 70, x - 15), 0, 255).astype(np.uint8)
        image = np.dstack([image[..., : channels - 1], alpha])
    elif channels == 0:
        image = image[..., 0]

    def bands() -> Iterator[np.ndarray]:
        yield image[:first]
        yield from (image[row : row + 1] for row in range(first, len(image)))

    told: list[float] = []
    upscaler = Upscaler()
    parts = pass_on(upscaler, bands(), 150, lambda done, total: told.append(done / total))
    np.testing.assert_array_equal(np.concatenate(list(parts)), upscaler(image))
    assert told[-1] == 1
    assert told == sorted(told)


class Counted:
    """An image that remembers which rows of it were read."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels, self.shape, self.seen = pixels, pixels.shape, range(0)

    def read(self, rows: range) -> np.ndarray:
        self.seen = rows
        return self.pixels[rows.start : rows.stop]


@pytest.mark.parametrize("kind", ["gray", "gray alpha", "rgb", "rgba", "rgb16"])
@pytest.mark.parametrize("scale", [2, 8, 1.5])
def test_any_rows_of_a_result_are_those_of_the_whole(kind: str, scale: float) -> None:
    image = make_photo(460, 40)
    y, x = np.mgrid[:460, :40]
    alpha = np.clip(900 - 8 * np.hypot(y - 230, x - 15), 0, 255).astype(np.uint8)
    forms = {
        "gray": image[..., 0],
        "gray alpha": np.dstack([image[..., 0], alpha]),
        "rgb": image,
        "rgba": np.dstack([image, alpha]),
        "rgb16": image.astype(np.uint16) * 257,
    }
    source, sizing = Counted(forms[kind]), Sizing(scale)
    enlarger = Enlarger("M5")
    whole = np.concatenate(list(enlarger.bands(source.pixels, sizing)))
    for first in range(0, len(whole), 256):
        rows = range(first, min(first + 256, len(whole)))
        part = np.concatenate(list(enlarger.rows(source, sizing, rows)))
        np.testing.assert_array_equal(part, whole[first : rows.stop])
        assert len(source.seen) < 460


def test_eight_times_is_four_and_then_two() -> None:
    image = make_photo(20, 24)
    expected = Upscaler(scale=2)(Upscaler(scale=4)(image))
    np.testing.assert_array_equal(enlarged(image, Sizing(8)), expected)


def test_three_times_is_sharper_than_bicubic(real_data: Path) -> None:
    gains = []
    for path in sorted((real_data / "sr" / "test" / "Set5").iterdir()):
        with Image.open(path) as file:
            high = crop_to_multiple(np.asarray(file.convert("RGB")), 3)
        small = shrink_to_uint8(high, 3)
        ours = enlarged(small, Sizing(3))
        bicubic = np.clip(imresize(small.astype(np.float32), 3), 0, 255)
        levels = [rgb_to_y(np.float32(x) / 255)[..., 0] for x in (high, ours, bicubic)]
        gains.append(psnr(levels[1], levels[0], 3) - psnr(levels[2], levels[0], 3))
    assert np.mean(gains) > 1.5


def test_a_model_for_x4_alone_reaches_every_size(tmp_path: Path) -> None:
    path, four = save(tmp_path / "photo.png"), find_model("M3", 4)
    model = tmp_path / "mine.tflite"
    model.write_bytes(four.litert.read_bytes())
    model.with_suffix(".json").write_bytes(four.card_file.read_bytes())
    for options, name, size in (
        (["--max-side", "20"], "photo_max20.png", (20, 15)),
        (["--max-side", "48"], "photo_max48.png", (48, 36)),
        ([], "photo_x4.png", (64, 48)),
        (["-s", "2"], "photo_x2.png", (32, 24)),
    ):
        result = sesr("upscale", path, "-m", model, *options)
        assert (result.returncode, result.stderr) == (0, "")
        with Image.open(tmp_path / name) as image:
            assert image.size == size


def test_a_model_for_x2_alone_goes_twice(tmp_path: Path) -> None:
    path = save(tmp_path / "photo.png")
    assert sesr("upscale", path, "-m", "N5", "-s", "4").returncode == 0
    twice = Upscaler("N5")(Upscaler("N5")(make_photo(12, 16)))
    with Image.open(tmp_path / "photo_x4.png") as image:
        np.testing.assert_array_equal(np.asarray(image), twice)


@pytest.mark.parametrize("options", [["-m", "M2", "--rgb"], ["-m", "M5", "--rgb"]])
def test_every_model_that_is_listed_upscales(tmp_path: Path, options: list[str]) -> None:
    path = save(tmp_path / "photo.png")
    assert sesr("upscale", path, *options).returncode == 0
    with Image.open(tmp_path / "photo_x2.png") as image:
        np.testing.assert_array_equal(
            np.asarray(image), Upscaler(options[1], channels=3)(make_photo(12, 16))
        )


def test_what_networks_cannot_reach_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "photo.png", 100, 128)
    result = sesr("upscale", path, "--width", "2000")
    assert_fails(result, 1, "photo.png: 2000x1562 is 15.6 times", "at most 1024x800")
    assert list(tmp_path.iterdir()) == [path]


def test_interpolation_beyond_the_network_is_told(tmp_path: Path) -> None:
    path = save(tmp_path / "photo.png")
    result = sesr("upscale", path, "--scale", "2", "--width", "100", "--json")
    assert result.returncode == 0
    assert "the last 3.1 times are interpolated" in result.stderr
    assert json.loads(result.stdout)["width"] == 100


def test_too_large_for_the_format_is_known_before_decoding(tmp_path: Path) -> None:
    path = save(tmp_path / "photo.png", 4, 3000)
    path.write_bytes(path.read_bytes()[:200])
    result = sesr("upscale", path, "-s", "8", "-f", "webp")
    assert_fails(result, 1, "photo.png: 24000x32 is too large for webp", "write png instead")
