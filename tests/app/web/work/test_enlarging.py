"""Photographs through the page's own work: the bytes of the command, and an end at any time."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageCms

from photos import make_photo
from sesr.errors import SesrError, UsageError
from sesr_app.commands import app
from sesr_app.upscale.work import Outcome
from sesr_app.web.work.enlarging import Enlarging, Wish
from sesr_app.web.work.interim import CancelledError, Interim
from sesr_app.web.work.looking import Look, save_png


@pytest.fixture
def photographs(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "photographs"
    folder.mkdir()
    exif = Image.Exif()
    exif[0x010E] = "a test"
    Image.fromarray(make_photo(40, 52)).save(folder / "it's a.jpg", quality=60, exif=exif)
    deep = make_photo(30, 41)[..., 0].astype(np.uint16) * 257
    Image.fromarray(deep).save(folder / "deep.png")
    return sorted(folder.iterdir())


def enlarge(photographs: list[Path], folder: Path, wish: Wish, **more: Any) -> list[Any]:
    folder.mkdir(exist_ok=True)
    stop = more.pop("stop", threading.Event())
    return list(Enlarging(photographs, folder, wish, 60, stop, more.pop("seconds", 600)).run())


def outcomes(told: list[Any]) -> list[Outcome]:
    return [one for one in told if isinstance(one, Outcome)]


@pytest.mark.parametrize(
    "wish",
    [Wish(), Wish("M3", 1.5, "heavy", "webp"), Wish("XL", 4, "clean", "tiff")],
    ids=lambda wish: wish.model,
)
def test_results_are_those_of_the_command_shown(
    wish: Wish, photographs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if wish.artefacts == "heavy":
        wish = Wish("M5", wish.scale, wish.artefacts, wish.format)
    made = outcomes(enlarge(photographs, tmp_path / "page", wish))
    assert [one.status for one in made] == ["ok", "ok"]
    monkeypatch.chdir(photographs[0].parent)
    words = wish.command([path.name for path in photographs])
    result = CliRunner().invoke(app, words[1:])
    assert result.exit_code == 0, result.output
    for one in made:
        assert one.job.target is not None
        assert one.job.target.read_bytes() == Path(one.job.target.name).read_bytes()


def test_the_command_leaves_defaults_out() -> None:
    assert Wish().command(["a.png"]) == ["sesr", "upscale", "a.png"]
    assert Wish(scale=1.5).command(["-a.png"]) == [
        *("sesr", "upscale", "./-a.png", "--scale", "1.5"),
    ]


def test_a_bad_file_does_not_stop_the_others(photographs: list[Path], tmp_path: Path) -> None:
    bad = photographs[0].with_name("bad.png")
    bad.write_bytes(b"\x89PNG\r\n\x1a\n and nothing more")
    made = outcomes(enlarge([bad, *photographs], tmp_path / "page", Wish()))
    assert [one.status for one in made] == ["failed", "ok", "ok"]
    assert "bad.png" in made[0].error


def test_a_job_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    photograph = tmp_path / "large.png"
    Image.fromarray(make_photo(700, 900)).save(photograph)
    stop = threading.Event()
    folder = tmp_path / "page"
    folder.mkdir()
    running = Enlarging([photograph] * 1, folder, Wish("XL", 4), 60, stop, 600).run()
    assert isinstance(next(running), Interim)
    stop.set()
    with pytest.raises(CancelledError):
        list(running)
    assert list(folder.iterdir()) == []
    assert not [one for one in threading.enumerate() if one.name.startswith("sesr-")
                and "tile" not in one.name]  # fmt: skip


def test_a_job_that_nobody_follows_ends(tmp_path: Path) -> None:
    photograph = tmp_path / "large.png"
    Image.fromarray(make_photo(700, 900)).save(photograph)
    folder = tmp_path / "page"
    folder.mkdir()
    running: Iterator[Any] = Enlarging(
        [photograph], folder, Wish("XL", 4), 60, threading.Event(), 600
    ).run()
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert list(folder.iterdir()) == []


def test_a_job_that_takes_too_long_ends(photographs: list[Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="minutes that a job may take"):
        enlarge(photographs, tmp_path / "page", Wish(), seconds=0.0)


def test_what_the_command_refuses_is_refused(photographs: list[Path], tmp_path: Path) -> None:
    for wish in (Wish("M99"), Wish(scale=99), Wish(format="exe"), Wish("M3", 2, "heavy")):
        with pytest.raises(SesrError):
            enlarge(photographs, tmp_path / "page", wish)


def look(tmp_path: Path, size: tuple[int, int]) -> Look:
    small, large = tmp_path / "small.png", tmp_path / "large.png"
    photo = Image.fromarray(make_photo(*size))
    photo.save(small)
    photo.resize((2 * photo.width, 2 * photo.height), Image.Resampling.BICUBIC).save(large)
    return Look(small, large)


def test_both_sides_have_one_size_and_place(tmp_path: Path) -> None:
    """The result is bicubic itself here, so that both must be the same picture."""
    seen = look(tmp_path, (300, 400))
    pair = seen.whole(tmp_path)
    assert size_of(pair.ours) == size_of(pair.bicubic) == seen.shown == (800, 600)
    assert difference(pair.bicubic, pair.ours) == 0
    for place in ((0.5, 0.5), (0, 0), (1, 1), (0.7, 0.1)):
        detail = seen.detail(tmp_path, *place)
        assert size_of(detail.ours) == size_of(detail.bicubic) == (640, 480)
        # At its ends a detail does not know its neighbours.
        assert difference(detail.bicubic, detail.ours, border=12) <= 1


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def pixels(path: Path) -> np.ndarray[Any, Any]:
    with Image.open(path) as image:
        return np.asarray(image, np.int16)


def difference(one: Path, other: Path, border: int = 0) -> int:
    a, b = pixels(one), pixels(other)
    inner = slice(border, -border or None)
    return int(np.abs(a - b)[inner, inner].max())


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_pictures_of_the_page_have_all_pixels_and_the_profile(mode: str, tmp_path: Path) -> None:
    image = Image.fromarray(make_photo(30, 41)).convert(mode)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    save_png(tmp_path / "a.png", image, profile if mode == "RGB" else None)
    with Image.open(tmp_path / "a.png") as found:
        assert (found.mode, found.tobytes()) == (mode, image.tobytes())
        assert found.info.get("icc_profile") == (profile if mode == "RGB" else None)


def test_large_results_are_shown_smaller(tmp_path: Path) -> None:
    seen = look(tmp_path, (600, 1000))
    assert (seen.size, seen.shown) == ((2000, 1200), (1600, 960))


def test_small_and_deep_images_are_shown_too(photographs: list[Path], tmp_path: Path) -> None:
    made = outcomes(enlarge(photographs, tmp_path / "page", Wish()))
    for path, one in zip(photographs, made, strict=True):
        assert one.job.target is not None
        seen = Look(path, one.job.target)
        assert seen.size == (one.width, one.height)
        assert size_of(seen.detail(tmp_path, 0.5, 0.5).ours)[0] == 2 * one.width
