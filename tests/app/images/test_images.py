"""Every kind of image keeps what it is: depth, channels, alpha, frames and notes."""

import io
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from command import assert_fails, sesr
from photos import make_photo
from sesr import Upscaler
from sesr_app.images.decode.orientation import upright
from sesr_app.images.exif import with_size

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf tiff:Orientation="6"/></x:xmpmeta>'


def upscaled(path: Path, *options: object, suffix: str | None = None) -> Path:
    """Run the command; the file that it wrote."""
    target = path.with_name(f"out{suffix or path.suffix}")
    result = sesr("upscale", path, "-o", target, "--overwrite", *options)
    assert result.returncode == 0, result.stderr
    return target


def pixels_of(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def deep_photo(channels: int) -> np.ndarray:
    """16 bits a channel with values between those of 8 bits, and alpha for 2 and 4 channels."""
    photo = make_photo(24, 31).astype(np.uint16)
    image = np.dstack([photo * 256 + photo[::-1], 65535 - photo[..., :1] * 100])
    if channels == 1:
        return image[..., 0]
    return image[..., [0, 3]] if channels == 2 else image[..., :channels]


def write_deep_png(path: Path, image: np.ndarray) -> None:
    """With the PNG writer of the package for gray with alpha, which OpenCV does not write."""
    if image.ndim == 3 and image.shape[2] == 2:
        from sesr_app.images import Enlarged, format_named, write_picture

        frames = iter([Enlarged(image.shape, image.dtype, iter([image]))])
        with path.open("wb") as file:
            write_picture(file, format_named("png"), frames)
        return
    order = {4: cv2.COLOR_RGBA2BGRA, 3: cv2.COLOR_RGB2BGR}
    swapped = cv2.cvtColor(image, order[image.shape[2]]) if image.ndim == 3 else image
    assert cv2.imwrite(str(path), swapped)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_16_bits_stay_16_bits(tmp_path: Path, channels: int, suffix: str) -> None:
    image = deep_photo(channels)
    write_deep_png(tmp_path / "deep.png", image)
    once = upscaled(tmp_path / "deep.png", suffix=suffix)
    expected = Upscaler()(image)
    if (channels, suffix) == (2, ".tiff"):
        written = pytest.importorskip("tifffile").imread(once)
    else:
        written = cv2.imread(str(once), cv2.IMREAD_UNCHANGED)
    assert written.dtype == np.uint16
    if channels == 2:
        written = written[..., [0, -1]] if written.shape[-1] == 4 else written
    elif channels > 2:
        order = {4: cv2.COLOR_BGRA2RGBA, 3: cv2.COLOR_BGR2RGB}
        written = cv2.cvtColor(written, order[channels])
    np.testing.assert_array_equal(written, expected)


def test_a_dark_16_bit_image_is_a_16_bit_image(tmp_path: Path) -> None:
    write_deep_png(tmp_path / "dark.png", make_photo(24, 31).astype(np.uint16))
    written = cv2.imread(str(upscaled(tmp_path / "dark.png")), cv2.IMREAD_UNCHANGED)
    assert written.dtype == np.uint16
    assert 0 < written.max() < 1000


def test_16_bits_become_8_only_where_they_must(tmp_path: Path) -> None:
    image = deep_photo(3)
    write_deep_png(tmp_path / "deep.png", image)
    result = sesr("upscale", tmp_path / "deep.png", "-o", tmp_path / "out.bmp")
    assert result.returncode == 0
    assert "bmp holds 8 bits a channel" in result.stderr
    expected = np.round(Upscaler()(image) / 257)
    assert np.abs(pixels_of(tmp_path / "out.bmp") - expected).max() <= 0


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_lossless_formats_hold_what_the_upscaler_gives(
    tmp_path: Path, mode: str, suffix: str
) -> None:
    image = Image.fromarray(make_photo(300, 31)).convert(mode)
    if mode.endswith("A"):
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    path = tmp_path / f"photo{suffix}"
    image.save(path)
    with Image.open(upscaled(path)) as result:
        assert result.mode == mode
        np.testing.assert_array_equal(np.asarray(result), Upscaler()(np.asarray(image)))


@pytest.mark.parametrize("suffix", [".webp", ".avif", ".png", ".tiff", ".gif"])
def test_alpha_is_kept(tmp_path: Path, suffix: str) -> None:
    image = np.dstack([make_photo(40, 40), np.zeros((40, 40), np.uint8)])
    image[10:30, 10:30, 3] = 255
    Image.fromarray(image).save(tmp_path / "clear.png")
    with Image.open(upscaled(tmp_path / "clear.png", suffix=suffix)) as result:
        alpha = np.asarray(result.convert("RGBA"))[..., 3]
    assert alpha.shape == (80, 80)
    assert alpha[25:55, 25:55].min() >= 250
    assert alpha[:15].max() <= 5


def test_alpha_where_the_format_has_none(tmp_path: Path) -> None:
    image = Image.fromarray(make_photo(20, 20))
    image.putalpha(255)
    image.save(tmp_path / "opaque.png")
    assert pixels_of(upscaled(tmp_path / "opaque.png", suffix=".bmp")).shape == (40, 40, 3)
    image.putalpha(0)
    image.save(tmp_path / "clear.png")
    result = sesr("upscale", tmp_path / "clear.png", "-o", tmp_path / "no.jpg")
    assert_fails(result, 1, "clear.png: has transparency", "--background")
    red = upscaled(tmp_path / "clear.png", "--background", "#ff0000", suffix=".bmp")
    assert (pixels_of(red)[8:-8, 8:-8] == (255, 0, 0)).mean() > 0.99


def test_palettes_become_what_they_show(tmp_path: Path) -> None:
    photo = Image.fromarray(make_photo(20, 24)).quantize(64)
    photo.save(tmp_path / "palette.png")
    expected = Upscaler()(np.asarray(photo.convert("RGB")))
    np.testing.assert_array_equal(pixels_of(upscaled(tmp_path / "palette.png")), expected)
    photo.save(tmp_path / "clear.png", transparency=0)
    assert pixels_of(upscaled(tmp_path / "clear.png")).shape == (40, 48, 4)
    gray = Image.fromarray(make_photo(20, 24)).convert("L").quantize(64)
    gray.save(tmp_path / "gray.png")
    assert pixels_of(upscaled(tmp_path / "gray.png")).shape == (40, 48)


def test_a_color_that_means_transparent(tmp_path: Path) -> None:
    image = Image.new("RGB", (20, 20), (9, 9, 9))
    image.paste((200, 100, 50), (5, 5, 15, 15))
    image.save(tmp_path / "key.png", transparency=(9, 9, 9))
    alpha = pixels_of(upscaled(tmp_path / "key.png"))[..., 3]
    assert alpha[20, 20] == 255
    assert alpha[0, 0] == 0


def test_one_bit_becomes_gray(tmp_path: Path) -> None:
    Image.fromarray(make_photo(20, 24)).convert("1").save(tmp_path / "bits.png")
    assert pixels_of(upscaled(tmp_path / "bits.png")).shape == (40, 48)


def test_cmyk_becomes_srgb(tmp_path: Path) -> None:
    Image.new("CMYK", (20, 20), (0, 255, 255, 0)).save(tmp_path / "print.jpg", quality=100)
    with Image.open(upscaled(tmp_path / "print.jpg")) as result:
        assert result.mode == "RGB"
        red, green, blue = np.asarray(result)[20, 20]
        assert (red > 200, green < 60, blue < 60) == (True, True, True)
        assert "icc_profile" not in result.info


def test_float_images_are_refused(tmp_path: Path) -> None:
    Image.new("F", (8, 8)).save(tmp_path / "float.tiff")
    assert_fails(sesr("upscale", tmp_path / "float.tiff"), 1, "mode F", "lose precision")


def exif_block() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    exif[0x8769] = {0xA002: 24, 0xA003: 20, 0x9003: "2026:01:02 03:04:05", 0x927C: b"makers notes"}
    exif[0x8825] = {1: "N", 2: (52.0, 30.0, 0.0)}
    return exif


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tiff", ".avif"])
@pytest.mark.parametrize("source", [".jpg", ".png", ".webp", ".tiff"])
def test_notes_are_carried_over(tmp_path: Path, source: str, suffix: str) -> None:
    path = tmp_path / f"noted{source}"
    options: dict[str, Any] = {"icc_profile": SRGB, "exif": exif_block(), "dpi": (300, 300)}
    if source == ".png":
        from PIL.PngImagePlugin import PngInfo

        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", XMP.decode())
    elif source == ".tiff":
        from PIL.TiffImagePlugin import ImageFileDirectory_v2

        del options["exif"]
        options["tiffinfo"] = ImageFileDirectory_v2()
        for tag, value in (*exif_block().items(), (700, XMP)):
            options["tiffinfo"][tag] = value
    else:
        options["xmp"] = XMP
    Image.fromarray(make_photo(20, 24)).save(path, **options)
    with Image.open(upscaled(path, suffix=suffix)) as result:
        result.load()
        assert result.info["icc_profile"] == SRGB
        exif = result.getexif()
        assert exif[0x010F] == "A camera"
        inner = exif.get_ifd(0x8769)
        assert inner[0x9003] == "2026:01:02 03:04:05"
        # The orientation stands in the XMP.
        assert (inner[0xA002], inner[0xA003]) == result.size == (40, 48)
        assert exif.get_ifd(0x8825)[1] == "N"
        xmp = result.info.get("xmp") or result.info["XML:com.adobe.xmp"].encode()
        # Pillow itself takes the orientation out of the XMP of a TIFF file.
        assert b'"6"' not in xmp
        if source != ".tiff":
            assert xmp == XMP.replace(b'"6"', b'"1"')
        assert xmp.startswith(XMP[:30])
        if source != ".webp" and suffix in (".jpg", ".png", ".tiff"):
            assert [round(float(dots)) for dots in result.info["dpi"]] == [300, 300]
    with Image.open(upscaled(path, "--strip", suffix=suffix)) as result:
        result.load()
        assert result.info["icc_profile"] == SRGB
        assert 0x010F not in result.getexif()
        assert "xmp" not in result.info


def test_notes_of_a_png_are_kept(tmp_path: Path) -> None:
    from PIL.PngImagePlugin import PngInfo

    notes = PngInfo()
    notes.add_text("parameters", "a prompt, 20 steps")
    notes.add_itxt("Title", "Żółw")
    notes.add(b"gAMA", struct.pack(">I", 45455))
    Image.fromarray(make_photo(20, 24)).save(tmp_path / "noted.png", pnginfo=notes)
    with Image.open(upscaled(tmp_path / "noted.png")) as result:
        result.load()
        assert result.text == {"parameters": "a prompt, 20 steps", "Title": "Żółw"}
        assert result.info["gamma"] == 0.45455


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tiff", ".webp"])
def test_the_orientation_is_applied_once(tmp_path: Path, orientation: int, suffix: str) -> None:
    image = np.zeros((16, 24, 3), np.uint8)
    image[:8, :12] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"turned{suffix}"
    Image.fromarray(image).save(path, exif=exif)
    with Image.open(upscaled(path)) as result:
        result.load()
        assert result.getexif().get(0x0112, 1) == 1
        corner = np.asarray(result.convert("L")).astype(int)
    expected = np.repeat(np.repeat(upright(image[..., 0], orientation), 2, 0), 2, 1)
    assert corner.shape == expected.shape
    assert np.abs(corner - expected).mean() < 6


def test_the_orientation_of_16_bits_is_applied_once(tmp_path: Path) -> None:
    image = deep_photo(3)
    write_deep_png(tmp_path / "deep.png", image)
    exif = Image.Exif()
    exif[0x0112] = 6
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    whole = (tmp_path / "deep.png").read_bytes()
    chunk = struct.pack(">I", len(block)) + b"eXIf" + block
    crc = struct.pack(">I", __import__("zlib").crc32(b"eXIf" + block))
    (tmp_path / "turned.png").write_bytes(whole[:33] + chunk + crc + whole[33:])
    written = cv2.imread(str(upscaled(tmp_path / "turned.png")), cv2.IMREAD_UNCHANGED)
    expected = Upscaler()(upright(image, 6))
    np.testing.assert_array_equal(cv2.cvtColor(written, cv2.COLOR_BGR2RGB), expected)


def test_damaged_notes_are_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "odd.jpg"
    Image.fromarray(make_photo(20, 24)).save(path, exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    result = sesr("upscale", path)
    assert result.returncode == 0
    assert "sesr: warning:" in result.stderr
    assert "EXIF" in result.stderr
    assert pixels_of(tmp_path / "odd_x2.jpg").shape == (40, 48, 3)


def test_what_a_format_does_not_hold_is_told(tmp_path: Path) -> None:
    path = tmp_path / "noted.jpg"
    Image.fromarray(make_photo(20, 24)).save(path, icc_profile=SRGB)
    result = sesr("upscale", path, "--format", "bmp")
    assert result.returncode == 0
    assert "bmp holds no colour profile" in result.stderr


@pytest.mark.parametrize("endian", ["<", ">"])
def test_exif_is_changed_in_place(endian: str) -> None:
    mark = b"II*\0" if endian == "<" else b"MM\0*"
    entry = struct.pack(endian + "HHIHH", 0x0112, 3, 1, 8, 0)
    block = mark + struct.pack(endian + "IH", 8, 1) + entry + bytes(4) + b"thumbnail"
    changed = with_size(block, 10, 10)
    upright = struct.pack(endian + "HHIHH", 0x0112, 3, 1, 1, 0)
    assert changed == block.replace(entry, upright)


@pytest.mark.parametrize("block", [b"", b"II*\0", b"II*\0\xff\xff\xff\x7f", b"junk" * 9])
def test_damaged_exif_is_a_value_error(block: bytes) -> None:
    with pytest.raises(ValueError, match="EXIF"):
        with_size(block, 1, 1)


def animation(count: int = 3) -> list[Image.Image]:
    frames = [Image.fromarray(make_photo(20, 24, seed=index)) for index in range(count)]
    for index, frame in enumerate(frames):
        frame.paste((255, 0, 0), (index * 6, 4, index * 6 + 5, 12))
    return frames


def shown(path: Path) -> tuple[list[float], Any, tuple[int, int]]:
    """Durations of the frames, loop, and size."""
    with Image.open(path) as image:
        durations = []
        for index in range(image.n_frames):
            image.seek(index)
            image.load()
            durations.append(float(image.info["duration"]))
        return durations, image.info.get("loop"), image.size


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
@pytest.mark.parametrize("loop", [0, 3])
def test_animations_keep_their_times_and_loops(tmp_path: Path, suffix: str, loop: int) -> None:
    path = tmp_path / f"moving{suffix}"
    first, *others = animation()
    durations = [40, 120, 1000]
    first.save(path, save_all=True, append_images=others, duration=durations, loop=loop)
    assert shown(upscaled(path)) == (durations, loop, (48, 40))


def test_a_gif_of_times_that_it_cannot_hold_takes_as_long(tmp_path: Path) -> None:
    path = tmp_path / "moving.webp"
    frames = [Image.fromarray(make_photo(20, 24, seed=seed)) for seed in range(6)]
    durations = [66, 67, 66, 19, 16, 25]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations, lossless=True)
    assert shown(upscaled(path, suffix=".gif"))[0] == [70, 60, 70, 20, 10, 30]


def test_a_gif_that_plays_once_plays_once(tmp_path: Path) -> None:
    first, *others = animation()
    first.save(tmp_path / "once.gif", save_all=True, append_images=others, duration=100)
    assert shown(upscaled(tmp_path / "once.gif"))[1] is None
    assert shown(upscaled(tmp_path / "once.gif", suffix=".webp"))[1] == 1


def test_frames_are_upscaled_like_images(tmp_path: Path) -> None:
    first, *others = animation()
    first.save(tmp_path / "moving.png", save_all=True, append_images=others, duration=50)
    with Image.open(upscaled(tmp_path / "moving.png")) as result:
        for index, frame in enumerate([first, *others]):
            result.seek(index)
            expected = Upscaler()(np.asarray(frame))
            np.testing.assert_array_equal(np.asarray(result.convert("RGB")), expected)


def test_pages_of_a_tiff_are_kept(tmp_path: Path) -> None:
    pages = [Image.fromarray(make_photo(20 + i, 24)) for i in range(3)]
    pages[1] = pages[1].convert("L")
    pages[0].save(tmp_path / "pages.tiff", save_all=True, append_images=pages[1:])
    with Image.open(upscaled(tmp_path / "pages.tiff")) as result:
        assert result.n_frames == 3
        for index, page in enumerate(pages):
            result.seek(index)
            expected = Upscaler()(np.asarray(page))
            np.testing.assert_array_equal(np.asarray(result), expected)


def test_an_animation_needs_a_format_that_moves(tmp_path: Path) -> None:
    first, *others = animation()
    first.save(tmp_path / "moving.gif", save_all=True, append_images=others)
    result = sesr("upscale", tmp_path / "moving.gif", "--format", "jpg")
    assert_fails(result, 1, "has 3 frames of an animation", "jpg does not hold", "webp")


def test_lossless_stays_lossless(tmp_path: Path) -> None:
    photo = make_photo(30, 41)
    for lossless in (True, False):
        path = tmp_path / f"photo{lossless}.webp"
        Image.fromarray(photo).save(path, lossless=lossless)
        same = np.array_equal(pixels_of(upscaled(path)), Upscaler()(pixels_of(path)))
        assert same == lossless
    path = tmp_path / "photoFalse.webp"
    exact = Upscaler()(pixels_of(path))
    np.testing.assert_array_equal(pixels_of(upscaled(path, "--lossless")), exact)


def test_quality_makes_files_smaller(tmp_path: Path) -> None:
    Image.fromarray(make_photo(60, 60)).save(tmp_path / "photo.png")
    for suffix in (".jpg", ".webp", ".avif"):
        sizes = [
            upscaled(tmp_path / "photo.png", "--quality", quality, suffix=suffix).stat().st_size
            for quality in (20, 98)
        ]
        assert sizes[0] < sizes[1]


def test_colors_do_not_shift(tmp_path: Path, real_data: Path) -> None:
    for path in sorted((real_data / "sr" / "test" / "Set14").iterdir())[:4]:
        before = np.asarray(Image.open(path).convert("RGB"))
        shift = Upscaler()(before).mean(axis=(0, 1)) - before.mean(axis=(0, 1))
        assert np.abs(shift).max() < 0.5


def test_a_picture_too_wide_for_its_format_is_named(tmp_path: Path) -> None:
    Image.new("L", (8200, 1)).save(tmp_path / "wide.png")
    result = sesr("upscale", tmp_path / "wide.png", "--format", "webp")
    assert_fails(result, 1, "16400x2 is too large for webp", "16383")
    assert not (tmp_path / "wide_x2.webp").exists()


def test_the_standard_streams_are_files(tmp_path: Path) -> None:
    import subprocess
    import sys

    buffer = io.BytesIO()
    Image.fromarray(make_photo(20, 24)).save(buffer, "PNG")
    for options, kind in ([], "PNG"), (["-o", "-", "--format", "webp", "--lossless"], "WEBP"):
        command = [sys.executable, "-m", "sesr_app", "upscale", "-", *options]
        run = subprocess.run(command, input=buffer.getvalue(), capture_output=True, check=True)
        with Image.open(io.BytesIO(run.stdout)) as image:
            assert image.format == kind
            np.testing.assert_array_equal(np.asarray(image), Upscaler()(make_photo(20, 24)))
    bad = subprocess.run(command, input=b"junk", capture_output=True, check=False)
    assert (bad.returncode, bad.stdout) == (1, b"")
    assert bad.stderr == b"sesr: standard input: not an image of a known format\n"
