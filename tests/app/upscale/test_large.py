"""`sesr upscale --tiled`: parts that survive a kill make what the image makes as a whole."""

import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from command import assert_fails, changed_command, sesr
from images import pixels_of
from photos import make_photo
from sesr.errors import ImageError
from sesr.files import folder_of
from sesr_app.images import MAX_MEGAPIXELS, format_named, open_picture
from sesr_app.upscale.enlarge import FileEnlarger
from sesr_app.upscale.large import choice, task
from sesr_app.upscale.large.choice import in_parts
from sesr_app.upscale.large.enlarge import LargeEnlarger
from sesr_app.upscale.options import UpscaleOptions
from sesr_app.upscale.passes import Enlarger
from sesr_app.upscale.plan.inputs import InputImage
from sesr_app.upscale.plan.outputs import Job
from sesr_app.upscale.plan.settings import Settings
from sesr_app.upscale.plan.sizing import Sizing
from sesr_app.upscale.work import Work

SMALL_PARTS = "import sesr_app.upscale.large.task as task; task._PIXELS = 1"
"""Parts of one row of tiles."""

ENLARGER = Enlarger("M5")


def photo(kind: str, height: int, width: int) -> np.ndarray:
    image = make_photo(height, width)
    y, x = np.mgrid[:height, :width]
    alpha = np.clip(4 * height - 8 * np.hypot(y - height / 2, x - 15), 0, 255).astype(np.uint8)
    return {
        "gray": image[..., 0],
        "gray alpha": np.dstack([image[..., 0], alpha]),
        "rgb": image,
        "rgba": np.dstack([image, alpha]),
        "gray16": image[..., 0].astype(np.uint16) * 257,
        "rgb16": image.astype(np.uint16) * 250 + alpha[..., np.newaxis],
    }[kind]


def save(path: Path, image: np.ndarray, **options: Any) -> Path:
    channels = image.shape[2:]
    kind = {"photometric": "rgb" if channels in ((3,), (4,)) else "minisblack"}
    extra = {"extrasamples": ["unassalpha"]} if channels in ((2,), (4,)) else {}
    tifffile.imwrite(path, image, metadata=None, **kind, **extra, **options)
    return path


def work(path: Path, target: Path, scale: float = 2, **settings: Any) -> Work:
    job = Job(InputImage(path, None), target, format_named("tiff"))
    settings = {"sizing": Sizing(scale), **settings}
    return Work(job, ENLARGER, Settings(**settings), lambda label, done, total: None)


def assert_same(path: Path, **settings: Any) -> None:
    """In parts, and as a whole."""
    parts, whole = path.with_name("parts.tif"), path.with_name("whole.tif")
    made = LargeEnlarger(work(path, parts, **settings)).run()
    expected = FileEnlarger(work(path, whole, **settings)).run()
    assert (made.width, made.height, made.warnings, made.artefacts) == (
        expected.width, expected.height, expected.warnings, expected.artefacts
    )  # fmt: skip
    one, other = open_picture(parts), open_picture(whole)
    assert one.metadata == other.metadata
    np.testing.assert_array_equal(pixels_of(one)[0], pixels_of(other)[0])
    with tifffile.TiffFile(parts) as file:
        assert (file.is_bigtiff, file.pages[0].is_tiled) == (True, True)
    assert not folder_of(parts).exists()


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task, "_PIXELS", 1)


@pytest.mark.parametrize("kind", ["gray", "gray alpha", "rgb", "rgba", "gray16", "rgb16"])
@pytest.mark.parametrize("size", [(300, 41), (257, 130)])
def test_every_kind_is_that_of_the_whole(tmp_path: Path, kind: str, size: tuple[int, int]) -> None:
    assert_same(save(tmp_path / "in.tif", photo(kind, *size), tile=(48, 32), compression="zlib"))


@pytest.mark.parametrize("scale", [1.5, 3, 4, 8])
def test_every_scale_is_that_of_the_whole(tmp_path: Path, scale: float) -> None:
    assert_same(save(tmp_path / "in.tif", photo("rgba", 270, 40), tile=(64, 16)), scale=scale)


@pytest.mark.parametrize(
    "layout", [{"rowsperstrip": 11}, {"tile": (64, 64), "bigtiff": True, "predictor": True,
                                      "compression": "zlib"}], ids=str
)  # fmt: skip
@pytest.mark.parametrize("orientation", [1, 4, 6])
def test_every_layout_is_that_of_the_whole(
    tmp_path: Path, layout: dict[str, Any], orientation: int
) -> None:
    turned = [(274, 3, 1, orientation, True)]
    assert_same(save(tmp_path / "in.tif", photo("rgb", 280, 200), extratags=turned, **layout))


@pytest.mark.parametrize("compression", ["tiff_lzw", "jpeg"])
def test_what_libtiff_unpacks_is_that_of_the_whole(tmp_path: Path, compression: str) -> None:
    path = tmp_path / "in.tif"
    options = {"quality": 90} if compression == "jpeg" else {}
    Image.fromarray(photo("rgb", 300, 90)).save(
        path, compression=compression, strip_size=270 * 16, **options
    )
    assert_same(path)


