"""TIFF files of every layout come out with the pixels that they hold."""

import io
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from images import decoded, pixels_of, saved, written
from photos import make_photo
from sesr.errors import ImageError
from sesr_app.images import Metadata, open_picture
from sesr_app.images.decode.orientation import upright

DEEP = make_photo(40, 51).astype(np.uint16) * 250 + make_photo(40, 51, seed=9)
WITH_ALPHA = np.dstack([DEEP, 65_535 - DEEP[..., :1] // 2])


def tiff(image: np.ndarray, **options: Any) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, image, **options)
    return file.getvalue()


def planar(image: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.moveaxis(image, -1, 0))


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("image", [DEEP, WITH_ALPHA], ids=["rgb", "rgba"])
@pytest.mark.parametrize(
    "layout",
    [
        {},
        {"tile": (16, 32)},
        {"rowsperstrip": 7},
        {"compression": "zlib"},
        {"compression": "zlib", "predictor": True, "tile": (16, 16)},
        {"bigtiff": True},
    ],
    ids=str,
)
def test_planes_of_16_bits_are_themselves(image: np.ndarray, layout: Any, byteorder: str) -> None:
    alpha = {"extrasamples": ["unassalpha"]} if image.shape[2] == 4 else {}
    options = {"photometric": "rgb", "byteorder": byteorder, **alpha, **layout}
    content = tiff(planar(image), planarconfig="separate", **options)
    np.testing.assert_array_equal(decoded(content), image)
    np.testing.assert_array_equal(decoded(tiff(image, **options)), image)


@pytest.mark.parametrize(
    "compression", ["tiff_lzw", "zstd", "lzma", "packbits", "tiff_adobe_deflate"]
)
def test_what_packs_bytes_is_unpacked(compression: str) -> None:
    # Pillow writes gray of 16 bits.
    gray = DEEP[..., 0].copy()
    content = saved(Image.fromarray(gray), "TIFF", compression=compression)
    np.testing.assert_array_equal(decoded(content), gray)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    "image",
    [
        DEEP,
        WITH_ALPHA,
        DEEP[..., 0],
        (DEEP[..., 0] >> 8).astype(np.uint8),
        (WITH_ALPHA >> 8).astype(np.uint8),
        (DEEP >> 8).astype(np.uint8),
    ],
    ids=["rgb16", "rgba16", "gray16", "gray8", "rgba8", "rgb8"],
)
@pytest.mark.parametrize("file", [True, False], ids=["file", "bytes"])
def test_pages_are_turned_once(
    image: np.ndarray, orientation: int, file: bool, tmp_path: Any
) -> None:
    content = tiff(image, extratags=[(274, 3, 1, orientation, True)], **kind_of(image))
    if file:
        (tmp_path / "a.tiff").write_bytes(content)
        (pixels,) = pixels_of(open_picture(tmp_path / "a.tiff"))
    else:
        pixels = decoded(content)
    np.testing.assert_array_equal(pixels, upright(image, orientation))


def kind_of(image: np.ndarray) -> dict[str, Any]:
    if image.ndim == 2:
        return {"photometric": "minisblack"}
    return {"photometric": "rgb"} | (
        {"extrasamples": ["unassalpha"]} if image.shape[2] == 4 else {}
    )


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_cmyk_pages_are_turned_once(orientation: int, tmp_path: Any) -> None:
    ink = np.dstack([make_photo(40, 51), np.zeros((40, 51), np.uint8)])
    path = tmp_path / "ink.tiff"
    path.write_bytes(tiff(ink, photometric="separated", extratags=[(274, 3, 1, orientation, True)]))
    expected = np.asarray(Image.fromarray(ink, "CMYK").convert("RGB"))
    (pixels,) = pixels_of(open_picture(path))
    np.testing.assert_array_equal(pixels, upright(expected, orientation))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_white_may_be_zero(dtype: type) -> None:
    gray = (DEEP[..., 0] >> (0 if dtype == np.uint16 else 8)).astype(dtype)
    content = tiff(gray, photometric="miniswhite")
    np.testing.assert_array_equal(decoded(content), np.iinfo(dtype).max - gray)


def test_alpha_that_is_multiplied_in_is_divided_out() -> None:
    premultiplied = WITH_ALPHA.copy()
    premultiplied[..., :3] = DEEP * (WITH_ALPHA[..., 3:] / 65_535) + 0.5
    content = tiff(premultiplied, photometric="rgb", extrasamples=["assocalpha"])
    assert np.abs(decoded(content).astype(int) - WITH_ALPHA).max() <= 2


