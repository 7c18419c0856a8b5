"""Writing JPEG XL files with the package pillow-jxl-plugin."""

from __future__ import annotations

from typing import IO

from sesr.errors import MissingExtraError
from sesr_app.images.encode.output import Output
from sesr_app.images.encode.pillow import canvas

try:
    import pillow_jxl  # noqa: F401 (Pillow knows the format from here on)
except ImportError as error:
    raise MissingExtraError("writing JPEG XL", "formats") from error


def write(file: IO[bytes], output: Output) -> None:
    """Write an image."""
    image = canvas(next(output.frames))
    metadata = output.metadata
    if metadata.icc_profile:
        image.info["icc_profile"] = metadata.icc_profile
    image.save(
        file,
        "JXL",
        lossless=output.options.lossless,
        quality=output.options.quality or output.kind.quality,
        exif=metadata.exif,
        xmp=metadata.xmp,
        use_container=bool(metadata.exif or metadata.xmp),
    )
