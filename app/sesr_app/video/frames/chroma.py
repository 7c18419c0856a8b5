"""Bicubic enlargement of planes of color, which are sampled at places of their own.

A plane of color has a sample for every second column (or row) of luma: in the middle between two
of them, or at the first of the two. Where a sample lies in an enlarged frame follows from that,
and samples at the first move by a quarter of the distance between two of them.
"""

from __future__ import annotations

import cv2
import numpy as np

from sesr_app.video.frames.planes import Plane


def enlarge_chroma(plane: Plane, scale: int, first: tuple[bool, bool]) -> Plane:
    """Enlarge a plane by bicubic interpolation.

    Args:
        plane: (H, W) uint8 or uint16.
        scale: an even number.
        first: of rows and of columns, whether samples lie at the first of the two of luma.

    Returns:
        (H * scale, W * scale), of the same type.

    Example:
        >>> ramp = np.arange(0, 240, 8, np.uint8)[np.newaxis].repeat(4, axis=0)
        >>> enlarge_chroma(ramp, 2, (False, False))[4, 20:24]
        array([78, 82, 86, 90], dtype=uint8)
        >>> enlarge_chroma(ramp, 2, (False, True))[4, 20:24]
        array([79, 83, 87, 91], dtype=uint8)
    """
    # Twice as many samples as are wanted, of which every second lies where it is wanted.
    factors = [scale * (2 if at_first else 1) for at_first in first]
    size = (plane.shape[1] * factors[1], plane.shape[0] * factors[0])
    enlarged: Plane = cv2.resize(plane, size, interpolation=cv2.INTER_CUBIC)
    below, right = (scale // 2 - 1 if at_first else 0 for at_first in first)
    if below or right:
        # The last of them lie beyond the edge.
        enlarged = cv2.copyMakeBorder(enlarged, 0, below, 0, right, cv2.BORDER_REPLICATE)
    rows, columns = (slice(scale // 2, None, 2) if f else slice(None) for f in first)
    return enlarged[rows, columns]


def fit_plane(plane: Plane, shape: tuple[int, int], first: tuple[bool, bool]) -> Plane:
    """Bring a plane to any size with Lanczos' filter.

    Args:
        plane: (H, W) uint8 or uint16.
        shape: of the result, which may be smaller or larger.
        first: as for `enlarge_chroma`; both False for luma.

    Example:
        >>> fit_plane(np.full((8, 8), 7, np.uint8), (6, 6), (False, True)).tolist()[0]
        [7, 7, 7, 7, 7, 7]
    """
    from PIL import Image

    if plane.shape == shape:
        return plane
    margin = 2 + max(-(-side // target) for side, target in zip(plane.shape, shape, strict=True))
    padded = cv2.copyMakeBorder(plane, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    steps = [side / target for side, target in zip(plane.shape, shape, strict=True)]
    starts = [
        margin + (0.25 - 0.25 * step if at_first else 0)
        for step, at_first in zip(steps, first, strict=True)
    ]
    box = (starts[1], starts[0], starts[1] + plane.shape[1], starts[0] + plane.shape[0])
    numbers = padded if plane.dtype == np.uint8 else padded.astype(np.float32)
    resized = Image.fromarray(numbers).resize(shape[::-1], Image.Resampling.LANCZOS, box)
    peak = np.iinfo(plane.dtype).max
    fitted: Plane = np.clip(np.rint(np.asarray(resized)), 0, peak).astype(plane.dtype)
    return fitted
