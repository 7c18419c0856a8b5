"""Images of more than 8 bits a channel, which Pillow holds only if they are gray.

How deep an image is follows from its header, never from its values: a dark image is as deep as
a bright one.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from sesr_app.images.exif import ORIENTATION
from sesr_app.images.picture import Pixels

PNG_DEPTH, PNG_COLOR = 24, 25
"""Places of the two bytes in the header of a PNG file."""

PNG_GRAY, PNG_GRAY_ALPHA = 0, 4
TIFF_BITS, TIFF_PHOTOMETRIC, TIFF_EXTRA = 258, 262, 338
TIFF_RGB, TIFF_PREMULTIPLIED = 2, 1

PNM_HEADER = re.compile(rb"P([2356])(?:\s|#[^\n]*\n)+(\d+)\s(?:\s|#[^\n]*\n)*(\d+)\s"
                        rb"(?:\s|#[^\n]*\n)*(\d+)\s")  # fmt: skip


def bits_of(image: Any, head: bytes) -> int:
    """Bits of a channel where Pillow would drop some of them, else 8.

    Args:
        image: an open Pillow image.
        head: the first bytes of its file.
    """
    if image.format == "PNG" and head[PNG_DEPTH] == 16:
        return 8 if head[PNG_COLOR] == PNG_GRAY else 16
    if image.format == "TIFF" and image.mode in ("RGB", "RGBA", "RGBX", "CMYK", "LAB"):
        bits = image.tag_v2.get(TIFF_BITS, (8,))
        return max(bits) if isinstance(bits, tuple) else int(bits)
    if image.format == "PPM" and (header := PNM_HEADER.match(head)):
        return 16 if int(header[4]) > 255 else 8
    return 8


def is_deep_avif(head: bytes) -> bool:
    """Whether an AVIF file holds more than 8 bits a channel, by its configuration of AV1."""
    place = head.find(b"av1C")
    # The flag behind the tier, in the third byte (AV1 in ISOBMFF, section 2.3.3).
    return 0 <= place < len(head) - 6 and bool(head[place + 6] & 0x40)


def decode(image: Any, content: bytes, head: bytes) -> Pixels:
    """Decode with OpenCV.

    Args:
        image: the open Pillow image of the same file, for what its header says.
        content: the file.
        head: the first bytes of it.

    Returns:
        (H, W), or (H, W, C) gray with alpha, RGB or RGBA, uint16, as stored.

    Raises:
        ValueError: OpenCV cannot decode it, or only with a loss.
    """
    import cv2

    if image.format == "TIFF" and image.tag_v2.get(TIFF_PHOTOMETRIC) != TIFF_RGB:
        raise ValueError(f"{image.mode} of 16 bits a channel is not supported; convert it first")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.shape[:2] != (image.height, image.width):
        raise ValueError("the pixels cannot be decoded")
    if pixels.dtype != np.uint16:
        raise ValueError(f"pixels of type {pixels.dtype} are not supported; convert it to 16 bits")
    if image.format == "PNG" and head[PNG_COLOR] == PNG_GRAY_ALPHA and pixels.ndim == 3:
        return np.ascontiguousarray(pixels[..., [0, -1]])
    if pixels.ndim == 2:
        return _scaled(pixels, image, head)
    order = cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB
    pixels = cv2.cvtColor(pixels, order, dst=pixels)
    if image.format == "TIFF" and TIFF_PREMULTIPLIED in image.tag_v2.get(TIFF_EXTRA, ()):
        _divide_by_alpha(pixels)
    return _scaled(pixels, image, head)


def _scaled(pixels: Pixels, image: Any, head: bytes) -> Pixels:
    """A PNM file names its white; everywhere else it is the largest value."""
    header = PNM_HEADER.match(head) if image.format == "PPM" else None
    white = int(header[4]) if header else 65535
    if white == 65535:
        return pixels
    return np.minimum(pixels / white * 65535 + 0.5, 65535).astype(np.uint16)


def _divide_by_alpha(pixels: Pixels) -> None:
    alpha = pixels[..., 3:].astype(np.float64)
    color = np.divide(pixels[..., :3] * 65535.0, alpha, where=alpha > 0, out=np.zeros(
        (*pixels.shape[:2], 3)))  # fmt: skip
    pixels[..., :3] = np.minimum(color + 0.5, 65535).astype(np.uint16)


def orientation_of(image: Any) -> int:
    """The EXIF orientation of a Pillow image that is not loaded, 1 to 8."""
    orientation = image.getexif().get(ORIENTATION, 1)
    return orientation if orientation in range(1, 9) else 1


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Turn and mirror stored pixels as an EXIF orientation asks for.

    Example:
        >>> upright(np.array([[1, 2], [3, 4]]), 6).tolist()
        [[3, 1], [4, 2]]
    """
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
