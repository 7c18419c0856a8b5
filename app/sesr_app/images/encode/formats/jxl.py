"""Writing JPEG XL files with the package pillow-jxl-plugin."""

from __future__ import annotations

import io
from typing import IO, Any

from sesr.errors import MissingExtraError
from sesr_app.images.encode.formats.pillow import canvas
from sesr_app.images.encode.output import Output

try:
    import pillow_jxl  # noqa: F401 (Pillow knows the format from here on)
except ImportError as error:
    raise MissingExtraError("writing JPEG XL", "formats") from error


def write(file: IO[bytes], output: Output) -> None:
    """Write an image."""
    image = canvas(next(output.frames))
    metadata = output.metadata
    if metadata.icc_profile:
        image = _in_srgb(image, metadata.icc_profile, output)
    image.save(
        file,
        "JXL",
        lossless=output.options.lossless,
        quality=output.options.quality or output.kind.quality,
        exif=metadata.exif,
        xmp=metadata.xmp,
        use_container=bool(metadata.exif or metadata.xmp),
    )


def _in_srgb(image: Any, profile: bytes, output: Output) -> Any:
    """The plugin writes no profile, and a file without one is taken for sRGB."""
    from PIL import Image, ImageCms

    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    colors = image.convert(image.mode[:3] if image.mode[0] == "R" else "L")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        shown: Any = ImageCms.profileToProfile(colors, source, srgb, outputMode="RGB")
    except ImageCms.PyCMSError:
        output.warn("jxl is written in sRGB, to which its colour profile does not lead")
        return image
    bands = [shown.getchannel(0)] if colors.mode == "L" else list(shown.split())
    return Image.merge(image.mode, [*bands, *([alpha] if alpha else [])])
