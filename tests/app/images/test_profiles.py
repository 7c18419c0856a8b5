"""A colour profile is written only with pixels that it fits."""

import io

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from images import pixels_of, saved, written
from photos import make_photo
from sesr_app.images import Metadata, SaveOptions, open_picture
from sesr_app.images.icc import fitting_profile

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def gray_profile(gamma: float = 1.8) -> bytes:
    """As small as a gray profile can be."""

    def tag(kind: bytes, body: bytes) -> bytes:
        return kind + bytes(4) + body + b"\0" * (-len(body) % 4)

    d50 = b"".join(round(value * 65536).to_bytes(4, "big") for value in (0.9642, 1.0, 0.8249))
    text = "Gray".encode("utf-16-be")
    name = tag(b"mluc", b"\0\0\0\x01\0\0\0\x0cenUS" + len(text).to_bytes(4, "big")
               + (28).to_bytes(4, "big") + text)  # fmt: skip
    bodies = {
        b"desc": name,
        b"cprt": name,
        b"wtpt": tag(b"XYZ ", d50),
        b"kTRC": tag(b"curv", b"\0\0\0\x01" + round(gamma * 256).to_bytes(2, "big")),
    }
    table, data = len(bodies).to_bytes(4, "big"), b""
    for key, body in bodies.items():
        table += key + (132 + 12 * len(bodies) + len(data)).to_bytes(4, "big")
        table += len(body).to_bytes(4, "big")
        data += body
    head = bytearray(SRGB[:128])
    head[:4] = (128 + len(table) + len(data)).to_bytes(4, "big")
    head[16:20] = b"GRAY"
    head[84:100] = bytes(16)
    return bytes(head) + table + data


GRAY = gray_profile()


def srgb_of(image: Image.Image, profile: bytes) -> np.ndarray:
    """What a viewer with colour management shows."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    target = ImageCms.createProfile("sRGB")
    return np.asarray(ImageCms.profileToProfile(image, source, target, outputMode="RGB"))


def test_rgb_of_a_gray_profile_looks_the_same() -> None:
    ramp = Image.linear_gradient("L")
    profile = fitting_profile(GRAY, gray=False)
    assert profile is not None
    assert profile[16:20] == b"RGB "
    shown = srgb_of(ramp.convert("RGB"), profile).astype(int)
    assert np.abs(shown - srgb_of(ramp, GRAY)).max() <= 2
    assert np.abs(shown - np.asarray(ramp.convert("RGB"))).max() > 10


@pytest.mark.parametrize("kind", ["webp", "avif", "heic"])
def test_gray_images_in_formats_of_color(kind: str) -> None:
    content = saved(Image.fromarray(make_photo(20, 24)).convert("L"), "PNG", icc_profile=GRAY)
    picture = open_picture(content)
    profile = open_picture(written(kind, pixels_of(picture), picture.metadata)).metadata.icc_profile
    assert profile is not None
    assert profile[16:20] == b"RGB "


@pytest.mark.parametrize("kind", ["png", "tiff", "jpg"])
def test_gray_images_in_formats_of_gray(kind: str) -> None:
    gray = make_photo(20, 24)[..., 0].copy()
    kept = open_picture(written(kind, gray, Metadata(icc_profile=GRAY))).metadata.icc_profile
    assert kept == GRAY
    laid = open_picture(written(kind, make_photo(20, 24), Metadata(icc_profile=GRAY)))
    assert laid.metadata.icc_profile is not None
    assert laid.metadata.icc_profile[16:20] == b"RGB "


def test_gray_animations_have_a_profile_of_color() -> None:
    frames = [Image.fromarray(make_photo(20, 24, seed=seed)).convert("L") for seed in (1, 2)]
    content = saved(
        frames[0], "PNG", save_all=True, append_images=frames[1:], icc_profile=GRAY, duration=50
    )
    picture = open_picture(content)
    again = open_picture(written("png", pixels_of(picture), picture.metadata)).metadata.icc_profile
    assert again is not None
    assert again[16:20] == b"RGB "


def test_a_profile_of_inks_does_not_outlive_them() -> None:
    ink = np.dstack([make_photo(40, 51), np.zeros((40, 51), np.uint8)])
    cmyk = bytearray(SRGB)
    cmyk[16:20] = b"CMYK"
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        for _ in range(2):
            writer.write(ink, photometric="separated", iccprofile=bytes(cmyk))
    picture = open_picture(file.getvalue())
    assert picture.count == 2
    again = open_picture(written("tiff", pixels_of(picture), picture.metadata))
    assert again.metadata.icc_profile is None


def test_a_profile_of_color_is_not_written_with_gray() -> None:
    warnings: list[str] = []
    gray = make_photo(20, 24)[..., 0].copy()
    content = written("png", gray, Metadata(icc_profile=SRGB), warnings=warnings)
    assert open_picture(content).metadata.icc_profile is None
    assert "not for such pixels" in warnings[0]


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_jpeg_xl_is_written_in_srgb(mode: str) -> None:
    photo = Image.fromarray(make_photo(20, 24)).convert(mode)
    profile = fitting_profile(GRAY, gray=mode[0] == "L")
    assert profile is not None
    content = written("jxl", np.asarray(photo), Metadata(icc_profile=profile),
                      SaveOptions(lossless=True))  # fmt: skip
    colors = photo.convert("L" if mode[0] == "L" else "RGB")
    (shown,) = pixels_of(open_picture(content))
    with Image.fromarray(shown) as image:
        assert image.mode == mode
        difference = np.asarray(image.convert("RGB")).astype(int) - srgb_of(colors, profile)
    assert np.abs(difference).max() <= 2
