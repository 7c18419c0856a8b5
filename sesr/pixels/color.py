"""The studio-range YCbCr that super resolution is measured in.

Images are float32 arrays, channels last. RGB lies in [0, 1]; Y lies in [16/255, 235/255] and
Cb, Cr in [16/255, 240/255], that is BT.601 as MATLAB's `rgb2ycbcr` has it, divided by 255.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatImage = npt.NDArray[np.float32]

Rgb8 = npt.NDArray[np.uint8]
"""(H, W, 3), 8 bits a channel."""

RGB_TO_YCBCR = (
    np.array(
        [[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]],
        dtype=np.float64,
    )
    / 255.0
)
YCBCR_OFFSET = np.array([16.0, 128.0, 128.0], dtype=np.float64) / 255.0
YCBCR_TO_RGB = np.linalg.inv(RGB_TO_YCBCR)


def rgb_to_y(rgb: FloatImage) -> FloatImage:
    """Luma of an RGB image.

    Args:
        rgb: (..., 3), values in [0, 1].

    Returns:
        (..., 1), values in [16/255, 235/255].

    Example:
        >>> round(rgb_to_y(np.ones((1, 1, 3), np.float32)).item() * 255, 3)
        235.0
    """
    weights = RGB_TO_YCBCR[0].astype(np.float32)
    luma = rgb @ weights + np.float32(YCBCR_OFFSET[0])
    return np.asarray(luma[..., np.newaxis], dtype=np.float32)


def input_luma(image: npt.NDArray[np.uint8]) -> FloatImage:
    """Y of a small image, as a network gets it; (h, w) float32."""
    scaled = image.astype(np.float32) / np.float32(255)
    return scaled if image.ndim == 2 else rgb_to_y(scaled)[..., 0]
