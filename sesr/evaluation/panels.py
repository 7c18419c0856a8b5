"""Pictures that compare: the same detail of an image in several versions, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from sesr.errors import UsageError
from sesr.evaluation.forms import Candidate
from sesr.evaluation.metrics import psnr
from sesr.evaluation.protocol import reference_luma
from sesr.files import atomic_path
from sesr.pixels.color import FloatImage, Rgb8, input_luma
from sesr.pixels.imresize import crop_to_multiple, imresize, shrink_to_uint8
from sesr.pixels.luma import join_luma

Detail = tuple[int, int, int, int]
"""Left, top, width and height in pixels of the large image."""

BORDER = 12
CAPTION = 40
SHORTEST_SIDE = 240
"""Details are repeated pixel by pixel until they are as large as this."""


def compare(candidate: Candidate, image: Rgb8, scale: int, detail: Detail | None = None) -> Rgb8:
    """Show a detail of an image as it is, and enlarged by bicubic and by a network.

    The image is shrunk first, as for its evaluation; the decibels are those of the whole image.

    Args:
        candidate: the network.
        image: (H, W, 3) or gray (H, W), uint8.
        scale: 2 or 4.
        detail: what to show; by default the square of a quarter of the shorter side where bicubic
            errs most.

    Returns:
        The picture, (h, w, 3) uint8.

    Raises:
        UsageError: the detail does not lie in the image.
    """
    rgb = image if image.ndim == 3 else np.repeat(image[..., np.newaxis], 3, axis=2)
    high = crop_to_multiple(rgb, scale)
    small = shrink_to_uint8(high, scale)
    enlarged = imresize(small.astype(np.float32), scale)
    bicubic = np.clip(np.rint(enlarged), 0, 255).astype(np.uint8)
    ours = enlarge(candidate, small, scale)
    left, top, width, height = _check_detail(detail or _worst_detail(high, bicubic), high)
    versions = {
        "original": high,
        f"bicubic {_decibels(bicubic, high, scale)}": bicubic,
        f"{_name(candidate)} {_decibels(ours, high, scale)}": ours,
    }
    return side_by_side(
        {name: v[top : top + height, left : left + width] for name, v in versions.items()}
    )


def enlarge(candidate: Candidate, small: Rgb8, scale: int) -> Rgb8:
    """Enlarge an image (h, w, 3) in colour, with a network of Y or of RGB; uint8."""
    if candidate.channels == 3:
        output = candidate.run(small.astype(np.float32) / np.float32(255))
        return np.rint(output * 255).astype(np.uint8)
    height, width = small.shape[:2]
    colored = np.empty((height * scale, width * scale, 3), np.uint8)
    join_luma(candidate.run(input_luma(small)), small, 0, height, colored)
    return colored


def side_by_side(versions: Mapping[str, Rgb8]) -> Rgb8:
    """Frame versions of one detail, with their names above, from left to right.

    Args:
        versions: by name, all (h, w, 3) uint8 of one size.

    Example:
        >>> side_by_side({"a": np.zeros((60, 80, 3), np.uint8)}).shape
        (292, 344, 3)
    """
    return np.hstack([_panel(version, name) for name, version in versions.items()])


def write_panels(path: Path, picture: Rgb8) -> None:
    """Write such a picture to a file, in one piece.

    Raises:
        UsageError: the suffix names no format that can be written.
    """
    from PIL import Image

    Image.init()
    if Image.EXTENSION.get(path.suffix.lower()) not in Image.SAVE:
        raise UsageError(f"{path}: the suffix names no image format; try {path.stem}.png")
    with atomic_path(path) as part:
        Image.fromarray(picture).save(part)


def _panel(detail: Rgb8, caption: str) -> Rgb8:
    from PIL import Image, ImageDraw, ImageFont

    zoom = max(1, -(-SHORTEST_SIDE // min(detail.shape[:2])))
    large = detail.repeat(zoom, axis=0).repeat(zoom, axis=1)
    framed = cv2.copyMakeBorder(
        large, CAPTION, BORDER, BORDER, BORDER, cv2.BORDER_CONSTANT, value=(255, 255, 255)
    )
    canvas = Image.fromarray(np.asarray(framed, np.uint8))
    draw = ImageDraw.Draw(canvas)
    draw.text((BORDER, 8), caption, fill=(30, 30, 30), font=ImageFont.load_default(size=22))
    return np.asarray(canvas)


def _name(candidate: Candidate) -> str:
    return candidate.card.variant if candidate.card else "network"


def _decibels(image: Rgb8, reference: Rgb8, scale: int) -> str:
    return f"{psnr(reference_luma(image), reference_luma(reference), scale):.2f} dB"


def _worst_detail(high: Rgb8, bicubic: Rgb8) -> Detail:
    """The square where bicubic errs most."""
    side = max(1, min(high.shape[:2]) // 4)
    error: FloatImage = np.square(input_luma(bicubic) - input_luma(high))
    sums = cv2.boxFilter(error, -1, (side, side), anchor=(0, 0), normalize=False)
    inside = sums[: len(error) - side + 1, : error.shape[1] - side + 1]
    top, left = np.unravel_index(int(np.argmax(inside)), inside.shape)
    return int(left), int(top), side, side


def _check_detail(detail: Detail, image: Rgb8) -> Detail:
    left, top, width, height = detail
    if min(left, top) < 0 or min(width, height) < 1:
        raise UsageError(f"a detail is LEFT,TOP,WIDTH,HEIGHT in pixels; received {detail}")
    if left + width > image.shape[1] or top + height > len(image):
        raise UsageError(
            f"the detail must lie in the image of {image.shape[1]}x{len(image)} pixels; "
            f"received {detail} as left, top, width, height"
        )
    return detail