def test_pages_of_16_bits_may_follow_pages_of_8() -> None:
    file = io.BytesIO()
    eight = (DEEP >> 8).astype(np.uint8)
    with tifffile.TiffWriter(file) as writer:
        for page in (eight, DEEP, DEEP[..., 0]):
            writer.write(page, **kind_of(page))
    picture = open_picture(file.getvalue())
    pages = pixels_of(picture)
    assert picture.count == 3
    for page, expected in zip(pages, (eight, DEEP, DEEP[..., 0]), strict=True):
        np.testing.assert_array_equal(page, expected)
    again = pixels_of(open_picture(written("tiff", pages)))
    for page, expected in zip(again, pages, strict=True):
        np.testing.assert_array_equal(page, expected)


@pytest.mark.parametrize(
    ("image", "options", "words"),
    [
        (DEEP.astype(np.float32), {"photometric": "rgb"}, "mode F"),
        (WITH_ALPHA, {"photometric": "separated"}, "in CMYK of 16 bits"),
        (DEEP.astype(np.uint32), {"photometric": "rgb"}, "32 bits a channel"),
        (DEEP.astype(np.int16), {"photometric": "rgb"}, "signed"),
    ],
)
def test_what_is_not_supported_is_not_called_damaged(
    image: np.ndarray, options: Any, words: str
) -> None:
    with pytest.raises(ImageError, match=words) as caught:
        open_picture(tiff(image, **options))
    assert "damaged" not in str(caught.value)
    assert "convert it" in str(caught.value)


def test_a_resolution_that_nothing_has_is_left_out() -> None:
    content = tiff(DEEP, photometric="rgb", resolution=(2**31, 2**31), resolutionunit=3)
    picture = open_picture(content)
    assert written("png", pixels_of(picture), picture.metadata)
    assert picture.metadata.dpi is None


def test_notes_go_from_tiff_to_tiff_byte_for_byte() -> None:
    content = tiff(
        DEEP, photometric="rgb", description="A tree", resolution=(300, 300), resolutionunit=2,
        extratags=[(33723, 7, 5, b"\x1c\x02\x78\x00\x00", True), (315, 2, None, b"A man", True)],
    )  # fmt: skip
    picture = open_picture(content)
    with tifffile.TiffFile(
        io.BytesIO(written("tiff", pixels_of(picture), picture.metadata))
    ) as out:
        tags = out.pages[0].tags
        assert tags[270].value == "A tree"
        assert tags[33723].value[:5] == b"\x1c\x02\x78\x00\x00"
        assert tags[282].value == (300, 1)


def test_every_page_has_its_resolution_and_fitting_profile() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    notes = Metadata(icc_profile=profile, dpi=(300.0, 300.0), comment=None)
    eight = (DEEP >> 8).astype(np.uint8)
    content = written("tiff", [eight, eight[..., 0], eight], notes)
    with tifffile.TiffFile(io.BytesIO(content)) as out:
        assert [page.tags[282].value for page in out.pages] == [(300, 1)] * 3
        assert [34675 in page.tags for page in out.pages] == [True, False, True]


def test_a_smaller_copy_is_no_page() -> None:
    file, eight = io.BytesIO(), (DEEP >> 8).astype(np.uint8)
    with tifffile.TiffWriter(file) as writer:
        writer.write(eight, photometric="rgb")
        writer.write(eight[::8, ::8].copy(), photometric="rgb", subfiletype=1)
        writer.write(DEEP, photometric="rgb")
    told: list[str] = []
    picture = open_picture(file.getvalue(), told.append)
    pages = pixels_of(picture)
    assert picture.count == len(pages) == 2
    for page, expected in zip(pages, (eight, DEEP), strict=True):
        np.testing.assert_array_equal(page, expected)
    assert told == ["has 1 smaller copies of itself, which were left out"]


def test_libtiff_does_not_speak_to_the_terminal() -> None:
    content = bytearray(saved(Image.fromarray(make_photo(50, 50)), "TIFF", compression="tiff_lzw"))
    content[60:600] = b"\x80\x10junk"[:1] * 540
    script = (
        "import sys\n"
        "from sesr_app.terminal.native import keep_native_code_quiet\n"
        "keep_native_code_quiet()\n"
        "from sesr_app.images import open_picture\n"
        "try: open_picture(sys.stdin.buffer)\n"
        "except Exception as error: print(error, file=sys.stderr)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], input=bytes(content), capture_output=True, check=True
    )
    assert run.stderr.startswith(b"standard input: damaged")
    assert run.stderr.count(b"\n") == 1
