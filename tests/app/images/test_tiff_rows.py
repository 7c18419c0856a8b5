"""Rows of a TIFF file are those of the whole, whatever its layout."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from images import decoded
from photos import make_photo
from sesr.errors import ImageError
from sesr_app.images.decode import tiff_rows
from sesr_app.images.decode.tiff_rows import TiffRows

RGB = make_photo(90, 71)
ALPHA = make_photo(90, 71, seed=3)[..., :1]
DEEP = RGB.astype(np.uint16) * 250 + ALPHA
IMAGES = {
    "gray": RGB[..., 0],
    "gray16": DEEP[..., 0],
    "rgb": RGB,
    "rgb16": DEEP,
    "rgba": np.dstack([RGB, ALPHA]),
    "rgba16": np.dstack([DEEP, ALPHA.astype(np.uint16) * 257]),
}
LAYOUTS: dict[str, dict[str, Any]] = {
    "strips": {"rowsperstrip": 7},
    "one strip": {"rowsperstrip": 90},
    "tiles": {"tile": (16, 32)},
    "deflate": {"tile": (32, 16), "compression": "zlib", "predictor": True},
    "big": {"tile": (16, 16), "bigtiff": True, "byteorder": ">"},
}


class Watched(io.BytesIO):
    """A file that counts the bytes of every reading."""

    def __init__(self, content: bytes, counts: list[int]) -> None:
        super().__init__(content)
        self._counts = counts

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self._counts.append(len(data))
        return data


def tiff(image: np.ndarray, **options: Any) -> bytes:
    kind = {"photometric": "minisblack" if image.ndim == 2 else "rgb"}
    extra = {"extrasamples": ["unassalpha"]} if image.shape[2:] == (4,) else {}
    file = io.BytesIO()
    tifffile.imwrite(file, image, **kind, **extra, **options)
    return file.getvalue()


def pillow(image: np.ndarray, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "TIFF", **options)
    return file.getvalue()


def rows_of(content: bytes, warnings: list[str] | None = None) -> TiffRows:
    warn = (warnings if warnings is not None else []).append
    return TiffRows("a.tiff", lambda: io.BytesIO(content), warn)


def assert_all_rows(content: bytes, step: int = 23) -> None:
    source, whole = rows_of(content), decoded(content)
    assert (source.shape, source.dtype) == (whole.shape, whole.dtype)
    for first in range(0, len(whole), step):
        rows = range(max(first - 5, 0), min(first + step, len(whole)))
        np.testing.assert_array_equal(source.read(rows), whole[rows.start : rows.stop])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", IMAGES)
def test_rows_are_those_of_the_whole(kind: str, layout: str) -> None:
    assert_all_rows(tiff(IMAGES[kind], **LAYOUTS[layout]))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("layout", ["strips", "tiles"])
def test_turned_images_are_read_upright(orientation: int, layout: str) -> None:
    turned = [(274, 3, 1, orientation, True)]
    assert_all_rows(tiff(RGB, extratags=turned, **LAYOUTS[layout]))


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "zstd", "jpeg"])
@pytest.mark.parametrize("kind", ["gray", "rgb"])
def test_what_libtiff_unpacks(kind: str, compression: str) -> None:
    options = {"quality": 90} if compression == "jpeg" else {}
    content = pillow(IMAGES[kind], compression=compression, strip_size=71 * 16 * 3, **options)
    assert_all_rows(content)


@pytest.mark.parametrize("layout", [{"tile": (16, 16)}, {"rowsperstrip": 90}], ids=str)
def test_planes_are_read_apart(layout: dict[str, Any]) -> None:
    content = tiff(np.moveaxis(DEEP, -1, 0), planarconfig="separate", **layout)
    assert_all_rows(content)


def test_of_one_strip_that_is_not_packed_some_rows_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tiff_rows, "_SHORT", 1000)
    content, read = tiff(RGB, rowsperstrip=90), []
    source = TiffRows("a.tiff", lambda: Watched(content, read))
    read.clear()
    np.testing.assert_array_equal(source.read(range(50, 60)), RGB[50:60])
    assert sum(read) < 20 * 71 * 3


def test_a_window_reads_its_own_tiles_only() -> None:
    content, read = tiff(RGB, tile=(16, 16), compression="zlib"), []
    source = TiffRows("a.tiff", lambda: Watched(content, read))
    read.clear()
    source.read(range(16))
    assert len(read) <= 3 + -(-71 // 16)


def test_smaller_copies_are_left_out_and_told() -> None:
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        writer.write(RGB, photometric="rgb", tile=(16, 16))
        writer.write(RGB[::2, ::2], photometric="rgb", tile=(16, 16), subfiletype=1)
    warnings: list[str] = []
    np.testing.assert_array_equal(rows_of(file.getvalue(), warnings).read(range(90)), RGB)
    assert warnings == ["has 1 smaller copies of itself, which were left out"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (pillow(np.dstack([RGB, ALPHA[..., 0]]), compression="raw")[:60], "damaged"),
        (tiff(RGB.astype(np.float32)), "has pixels that are no gray or RGB"),
        (tiff(np.stack([RGB, RGB])), "has 2 pages"),
    ],
)
def test_what_cannot_be_read_in_parts_is_one_line(content: bytes, words: str) -> None:
    with pytest.raises(ImageError, match=words):
        rows_of(content)


def test_a_damaged_tile_is_one_line(tmp_path: Path) -> None:
    content = bytearray(tiff(RGB, tile=(16, 16), compression="zlib"))
    place = tifffile.TiffFile(io.BytesIO(content)).pages[0].dataoffsets[0]
    content[place : place + 20] = bytes(20)
    source = rows_of(bytes(content))
    with pytest.raises(ImageError, match=r"a\.tiff: damaged"):
        source.read(range(5))
