"""Reading and writing the image files that people bring."""

from __future__ import annotations

import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sesr.errors import ImageError, UsageError
from sesr.files import atomic_path

FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".bmp": "BMP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
"""Formats that can be written, by suffix."""

SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"quality": 95, "method": 4},
    "TIFF": {"compression": "tiff_lzw"},
}

LOSSLESS_MODES = {"L": "L", "RGB": "RGB", "1": "L", "P": "RGB"}
"""Pillow's modes that can be upscaled without losing anything, and what they become."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded image.

    Attributes:
        pixels: (H, W) or (H, W, 3) uint8, upright.
        icc_profile: the colour profile that the pixels are meant in, if the file has one.
    """

    pixels: npt.NDArray[np.uint8]
    icc_profile: bytes | None


def read_picture(path: Path) -> Picture:
    """Decode an image file.

    Raises:
        ImageError: the file is missing, no image, damaged, or of a kind that upscaling would
            take something from.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    if not path.exists():
        raise ImageError(f"{path}: no such file")
    if path.is_dir():
        raise ImageError(f"{path}: is a folder; give the image files themselves")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                _refuse_losses(path, image)
                image.load()
                upright = ImageOps.exif_transpose(image)
                pixels = np.asarray(upright.convert(LOSSLESS_MODES[image.mode]))
                return Picture(pixels, image.info.get("icc_profile"))
    except ImageError:
        raise
    except Image.DecompressionBombError as error:
        raise ImageError(f"{path}: too many pixels to be safe to decode ({error})") from error
    except UnidentifiedImageError as error:
        size = path.stat().st_size
        reason = "the file is empty" if size == 0 else "not an image of a known format"
        raise ImageError(f"{path}: {reason}") from error
    except MemoryError as error:
        raise ImageError(f"{path}: not enough memory to decode it") from error
    except Exception as error:
        raise ImageError(f"{path}: damaged or unreadable ({_one_line(error)})") from error


def write_picture(path: Path, picture: Picture) -> None:
    """Encode an image into a file of the format that its suffix names.

    Another file of that name is replaced only once the new one is complete.

    Raises:
        UsageError: the suffix names no format that can be written.
        ImageError: the folder or disk does not take the file.
    """
    image_format = format_of(path)
    try:
        with atomic_path(path) as part:
            if image_format == "PNG":
                part.write_bytes(_encode_png(picture))
            else:
                _save_with_pillow(part, picture, image_format)
    except OSError as error:
        raise ImageError(f"{path}: cannot be written ({_one_line(error)})") from error
    except (ValueError, MemoryError) as error:
        raise ImageError(f"{path}: cannot be encoded ({_one_line(error)})") from error


def format_of(path: Path) -> str:
    """Pillow's name of the format that a file's suffix stands for.

    Raises:
        UsageError: none that can be written.
    """
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        known = ", ".join(suffix[1:] for suffix in FORMATS)
        raise UsageError(
            f"{path}: unknown output format {path.suffix!r}; the formats are {known}"
        ) from None


def _refuse_losses(path: Path, image: Any) -> None:
    """Stop where going on would silently drop a part of the image."""
    # An MPO is a photograph of a telephone with a preview or a depth map behind it.
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise ImageError(f"{path}: has {image.n_frames} frames; only single images are upscaled")
    if image.mode not in LOSSLESS_MODES or "transparency" in image.info:
        kind = "transparency" if "A" in image.mode or "transparency" in image.info else image.mode
        raise ImageError(
            f"{path}: only 8-bit gray and RGB images are upscaled; this one has {kind}, "
            "which would be lost: convert it first"
        )


def _encode_png(picture: Picture) -> bytes:
    # OpenCV's encoder is several times faster than Pillow's at nearly the same size.
    import cv2

    gray = picture.pixels.ndim == 2
    pixels = picture.pixels if gray else cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2BGR)
    done, encoded = cv2.imencode(".png", pixels)
    if not done:
        raise ValueError("the PNG encoder failed")
    return _with_profile(encoded.tobytes(), picture.icc_profile)


def _with_profile(png: bytes, profile: bytes | None) -> bytes:
    """Put a colour profile behind the header of a PNG file (PNG specification, 11.3.2.3)."""
    if not profile:
        return png
    header_end = 8 + 12 + 13
    body = b"iCCPICC Profile\0\0" + zlib.compress(profile)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return png[:header_end] + chunk + png[header_end:]


def _save_with_pillow(part: Path, picture: Picture, image_format: str) -> None:
    from PIL import Image

    options = dict(SAVE_OPTIONS.get(image_format, {}))
    if picture.icc_profile:
        options["icc_profile"] = picture.icc_profile
    Image.fromarray(picture.pixels).save(part, format=image_format, **options)


def _one_line(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())
