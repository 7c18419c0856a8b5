"""Leaving out what a format does not hold."""

from __future__ import annotations

import numpy as np

from sesr.errors import ImageError
from sesr_app.images.formats import Format
from sesr_app.images.picture import Enlarged, Pixels, Warn


def fit_alpha(
    pixels: Pixels, background: tuple[int, int, int] | None, name: str, kind: Format
) -> Pixels:
    """The image as the format holds it, with or without alpha.

    Raises:
        ImageError: as `without_alpha`.
    """
    if not kind.alpha or (kind.alpha_if_needed and (background or _is_opaque(pixels))):
        return without_alpha(pixels, background, name, kind)
    return pixels


def _is_opaque(pixels: Pixels) -> bool:
    return bool((pixels[..., -1] == np.iinfo(pixels.dtype).max).all())


def without_alpha(
    pixels: Pixels, background: tuple[int, int, int] | None, name: str, kind: Format
) -> Pixels:
    """Lay an image over a colour, for a format without alpha.

    Args:
        pixels: as in `Frame`.
        background: RGB, 0 to 255 each.
        name, kind: the image and the format, for the message.

    Returns:
        The image without alpha; as it was if it has none, and untouched by the background
        where it is opaque.

    Raises:
        ImageError: something is transparent and there is no background.
    """
    if pixels.shape[2:] not in ((2,), (4,)):
        return pixels
    color, alpha = pixels[..., :-1], pixels[..., -1:]
    peak = np.iinfo(pixels.dtype).max
    if (alpha == peak).all():
        flat = color
    elif background is None:
        raise ImageError(
            f"{name}: has transparency, which {kind.name} does not hold; choose png, webp, tiff or "
            "avif, or lay it over a colour with --background white"
        )
    else:
        under = np.array(background, np.float64) * (peak / 255)
        if color.shape[2] == 1 and len(set(background)) > 1:
            color = np.repeat(color, 3, axis=2)
        under = under[: color.shape[2]]
        mixed = under + (color - under) * (alpha / peak)
        flat = (mixed + 0.5).astype(pixels.dtype)
    return np.ascontiguousarray(flat[..., 0] if flat.shape[2] == 1 else flat)


def fit_depth(image: Enlarged, kind: Format, bits: int, warn: Warn) -> Enlarged:
    """Fewer bits where the format holds no more.

    Args:
        image: on its way to a file.
        kind: the format of the file.
        bits: a channel in the file that it comes from, if it is uint16.
        warn: told of bits that are lost.
    """
    if image.dtype == np.uint8:
        return image
    if kind.bits < bits:
        lost = f"the other {bits - kind.bits} were rounded away"
        warn(f"{kind.name} holds {kind.bits} bits a channel, so {lost}; png holds 16")
    if kind.bits > 8:
        return image
    bands = (((band.astype(np.uint32) + 128) // 257).astype(np.uint8) for band in image.bands)
    return image._replace(dtype=np.dtype(np.uint8), bands=bands)
