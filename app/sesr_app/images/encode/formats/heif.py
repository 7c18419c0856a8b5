"""Writing HEIC files with the package pillow-heif."""

from __future__ import annotations

from typing import IO

import numpy as np

from sesr.errors import MissingExtraError
from sesr_app.images.encode.output import Output

try:
    import pillow_heif
except ImportError as error:
    raise MissingExtraError("writing HEIC", "formats") from error

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
    if metadata.icc_profile:
        image.info["icc_profile"] = metadata.icc_profile
    lossless = {"quality": -1, "matrix_coefficients": 0} if output.options.lossless else {}
    quality = {"quality": output.options.quality or output.kind.quality}
    image.save(
        file, exif=metadata.exif, xmp=metadata.xmp, subsampling="4:4:4", **(quality | lossless)
    )
