from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photos import make_photo
from sesr.errors import ImageError, SesrError
from sesr_datasets.image_folder import SUFFIXES, find_images, read_image, read_rgb


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep" / "deeper").mkdir(parents=True)
    (tmp_path / ".hidden").mkdir()
    image = Image.fromarray(make_photo(12, 16))
    for name in ("b.png", "a.JPG", "deep/deeper/c.webp", "deep/d.bmp", "e.tiff"):
        image.save(tmp_path / name)
    image.save(tmp_path / ".hidden" / "x.png")
    image.save(tmp_path / "._junk.png")
    (tmp_path / "notes.txt").write_text("no image")
    return tmp_path


def test_images_are_found_at_any_depth_in_order(folder: Path) -> None:
    names = [path.relative_to(folder).as_posix() for path in find_images([folder])]
    assert names == ["a.JPG", "b.png", "deep/d.bmp", "deep/deeper/c.webp", "e.tiff"]


def test_patterns_are_left_out(folder: Path) -> None:
    names = [path.name for path in find_images([folder], exclude=["a.*", "c*"])]
    assert names == ["b.png", "d.bmp", "e.tiff"]


def test_every_suffix_can_be_read(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        Image.fromarray(make_photo(8, 9)).save(tmp_path / f"x{suffix}")
    for path in find_images([tmp_path]):
        assert read_rgb(path).shape == (8, 9, 3)


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SesrError, match="holds no image"):
        find_images([tmp_path])


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SesrError, match="no such folder"):
        find_images([tmp_path / "none"])


def test_orientation_is_applied(tmp_path: Path) -> None:
    image = Image.fromarray(make_photo(10, 20))
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(tmp_path / "turned.jpg", exif=exif)
    assert read_rgb(tmp_path / "turned.jpg").shape == (20, 10, 3)


def test_gray_stays_gray_unless_rgb_is_asked_for(tmp_path: Path) -> None:
    gray = make_photo(6, 7)[..., 0]
    Image.fromarray(gray).save(tmp_path / "gray.png")
    np.testing.assert_array_equal(read_image(tmp_path / "gray.png"), gray)
    np.testing.assert_array_equal(read_rgb(tmp_path / "gray.png"), np.stack([gray] * 3, axis=-1))


@pytest.mark.parametrize("content", [b"", b"not an image", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.png"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=r"bad\.png: not a readable image"):
        read_rgb(path)


def test_whatever_a_decoder_raises_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise IndexError("deep inside")

    monkeypatch.setattr(Image, "open", fail)
    with pytest.raises(ImageError, match=r"odd\.png: not a readable image \(deep inside\)"):
        read_rgb(tmp_path / "odd.png")
