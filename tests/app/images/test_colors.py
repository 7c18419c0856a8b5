"""How colours are meant without a profile: kept where the format can, otherwise told."""

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from command import sesr
from images import pixels_of, saved, written
from photos import make_photo
from sesr_app.images import Metadata, open_picture
from sesr_app.images.code_points import CodePoints, points_in_box, points_in_chunk
from sesr_app.images.containers.boxes import boxes, find_box
from sesr_app.images.containers.items import property_of_main
from sesr_app.images.decode.formats.avif import is_deep
from sesr_app.images.decode.source import Source

PHOTO = make_photo(24, 32)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
HDR = CodePoints(9, 16)
WIDE = CodePoints(12, 13)


def png_with(**chunks: bytes) -> bytes:
    notes = PngInfo()
    for name, body in chunks.items():
        notes.add(name.encode(), body)
    return saved(Image.fromarray(PHOTO), "PNG", pnginfo=notes)


def again(content: bytes, kind: str, warnings: list[str] | None = None) -> Metadata:
    """What is left in a file of another format."""
    picture = open_picture(content)
    result = written(kind, pixels_of(picture), picture.metadata, warnings=warnings)
    return open_picture(result).metadata


@pytest.mark.parametrize("points", [HDR, WIDE, CodePoints(9, 18)])
@pytest.mark.parametrize("kind", ["png", "heic"])
def test_code_points_are_kept(points: CodePoints, kind: str) -> None:
    if kind == "heic":
        pytest.importorskip("pillow_heif")
    content = png_with(cICP=points.packed)
    assert open_picture(content).metadata.code_points == points
    warnings: list[str] = []
    assert again(content, kind, warnings).code_points == points
    assert warnings == []


def test_code_points_pass_from_heic_to_png() -> None:
    pytest.importorskip("pillow_heif")
    content = written("heic", PHOTO, Metadata(code_points=HDR))
    assert again(content, "png").code_points == HDR


def test_heic_like_srgb_needs_none() -> None:
    pytest.importorskip("pillow_heif")
    assert open_picture(written("heic", PHOTO)).metadata.code_points is None


@pytest.mark.parametrize("lossless", [False, True])
def test_colors_of_hdr_stay_in_place(lossless: bool) -> None:
    pytest.importorskip("pillow_heif")
    from sesr_app.images import SaveOptions

    deep = PHOTO.astype(np.uint16) * 257
    content = written("heic", deep, Metadata(code_points=HDR), SaveOptions(lossless=lossless))
    (result,) = pixels_of(open_picture(content))
    assert np.abs(result.astype(int) - deep).mean() < (70 if lossless else 1_500)
    assert open_picture(content).metadata.code_points == HDR


@pytest.mark.parametrize(
    "points",
    [CodePoints(3, 16), CodePoints(22, 16), CodePoints(9, 255), CodePoints(9, 16, False)],
)
def test_heic_leaves_out_what_its_library_does_not_take(points: CodePoints) -> None:
    pytest.importorskip("pillow_heif")
    warnings: list[str] = []
    assert again(png_with(cICP=points.packed), "heic", warnings).code_points is None
    assert warnings == [f"heic takes no {points}, so it was left out"]


def test_of_profile_and_numbers_in_a_png_the_numbers_count() -> None:
    pytest.importorskip("pillow_heif")
    notes = PngInfo()
    notes.add(b"cICP", HDR.packed)
    content = saved(Image.fromarray(PHOTO), "PNG", pnginfo=notes, icc_profile=SRGB)
    found = again(content, "heic")
    assert (found.code_points, found.icc_profile) == (HDR, None)
    kept = again(content, "png")
    assert (kept.code_points, kept.icc_profile) == (HDR, SRGB)


@pytest.mark.parametrize("kind", ["jpg", "webp", "tiff", "avif"])
def test_code_points_that_are_lost_are_told(kind: str) -> None:
    warnings: list[str] = []
    again(png_with(cICP=HDR.packed), kind, warnings)
    assert warnings == [f"{kind} holds no colours in BT.2020 and PQ, so it was left out"]


def test_an_avif_tells_its_code_points() -> None:
    plain = saved(Image.fromarray(PHOTO), "AVIF")
    assert open_picture(plain).metadata.code_points is None
    place = plain.find(b"colrnclx") + 8
    changed = plain[:place] + struct.pack(">HH", 9, 16) + plain[place + 4 :]
    assert open_picture(changed).metadata.code_points == HDR


def test_an_avif_tells_those_of_its_main_image_only() -> None:
    """Here they are listed, and no image has them."""
    plain = saved(Image.fromarray(PHOTO), "AVIF")
    place = plain.find(b"colrnclx") + 8
    changed = plain[:place] + struct.pack(">HH", 9, 16) + plain[place + 4 :]
    with io.BytesIO(changed) as file:
        assert property_of_main(file, b"colr", b"nclx")
        assert property_of_main(file, b"colr", b"prof") is None
    entry = changed.find(b"ipma") + 4 + 8
    count = changed[entry + 2]
    assert changed[entry : entry + 2] == b"\0\1"
    numbers = changed[entry + 3 : entry + 3 + count].replace(b"\4", b"\1")
    unsaid = changed[: entry + 3] + numbers + changed[entry + 3 + count :]
    assert unsaid != changed
    assert open_picture(unsaid).metadata.code_points is None


