"""Every format of the table is read and written as its entry says."""

import io
import struct
import subprocess
import sys
import zlib
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from images import decoded, pixels_of, saved, written
from photos import make_photo
from sesr.errors import ImageError, MissingExtraError
from sesr_app.images import (
    FORMATS,
    Compression,
    Header,
    Metadata,
    SaveOptions,
    open_picture,
    result_suffix,
)
from sesr_app.images.containers.chunks import assembled, chunks
from sesr_app.images.formats import KINDS, format_of_head

PHOTO = make_photo(40, 51)
DEEP = PHOTO.astype(np.uint16) * 250 + make_photo(40, 51, seed=9)
SEEN = np.dstack([PHOTO, make_photo(40, 51, seed=3)[..., 0]])
"""With an alpha of all values."""


def shift(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(float) - b).mean())


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_what_is_written_is_known_and_read(kind: Any, channels: int) -> None:
    image = {1: PHOTO[..., 0].copy(), 2: SEEN[..., [0, 3]], 3: PHOTO, 4: SEEN}[channels]
    if channels in (2, 4) and not kind.alpha:
        pytest.skip("holds no alpha")
    if kind.name == "gif":
        image = image.copy()
        if channels in (2, 4):
            image[..., -1] = 255
    content = written(kind.name, image, options=SaveOptions(lossless=True))
    assert format_of_head(content[:4096]) is kind
    result = decoded(content)
    assert result.shape[:2] == (40, 51)
    with Image.fromarray(result) as shown, Image.fromarray(image) as wanted:
        mode = "RGB" if kind.name == "gif" else "RGBA"
        limit = 12 if kind.name in ("gif", "jpg") else 1.5
        difference = shift(np.asarray(shown.convert(mode)), np.asarray(wanted.convert(mode)))
    assert difference < limit


def test_every_suffix_has_one_format() -> None:
    suffixes = [suffix for kind in KINDS for suffix in (*kind.suffixes, *kind.read_suffixes)]
    assert len(suffixes) == len(set(suffixes))
    for kind in FORMATS:
        assert result_suffix(kind.suffixes[0]) == kind.suffixes[0]
    assert result_suffix(".MPO") == ".jpg"
    assert result_suffix(".tga") == ".png"


# HEIC and JPEG XL


@pytest.mark.parametrize("channels", [3, 4])
def test_heic_holds_more_than_8_bits(channels: int) -> None:
    image = np.dstack([DEEP, np.full(DEEP.shape[:2], 65_535, np.uint16)])[..., :channels]
    result = decoded(written("heic", image, options=SaveOptions(lossless=True)))
    assert result.dtype == np.uint16
    # Ten bits of sixteen are kept.
    assert np.abs(result.astype(int) - image).max() <= 64 * 2


def test_white_of_10_bits_is_white() -> None:
    white = np.full((16, 16, 3), 65_535, np.uint16)
    content = written("heic", white, options=SaveOptions(lossless=True))
    np.testing.assert_array_equal(decoded(content), white)


@pytest.mark.parametrize("kind", ["heic", "jxl"])
def test_notes_of_new_formats_are_kept(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "A camera", 6
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    xmp = b"<x:xmpmeta>A tree</x:xmpmeta>"
    content = written(kind, PHOTO, Metadata(exif=block, xmp=xmp))
    picture = open_picture(content)
    assert picture.metadata.exif is not None
    assert b"A camera" in picture.metadata.exif
    assert picture.metadata.orientation == 1
    assert picture.metadata.xmp == xmp
    assert pixels_of(picture)[0].shape[:2] == (40, 51)


def test_heic_that_is_turned_comes_out_upright() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(PHOTO)).save(file, exif=exif.tobytes(), quality=95)
    stored = pillow_heif.open_heif(io.BytesIO(file.getvalue()))
    picture = open_picture(file.getvalue())
    (pixels,) = pixels_of(picture)
    # The package turns it by its container, as every viewer does.
    np.testing.assert_array_equal(pixels, np.asarray(stored))
    again = open_picture(written("png", pixels, picture.metadata))
    assert again.metadata.orientation == 1


