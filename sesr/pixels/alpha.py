"""Transparency: keeping what is invisible from showing at the edges of an enlarged image."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

BAND_ROWS = 512
"""Rows that are worked on at a time, so that large images need little more memory."""


def bleed(color: npt.NDArray[Any], alpha: npt.NDArray[Any], reach: int) -> npt.NDArray[Any]:
    """Let visible colours flow under the transparent pixels around them.

    Editors leave any colour, mostly black, where a pixel is fully transparent. Interpolation
    would mix it into the visible edge; after this there is nothing foreign to mix in.

    Args:
        color: (H, W) or (H, W, C), uint8, uint16 or float32.
        alpha: (H, W) of the same type; 0 is transparent.
        reach: how many pixels far to flow.

    Returns:
        A copy of the colours, changed only where alpha is 0.

    Example:
        >>> row = np.array([[9, 0, 0, 0]], np.uint8)
        >>> bleed(row, row, reach=2)
        array([[9, 9, 9, 0]], dtype=uint8)
    """
    height = color.shape[0]
    out = np.array(color, order="C")
    for top in range(0, height, BAND_ROWS):
        bottom = min(top + BAND_ROWS, height)
        above, below = max(top - reach, 0), min(bottom + reach, height)
        filled = _bleed_band(color[above:below], alpha[above:below], reach)
        out[top:bottom] = filled[top - above : bottom - above]
    return out


def _bleed_band(color: npt.NDArray[Any], alpha: npt.NDArray[Any], reach: int) -> npt.NDArray[Any]:
    known = (alpha > 0).astype(np.uint8)
    if known.all() or not known.any():
        return color
    filled = np.array(color, order="C").reshape(*color.shape[:2], -1)
    filled[known == 0] = 0
    for _ in range(reach):
        count = _sum_of_neighbours(known, cv2.CV_32S)
        ring = (known == 0) & (count > 0)
        if not ring.any():
            break
        depth = cv2.CV_64F if filled.dtype == np.float32 else cv2.CV_32S
        sums = _sum_of_neighbours(filled, depth).reshape(filled.shape)[ring]
        seen = count[ring][:, np.newaxis]
        filled[ring] = sums / seen if depth == cv2.CV_64F else (sums + seen // 2) // seen
        known[ring] = 1
    filled = filled.reshape(color.shape)
    filled[known == 0] = color[known == 0]
    return filled


def _sum_of_neighbours(image: npt.NDArray[Any], depth: int) -> npt.NDArray[Any]:
    return cv2.boxFilter(image, depth, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)


def limit_to_neighbours(
    enlarged: npt.NDArray[Any], alpha: npt.NDArray[Any], start: int, stop: int
) -> None:
    """Keep every enlarged alpha value within those of the 3x3 pixels that it comes from.

    What is opaque stays exactly opaque and what is clear stays clear; no edge overshoots.

    Args:
        enlarged: ((stop - start) * scale, W * scale), changed in place.
        alpha: (H, W), the whole small alpha, of the same type.
        start, stop: rows of the small alpha that the enlarged ones belong to.
    """
    scale = enlarged.shape[1] // alpha.shape[1]
    above, below = max(start - 1, 0), min(stop + 1, alpha.shape[0])
    window = np.ascontiguousarray(alpha[above:below])
    kernel = np.ones((3, 3), np.uint8)
    kept = slice(start - above, stop - above)
    lowest, highest = (
        limit(window, kernel)[kept].repeat(scale, axis=0).repeat(scale, axis=1)
        for limit in (cv2.erode, cv2.dilate)
    )
    np.clip(enlarged, lowest, highest, out=enlarged)