def test_a_profile_of_an_avif_counts_more() -> None:
    plain = saved(Image.fromarray(PHOTO), "AVIF", icc_profile=SRGB)
    found = open_picture(plain).metadata
    assert (found.code_points, found.icc_profile) == (None, SRGB)


@pytest.mark.parametrize("cut", range(0, 300, 7))
def test_a_cut_avif_has_no_property(cut: int) -> None:
    plain = saved(Image.fromarray(PHOTO), "AVIF")
    assert property_of_main(io.BytesIO(plain[:cut]), b"colr", b"rICC") is None


@pytest.mark.parametrize(
    ("chunks", "told"),
    [
        ({"gAMA": struct.pack(">I", 45_455)}, []),
        ({"gAMA": struct.pack(">I", 100_000)}, ["jpg holds no gamma, so it was left out"]),
        ({"gAMA": struct.pack(">I", 100_000), "sRGB": b"\0"}, []),
        ({"cICP": CodePoints(1, 13).packed}, []),
    ],
)
def test_a_gamma_that_changes_tones_is_told(chunks: dict[str, bytes], told: list[str]) -> None:
    warnings: list[str] = []
    again(png_with(**chunks), "jpg", warnings)
    assert warnings == told


@pytest.mark.parametrize(
    "body", [b"", b"\x09\x10\x00", b"\x09\x10\x09\x01", b"\x09\x10\x00\x01\x00"]
)
def test_a_chunk_that_is_none_tells_nothing(body: bytes) -> None:
    assert points_in_chunk(body) is None


@pytest.mark.parametrize(
    "body", [b"", b"nclx\0\x09", b"rICC" + bytes(8), b"nclx\xff\xff\0\x10\0\0\0"]
)
def test_a_box_that_is_none_tells_nothing(body: bytes) -> None:
    assert points_in_box(body) is None


# JPEG 2000


def with_profile(content: bytes, method: int, profile: bytes) -> bytes:
    """A JPEG 2000 whose colours are told by a profile."""
    outer, color = find_box(io.BytesIO(content), b"jp2h"), None
    assert outer
    for box in boxes(io.BytesIO(content), outer.start, outer.end):
        color = box if box.name == b"colr" else color
    assert color
    body = bytes((method, 0, 0)) + profile
    changed = struct.pack(">I", len(body) + 8) + b"colr" + body
    inner = content[outer.start : color.start - 8] + changed + content[color.end : outer.end]
    head = struct.pack(">I", len(inner) + 8) + b"jp2h"
    return content[: outer.start - 8] + head + inner + content[outer.end :]


def test_the_profile_of_a_jpeg_2000_is_kept() -> None:
    content = with_profile(saved(Image.fromarray(PHOTO), "JPEG2000"), 2, SRGB)
    assert open_picture(content).metadata.icc_profile == SRGB
    assert again(content, "png").icc_profile == SRGB


@pytest.mark.parametrize("profile", [b"short", bytes(128)])
def test_a_damaged_profile_of_a_jpeg_2000_is_none(profile: bytes) -> None:
    content = with_profile(saved(Image.fromarray(PHOTO), "JPEG2000"), 2, profile)
    assert open_picture(content).metadata.icc_profile is None


# Depth


def test_bits_that_heic_does_not_hold_are_told(tmp_path: Path) -> None:
    pytest.importorskip("pillow_heif")
    import cv2

    deep: Any = PHOTO.astype(np.uint16) * 257
    cv2.imwrite(str(tmp_path / "deep.png"), deep)
    first = sesr("upscale", tmp_path / "deep.png", "--format", "heic")
    assert first.returncode == 0
    assert "heic holds 10 bits a channel, so the other 6 were rounded away" in first.stderr
    second = sesr("upscale", tmp_path / "deep_x2.heic")
    assert second.returncode == 0
    assert "rounded" not in second.stderr
    third = sesr("upscale", tmp_path / "deep_x2.heic", "--format", "webp", "--overwrite")
    assert "webp holds 8 bits a channel, so the other 2 were rounded away" in third.stderr


def test_bits_of_an_avif_are_those_of_its_main_image() -> None:
    """Its transparency is an image too, with a configuration of its own."""
    layers = np.dstack([PHOTO, PHOTO[..., :1]])
    plain = saved(Image.fromarray(layers), "AVIF")
    first = plain.find(b"av1C") + 4
    second = plain.find(b"av1C", first) + 4
    assert first < second
    told = []
    for place in (first, second):
        deep = bytearray(plain)
        deep[place + 2] |= 0x40
        source = Source.of(bytes(deep))
        told.append(is_deep(source))
    assert told == [True, False]
