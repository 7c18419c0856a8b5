"""Tiled BigTIFF files, read back by a library that is none of ours."""

import io

import numpy as np
import pytest
import tifffile
from PIL import Image

from images import decoded
from photos import make_photo
from sesr_app.images import Metadata, open_picture
from sesr_app.images.encode.tiled_tiff import TILE_SIDE, count_tiles, pack_tiles, write_tiled

RGB = make_photo(2 * TILE_SIDE + 40, TILE_SIDE + 33)
ALPHA = make_photo(2 * TILE_SIDE + 40, TILE_SIDE + 33, seed=5)[..., :1]
DEEP = RGB.astype(np.uint16) * 250 + ALPHA


def tiled(image: np.ndarray, notes: Metadata | None = None, step: int = 100) -> bytes:
    bands = (image[top : top + step] for top in range(0, len(image), step))
    tiles = list(pack_tiles(bands))
    assert len(tiles) == count_tiles(*image.shape[:2])
    file = io.BytesIO()
    sizes = [len(tile) for tile in tiles]
    write_tiled(file, image.shape, image.dtype, sizes, tiles, notes or Metadata(), pytest.fail)
    return file.getvalue()


@pytest.mark.parametrize(
    "image",
    [
        RGB,
        RGB[..., 0],
        DEEP,
        DEEP[..., 0],
        np.dstack([RGB, ALPHA]),
        np.dstack([RGB[..., 0], ALPHA]),
        RGB[:TILE_SIDE, :TILE_SIDE],
        RGB[:1, :1],
    ],
    ids=lambda image: f"{image.shape}{image.dtype}",
)
def test_others_and_we_read_the_same_pixels(image: np.ndarray) -> None:
    content = tiled(image)
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        page = file.pages[0]
        assert (file.is_bigtiff, page.is_tiled, page.shape) == (True, True, image.shape)
        np.testing.assert_array_equal(page.asarray(), image)
    np.testing.assert_array_equal(decoded(content), image)
    if image.dtype == np.uint8:
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(content))), image)


def test_notes_are_those_that_an_ordinary_tiff_gets() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif.get_ifd(0x8769)[0x9003] = "2024:01:02 03:04:05"
    notes = Metadata(
        icc_profile=b"profile", exif=exif.tobytes()[6:], xmp=b"<x/>", dpi=(300.0, 72.0)
    )
    found = open_picture(tiled(RGB, notes)).metadata
    assert (found.icc_profile, found.xmp, found.dpi) == (b"profile", b"<x/>", (300.0, 72.0))
    kept = Image.Exif()
    kept.load(found.exif or b"")
    assert (kept[0x010F], kept.get_ifd(0x8769)[0x9003]) == ("Maker", "2024:01:02 03:04:05")
    with tifffile.TiffFile(io.BytesIO(tiled(RGB, notes))) as file:
        tags = file.pages[0].tags
        assert tags["ExifTag"].value["DateTimeOriginal"] == "2024:01:02 03:04:05"
        assert tags["Make"].value == "Maker"
