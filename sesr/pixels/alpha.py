"""Transparency: keeping what is invisible from showing at the edges of an enlarged image."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

KEPT_ROWS, KEPT_BANDS = 128, 8
"""Rows are read again when luma and colours meet, a few rows of tiles later."""


class VisibleColors:
    """The colours of an image with alpha, with visible ones under transparent pixels around them.

    Editors leave any colour, mostly black, where a pixel is fully transparent. Interpolation
    would mix it into the visible edge; after this there is nothing foreign to mix in.

    Rows are taken as from an array (H, W, C - 1), and worked out in bands, of which the last few
    are kept: a copy of all would need as much memory as the image itself.

    Args:
        image: (H, W, C), gray with alpha or RGBA, uint8, uint16 or float32; alpha, the last
            channel, is 0 where a pixel is transparent.
        reach: how many pixels far colours flow; 0 where nothing is transparent.

    Example:
        >>> image = np.array([[[9, 9], [0, 0], [0, 0]]], np.uint8)
        >>> VisibleColors(image, reach=1)[0:1][..., 0]
        array([[9, 9, 0]], dtype=uint8)
    """

    def __init__(self, image: npt.NDArray[Any], reach: int) -> None:
        self._image, self._reach = image, reach
        self._bands: OrderedDict[int, npt.NDArray[Any]] = OrderedDict()
        self.shape = (*image.shape[:2], image.shape[2] - 1)
        self.dtype = image.dtype
        self.ndim = 3

    def __getitem__(self, rows: slice) -> npt.NDArray[Any]:
        if not self._reach:
            return np.ascontiguousarray(self._image[rows, :, :-1])
        start, stop, _ = rows.indices(self.shape[0])
        first = start // KEPT_ROWS
        bands = [self._band(number) for number in range(first, -(-stop // KEPT_ROWS))]
        whole = bands[0] if len(bands) == 1 else np.concatenate(bands)
        return whole[start - first * KEPT_ROWS : stop - first * KEPT_ROWS]

    def _band(self, number: int) -> npt.NDArray[Any]:
        if number in self._bands:
            self._bands.move_to_end(number)
            return self._bands[number]
        top, bottom = number * KEPT_ROWS, min((number + 1) * KEPT_ROWS, self.shape[0])
        above, below = max(top - self._reach, 0), min(bottom + self._reach, self.shape[0])
        window = self._image[above:below]
        alpha = np.ascontiguousarray(window[..., -1])
        color = _bleed_band(np.ascontiguousarray(window[..., :-1]), alpha, self._reach)
        # A copy, so that the rows around it can go.
        self._bands[number] = color[top - above : bottom - above].copy()
        while len(self._bands) > KEPT_BANDS:
            self._bands.popitem(last=False)
        return self._bands[number]


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