@pytest.mark.parametrize("strip", [False, True])
def test_notes_are_those_of_the_whole(tmp_path: Path, strip: bool) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Maker", 8
    exif.get_ifd(0x8769)[0x9003] = "2024:01:02 03:04:05"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = tmp_path / "in.tif"
    Image.fromarray(photo("rgb", 30, 300)).save(
        path, exif=exif, dpi=(300, 300), icc_profile=profile
    )
    assert_same(path, strip=strip)
    found = open_picture(path.with_name("parts.tif")).metadata
    assert bool(found.exif and b"Maker" in found.exif) != strip
    assert found.icc_profile == profile


def test_large_ones_go_in_parts_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(tmp_path / "in.tif", photo("rgb", 100, 101))
    given = work(path, tmp_path / "out.tif", max_megapixels=0.02)
    assert not in_parts(given.job, given.settings)
    monkeypatch.setattr(choice, "MAX_MEGAPIXELS", 0.01)
    assert in_parts(given.job, given.settings)
    assert not in_parts(given.job, given.settings._replace(max_megapixels=0.01))
    assert not in_parts(given.job._replace(format=format_named("png")), given.settings)
    planes = save(tmp_path / "pages.tif", np.stack([photo("rgb", 100, 101)] * 2))
    assert not in_parts(given.job._replace(image=InputImage(planes, None)), given.settings)


def test_any_size_goes_in_parts_unless_a_limit_is_given() -> None:
    asked = UpscaleOptions(inputs=("slide.tif",), tiled=True)
    assert asked.settings.max_megapixels == float("inf")
    assert replace(asked, max_megapixels=300).settings.max_megapixels == 300
    assert replace(asked, tiled=False).settings.max_megapixels == MAX_MEGAPIXELS


def test_limits_and_sizes_are_heeded(tmp_path: Path) -> None:
    path = save(tmp_path / "in.tif", photo("rgb", 100, 101))
    with pytest.raises(ImageError, match="raise --max-megapixels"):
        LargeEnlarger(work(path, tmp_path / "out.tif", max_megapixels=0.01)).run()
    with pytest.raises(ImageError, match="networks reach 8 times"):
        LargeEnlarger(work(path, tmp_path / "out.tif", sizing=Sizing(width=1000))).run()
    assert [left.name for left in tmp_path.iterdir()] == ["in.tif"]


def test_a_damaged_tile_leaves_nothing(tmp_path: Path) -> None:
    path = save(tmp_path / "in.tif", photo("rgb", 600, 40), tile=(64, 64), compression="zlib")
    with tifffile.TiffFile(path) as file:
        place = file.pages[0].dataoffsets[-1]
    content = bytearray(path.read_bytes())
    content[place : place + 20] = bytes(20)
    path.write_bytes(content)
    result = sesr("upscale", path, "--tiled")
    assert_fails(result, 1, f"{path}: damaged or unreadable")
    assert [left.name for left in tmp_path.iterdir()] == ["in.tif"]


def test_what_goes_with_no_parts_is_one_line(tmp_path: Path) -> None:
    path, png = save(tmp_path / "in.tif", photo("rgb", 20, 20)), tmp_path / "in.png"
    Image.fromarray(photo("rgb", 20, 20)).save(png)
    assert_fails(sesr("upscale", png, "--tiled"), 1, "is png, and --tiled reads parts of TIFF")
    named = sesr("upscale", path, "-o", tmp_path / "out.jpg", "--tiled")
    assert_fails(named, 1, "--tiled writes TIFF; call it .tif")


def start(*arguments: object) -> subprocess.Popen[str]:
    command = changed_command(SMALL_PARTS, "upscale", *arguments)
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)


def done(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("[0-9]*.tiles")}


def wait_for_parts(process: subprocess.Popen[str], folder: Path, count: int) -> None:
    while process.poll() is None and len(done(folder)) < count:
        time.sleep(0.005)


def test_killed_it_goes_on_with_what_is_missing(tmp_path: Path) -> None:
    path = save(tmp_path / "in.tif", photo("rgb", 2500, 300), tile=(64, 64))
    whole, target = tmp_path / "whole.tif", tmp_path / "large.tif"
    assert sesr("upscale", path, "-o", whole, "--tiled").returncode == 0
    for parts in (1, 5):
        process = start(path, "-o", target, "--tiled")
        wait_for_parts(process, folder_of(target), parts)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert not target.exists()
    kept = done(folder_of(target))
    assert len(kept) >= 5
    # A part that is cut short is made again.
    broken = folder_of(target) / min(kept)
    broken.write_bytes(broken.read_bytes()[:-1])
    process = start(path, "-o", target, "--tiled")
    wait_for_parts(process, folder_of(target), len(kept) + 1)
    del kept[broken.name]
    assert kept.items() <= done(folder_of(target)).items()
    _, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    np.testing.assert_array_equal(tifffile.imread(target), tifffile.imread(whole))
    assert not folder_of(target).exists()


def test_another_input_begins_anew(tmp_path: Path) -> None:
    path = save(tmp_path / "in.tif", photo("rgb", 2500, 300), tile=(64, 64))
    target = tmp_path / "large.tif"
    process = start(path, "-o", target, "--tiled")
    wait_for_parts(process, folder_of(target), 2)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    save(path, 255 - photo("rgb", 2500, 300), tile=(64, 64))
    process = start(path, "-o", target, "--tiled")
    process.communicate()
    whole = tmp_path / "whole.tif"
    assert sesr("upscale", path, "-o", whole).returncode == 0
    np.testing.assert_array_equal(tifffile.imread(target), tifffile.imread(whole))
