"""What a file holds beside its pixels."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from sesr_app.images.exif import EXIF_IFD, GPS_IFD, HEADER, with_size

TIFF_NOTES = (270, 271, 272, 305, 306, 315, 316, 33432, EXIF_IFD, GPS_IFD)
"""Tags of a TIFF file that describe it (make, model, date, artist, copyright, EXIF, GPS), as
opposed to those that say how its pixels are stored."""

XMP_ORIENTATION = re.compile(rb"(tiff:Orientation(?:=[\"']|>)\s*)[1-8]")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file holds beside its pixels.

    Attributes:
        icc_profile: the colour profile that the pixels are meant in.
        exif: a block of EXIF, without the header of JPEG.
        xmp: a packet of XMP.
        dpi: dots an inch, across and down.
        text: notes of a PNG file by keyword.
        color_chunks: chunks of a PNG file that say how its colours are meant, as (name, body).
    """

    icc_profile: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    text: tuple[tuple[str, str], ...] = ()
    color_chunks: tuple[tuple[bytes, bytes], ...] = field(default=())

    def stripped(self) -> Metadata:
        """Only what the colours need to look right."""
        return Metadata(icc_profile=self.icc_profile, color_chunks=self.color_chunks)

    def for_size(self, width: int, height: int, warn: Callable[[str], None]) -> Metadata:
        """The same for an upright image of another size."""
        changed = self
        if self.exif:
            try:
                changed = replace(changed, exif=with_size(self.exif, width, height))
            except ValueError as error:
                warn(f"its EXIF is damaged and was left out ({error})")
                changed = replace(changed, exif=None)
        if self.xmp:
            changed = replace(changed, xmp=XMP_ORIENTATION.sub(rb"\g<1>1", self.xmp))
        return changed


def metadata_of(image: Any, warn: Callable[[str], None]) -> Metadata:
    """Collect what a Pillow image holds beside its pixels.

    Args:
        image: loaded, since some formats keep their notes at the end.
        warn: told of every part that cannot be read.
    """
    found: dict[str, Any] = {}
    readers: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "icc_profile": ("colour profile", _profile_of),
        "exif": ("EXIF", _exif_of),
        "xmp": ("XMP", _xmp_of),
        "dpi": ("resolution", _dpi_of),
        "text": ("text notes", _text_of),
    }
    for name, (label, reader) in readers.items():
        try:
            found[name] = reader(image)
        except Exception as error:
            warn(f"its {label} cannot be read and was left out ({error})")
    return Metadata(**{name: value for name, value in found.items() if value})


def _profile_of(image: Any) -> bytes | None:
    profile: bytes | None = image.info.get("icc_profile")
    return profile or None


def _exif_of(image: Any) -> bytes | None:
    if image.format == "TIFF":
        return _exif_of_tiff(image)
    exif = image.info.get("exif")
    return exif.removeprefix(HEADER) if exif else None


def _exif_of_tiff(image: Any) -> bytes | None:
    """The descriptive tags of a TIFF file as a block of their own."""
    from PIL import Image

    own, kept = image.getexif(), Image.Exif()
    for tag in TIFF_NOTES:
        if tag in own:
            nested = own.get_ifd(tag) if tag in {EXIF_IFD, GPS_IFD} else None
            kept[tag] = dict(nested) if nested is not None else own[tag]
    return kept.tobytes().removeprefix(HEADER) if len(kept) else None


def _xmp_of(image: Any) -> bytes | None:
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    return xmp.encode() if isinstance(xmp, str) else xmp


def _dpi_of(image: Any) -> tuple[float, float] | None:
    dpi = image.info.get("dpi")
    if dpi is None:
        return None
    across, down = (float(value) for value in dpi)
    return (across, down) if across > 0 and down > 0 and across * down < 1e12 else None


def _text_of(image: Any) -> tuple[tuple[str, str], ...]:
    if image.format != "PNG":
        return ()
    notes = getattr(image, "text", {})
    return tuple((key, str(value)) for key, value in notes.items() if key != "XML:com.adobe.xmp")
