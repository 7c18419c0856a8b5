"""How near an enlarged image comes to the photograph that it was made small from."""

from __future__ import annotations

from sesr.evaluation.metrics import psnr
from sesr.evaluation.protocol import reference_luma
from sesr.int8 import Photo
from sesr.pixels.color import FloatImage, rgb_to_y
from sesr.pixels.imresize import crop_to_multiple


def luma_psnr(output: FloatImage, photo: Photo, scale: int) -> float:
    """PSNR on Y of an enlarged image against the photograph, in dB.

    Args:
        output: (H, W, 1 or 3) in [0, 1].
        photo: (H, W, 3) or (H, W), or a few pixels larger; what is over is cut off.
        scale: 2 or 4, also the border that is left out.
    """
    luma = rgb_to_y(output)[..., 0] if output.shape[-1] == 3 else output[..., 0]
    return psnr(luma, reference_luma(crop_to_multiple(photo, scale)), scale)
