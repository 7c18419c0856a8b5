"""Writing HEIC files with the package pillow-heif."""

from __future__ import annotations

from typing import IO

import numpy as np

from sesr.errors import MissingExtraError
from sesr_app.images.code_points import BT_2020, CodePoints
from sesr_app.images.encode.output import Output

try:
    import pillow_heif
except ImportError as error:
    raise MissingExtraError("writing HEIC", "formats") from error

TAKEN_PRIMARIES = frozenset({1, 2, *range(4, 13)})
TAKEN_TRANSFERS = frozenset({1, 2, *range(4, 19)})
"""Those that libheif and x265 take, of the tables of H.273."""

BT_601 = 6
"""How luma is weighted in most HEIC files, by the same tables."""

MODES = {(3, 1): "RGB", (4, 1): "RGBA", (3, 2): "RGB;16", (4, 2): "RGBA;16"}
"""By channels and bytes a channel; the latter are kept to 10 bits."""


def write(file: IO[bytes], output: Output) -> None:
    """Write an image."""
    first = next(output.frames)
    pixels = np.concatenate(list(first.bands))
    if first.channels < 3:
        gray = pixels.reshape(*pixels.shape[:2], -1)
        pixels = gray[..., [0, 0, 0] if first.channels == 1 else [0, 0, 0, 1]]
    mode = MODES[pixels.shape[2], pixels.dtype.itemsize]
    size = (pixels.shape[1], pixels.shape[0])
    image = pillow_heif.from_bytes(mode, size, np.ascontiguousarray(pixels).tobytes())
    metadata = output.metadata
    points = _told(metadata.code_points, output)
    # Of the two the library writes the profile, and in a PNG the numbers count.
    if metadata.icc_profile and points is None:
        image.info["icc_profile"] = metadata.icc_profile
    settings = {"quality": output.options.quality or output.kind.quality}
    settings |= _colors(points)
    settings |= {"quality": -1, "matrix_coefficients": 0} if output.options.lossless else {}
    image.save(file, exif=metadata.exif, xmp=metadata.xmp, subsampling="4:4:4", **settings)


def _told(points: CodePoints | None, output: Output) -> CodePoints | None:
    """Numbers that the library can write and that need to be told."""
    if points is None or points.usual:
        return None
    if (
        points.primaries in TAKEN_PRIMARIES
        and points.transfer in TAKEN_TRANSFERS
        and points.full_range
    ):
        return points
    output.warn(f"heic takes no {points}, so it was left out")
    return None


def _colors(points: CodePoints | None) -> dict[str, int]:
    """What the library takes for colours, with the luma that belongs to them."""
    if points is None:
        return {}
    return {
        "color_primaries": points.primaries,
        "transfer_characteristics": points.transfer,
        "matrix_coefficients": BT_2020 if points.primaries == BT_2020 else BT_601,
        "full_range_flag": 1,
    }
