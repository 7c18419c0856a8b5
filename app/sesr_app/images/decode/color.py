"""From the many modes of image files to gray and RGB, with and without alpha."""

from __future__ import annotations

import io
from typing import Any

from sesr.errors import ImageError
from sesr_app.images.picture import Warn

KEPT = ("L", "LA", "RGB", "RGBA", "I;16", "I;16B", "I;16L", "I;16N")
PLAIN = {"1": "L", "La": "LA", "PA": "RGBA", "RGBa": "RGBA", "RGBX": "RGB", "YCbCr": "RGB",
         "HSV": "RGB"}  # fmt: skip
CONVERTED = ("CMYK", "LAB")
"""Modes whose colours are turned into sRGB, which leaves their own profile without a meaning."""

WITH_ALPHA = {"L": "LA", "RGB": "RGBA"}


def convert(image: Any, name: str, warn: Warn) -> Any:
    """Bring a decoded Pillow image to mode L, LA, RGB, RGBA or a 16-bit gray.

    Raises:
        ImageError: a mode that would lose something.
    """
    mode = image.mode
    if mode in CONVERTED:
        return _to_srgb(image, warn)
    if mode == "P":
        return image.convert(_mode_of_palette(image))
    mode = PLAIN.get(mode, mode)
    if mode not in KEPT:
        raise ImageError(
            f"{name}: has pixels of mode {mode} (32 bits a channel), which would lose precision; "
            "convert it to 16 or 8 bits first"
        )
    if "transparency" in image.info:
        mode = WITH_ALPHA.get(mode, mode)
    return image if mode == image.mode else image.convert(mode)


def _mode_of_palette(image: Any) -> str:
    """Gray only where no profile says what the colours mean."""
    if "transparency" in image.info:
        return "RGBA"
    palette = image.palette.getdata()[1] if image.palette else b""
    gray = palette[0::3] == palette[1::3] == palette[2::3]
    if gray and image.palette.mode == "RGB" and "icc_profile" not in image.info:
        return "L"
    return "RGB"


def _to_srgb(image: Any, warn: Warn) -> Any:
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    try:
        if image.mode == "LAB":
            source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        elif profile:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        else:
            return image.convert("RGB")
        return ImageCms.profileToProfile(
            image,
            source,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except ImageCms.PyCMSError as error:
        if image.mode == "LAB":
            raise
        warn(f"its colour profile cannot be applied, so its colours are approximate ({error})")
        return image.convert("RGB")