@pytest.mark.parametrize(("kind", "package"), [("heic", "pillow_heif"), ("jxl", "pillow_jxl")])
def test_a_format_whose_package_is_missing_names_it(kind: str, package: str, tmp_path: Any) -> None:
    path = tmp_path / f"a.{kind}"
    path.write_bytes(written(kind, PHOTO))
    script = f"""
import sys; sys.modules[{package!r}] = None
from pathlib import Path
import io, numpy as np
from sesr_app.images import Enlarged, format_named, open_picture, write_picture
for work in (
    lambda: open_picture(Path({str(path)!r})),
    lambda: write_picture(io.BytesIO(), format_named({kind!r}), iter([])),
):
    try: work()
    except Exception as error: print(type(error).__name__, error)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    lines = run.stdout.splitlines()
    assert len(lines) == 2, run
    for line in lines:
        assert line.startswith(MissingExtraError.__name__)
        assert 'pip install ".[formats]"' in line


def test_the_size_of_a_jpeg_xl_is_known_before_it_is_decoded() -> None:
    for height, width in ((40, 51), (64, 64), (320, 256), (300, 400), (257, 1000)):
        content = written("jxl", np.zeros((height, width), np.uint8))
        seen: list[Header] = []
        open_picture(content, inspect=seen.append)
        assert [(header.width, header.height) for header in seen] == [(width, height)]


# What Pillow reads


@pytest.mark.parametrize("image_format", ["ICO", "TGA", "JPEG2000", "PPM"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_formats_that_are_only_read(image_format: str, mode: str, tmp_path: Any) -> None:
    if (image_format, mode) == ("PPM", "RGBA"):
        pytest.skip("holds no alpha")
    image = Image.fromarray(SEEN).convert(mode).resize((32, 32))
    options: dict[str, Any] = {"sizes": [(32, 32)]} if image_format == "ICO" else {}
    options |= {"irreversible": False} if image_format == "JPEG2000" else {}
    suffix = {"JPEG2000": "jp2"}.get(image_format, image_format.lower())
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(saved(image, image_format, **options))
    picture = open_picture(path)
    assert picture.format is None
    with Image.fromarray(pixels_of(picture)[0]) as result:
        assert shift(np.asarray(result.convert("RGBA")), np.asarray(image.convert("RGBA"))) < 1


@pytest.mark.parametrize("kind", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("white", [1, 100, 255, 300, 65_535])
def test_maps_of_every_kind(kind: int, white: int) -> None:
    if kind in (1, 4) and white > 1:
        pytest.skip("has no white of its own")
    random = np.random.default_rng(kind)
    shape = (5, 11, 3) if kind in (3, 6) else (5, 11)
    values = random.integers(0, white + 1, shape)
    head = b"P%d # a note\n# another\n11 5%b\n" % (kind, b"" if kind in (1, 4) else b" %d" % white)
    if kind < 4:
        body = b" # no pixel\n" + b" ".join(b"%d" % value for value in values.ravel())
    elif kind == 4:
        body = np.packbits(values.astype(np.uint8), axis=1).tobytes()
    else:
        body = values.astype(">u2" if white > 255 else "u1").tobytes()
    peak = 255 if white < 256 else 65_535
    expected = np.floor(values / white * peak + 0.5)
    if kind in (1, 4):
        expected = peak - expected
    assert np.abs(decoded(head + body) - expected).max() == 0


# BMP


def test_bmp_holds_alpha() -> None:
    content = written("bmp", SEEN)
    np.testing.assert_array_equal(decoded(content), SEEN)
    with Image.open(io.BytesIO(content)) as image:
        np.testing.assert_array_equal(np.asarray(image), SEEN)
    other = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(cv2.cvtColor(other, cv2.COLOR_BGRA2RGBA), SEEN)
    gray = SEEN[..., [0, 3]]
    np.testing.assert_array_equal(decoded(written("bmp", gray)), SEEN[..., [0, 0, 0, 3]])


# 16 bits in animations


def deep_animation(images: list[np.ndarray], extra: dict[int, bytes] | None = None) -> bytes:
    """With the writer of the package, and some controls replaced."""
    parts = list(chunks(io.BytesIO(written("png", images)), pixels=True))
    controls = [index for index, (name, _) in enumerate(parts) if name == b"fcTL"]
    for index, tail in (extra or {}).items():
        name, body = parts[controls[index]]
        parts[controls[index]] = (name, body[: -len(tail)] + tail)
    return assembled(parts)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_animations_of_16_bits_stay_so(channels: int) -> None:
    whole = np.dstack([DEEP, DEEP[..., :1] // 2])
    image = {1: whole[..., :1], 2: whole[..., [0, 3]], 3: whole[..., :3], 4: whole}[channels]
    images = [np.ascontiguousarray(np.roll(image, 3 * index, 1)) for index in range(3)]
    picture = open_picture(deep_animation(images))
    assert picture.count == 3
    for shown, expected in zip(pixels_of(picture), images, strict=True):
        np.testing.assert_array_equal(shown, expected)


def test_frames_of_16_bits_are_laid_over_each_other() -> None:
    """Blended where the control says so, with what the one before left."""
    half = np.dstack([np.full((4, 4, 3), 60_000, np.uint16), np.full((4, 4), 32_768, np.uint16)])
    under = np.dstack([np.zeros((4, 4, 3), np.uint16), np.full((4, 4), 65_535, np.uint16)])
    over = {1: b"\0\1"}
    _, second = pixels_of(open_picture(deep_animation([under, half], over)))
    np.testing.assert_allclose(second[0, 0], [30_000, 30_000, 30_000, 65_535], atol=2)
    cleared = {0: b"\1\0", 1: b"\0\1"}
    _, second = pixels_of(open_picture(deep_animation([under, half], cleared)))
    np.testing.assert_array_equal(second, half)
    restored = {0: b"\0\0", 1: b"\2\1", 2: b"\0\1"}
    frames = pixels_of(open_picture(deep_animation([under, half, half], restored)))
    np.testing.assert_array_equal(frames[1], frames[2])


# Unsupported is not damaged


def jpeg_of_12_bits() -> bytes:
    content = bytearray(saved(Image.fromarray(PHOTO), "JPEG"))
    place = content.index(b"\xff\xc0")
    content[place + 4] = 12
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (jpeg_of_12_bits(), "JPEG of 12 bits"),
        (b"8BPS\0\1" + bytes(40), "a Photoshop document"),
        (b"Pf\n3 3\n1.0\n" + bytes(36), "a portable float map"),
        (b"\0\0\0\x18ftypcrx " + bytes(30), "a raw photograph"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
    ],
)
def test_what_is_known_but_not_read_is_named(content: bytes, words: str) -> None:
    with pytest.raises(ImageError, match=words) as caught:
        open_picture(content)
    assert "damaged" not in str(caught.value)
    assert "convert it" in str(caught.value)


# What a lossy file tells


def test_a_jpeg_shows_its_tables() -> None:
    content = saved(Image.fromarray(PHOTO), "JPEG", quality=70)
    with Image.open(io.BytesIO(content)) as image:
        expected = tuple(tuple(table) for _, table in sorted(image.quantization.items()))
    compression = open_picture(content).compression
    assert compression == Compression("jpeg", expected)
    assert compression.tables[0][0] == 10


def test_a_webp_shows_how_coarse_it_is() -> None:
    found = []
    for quality in (10, 40, 75, 95):
        content = saved(Image.fromarray(PHOTO), "WEBP", quality=quality)
        compression = open_picture(content).compression
        assert compression is not None
        assert compression.quantizer is not None
        found.append(compression.quantizer)
    assert found == sorted(found, reverse=True)
    assert found[0] > 60 > 30 > found[-1]


def test_lossless_files_show_nothing() -> None:
    for content in (
        saved(Image.fromarray(PHOTO), "PNG"),
        saved(Image.fromarray(PHOTO), "WEBP", lossless=True),
        saved(Image.fromarray(PHOTO), "GIF"),
    ):
        picture = open_picture(content)
        assert picture.compression is None
        assert picture.lossless


def test_an_avif_counts_as_lossy() -> None:
    picture = open_picture(saved(Image.fromarray(PHOTO), "AVIF"))
    assert not picture.lossless
    assert picture.compression is not None


def test_a_hidden_checksum_is_not_needed() -> None:
    """Chunks behind the pixels are read without decoding these twice."""
    deep = cv2.imencode(".png", DEEP)[1].tobytes()
    note = b"Title\0A tree"
    chunk = struct.pack(">I", len(note)) + b"tEXt" + note
    chunk += struct.pack(">I", zlib.crc32(b"tEXt" + note))
    picture = open_picture(deep[:-12] + chunk + deep[-12:])
    assert picture.metadata.text == (("Title", "A tree"),)
