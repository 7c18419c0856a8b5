"""What a file holds beside its pixels."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from sesr_app.images.code_points import CodePoints
from sesr_app.images.exif import EXIF_IFD, GPS_IFD, HEADER, orientation_of, with_size

TIFF_NOTES = (270, 271, 272, 305, 306, 315, 316, 33432, EXIF_IFD, GPS_IFD)
"""Tags of a TIFF file that describe it (make, model, date, artist, copyright, EXIF, GPS), as
opposed to those that say how its pixels are stored."""

XMP_ORIENTATION = rb"(tiff:Orientation(?:=[\"']|>)\s*)([1-8])"
IPTC_RESOURCE = 0x0404
"""Number of the block in Photoshop's notes that holds IPTC."""

LARGEST_DPI = 1e6
USUAL_GAMMA, GAMMA_MARGIN = 45_455, 2_000
"""That of sRGB, in hundred thousandths, and what nobody sees."""

LABELS = {"icc_profile": "colour profile", "exif": "EXIF", "xmp": "XMP", "iptc": "IPTC",
          "comment": "comment", "gain_map": "gain map"}  # fmt: skip
"""What people call the parts that are told when they are lost."""


class GainMap(NamedTuple):
    """The image in an MPO file that tells screens of more contrast how bright to become.

    Attributes:
        content: a JPEG file.
        attributes: of its entry in the list of images.
    """

    content: bytes
    attributes: int = 0


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file holds beside its pixels.

    Attributes:
        icc_profile: the colour profile that the pixels are meant in.
        exif: a block of EXIF, without the header of JPEG.
        xmp: a packet of XMP.
        dpi: dots an inch, across and down.
        text: notes of a PNG file by keyword.
        code_points: of the colours; beside a profile only in a PNG, where they count more.
        color_chunks: chunks of a PNG file that say how its colours are meant, as (name, body).
        iptc: records of IPTC.
        comment: of a JPEG, GIF or PNG file.
        gain_map: of an MPO file, upright.
        others: other images in the file, in words; no format here keeps them.
    """

    icc_profile: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    text: tuple[tuple[str, str], ...] = ()
    code_points: CodePoints | None = None
    color_chunks: tuple[tuple[bytes, bytes], ...] = field(default=())
    iptc: bytes | None = None
    comment: str | None = None
    gain_map: GainMap | None = None
    others: tuple[str, ...] = ()

    @property
    def orientation(self) -> int:
        """How stored pixels are to be turned, 1 to 8, by EXIF or else by XMP."""
        try:
            found = orientation_of(self.exif) if self.exif else None
        except ValueError:
            found = None
        if found is None and self.xmp and (match := re.search(XMP_ORIENTATION, self.xmp)):
            found = int(match[2])
        return found or 1

    def stripped(self) -> Metadata:
        """Only what the colours need to look right."""
        return Metadata(
            icc_profile=self.icc_profile,
            code_points=self.code_points,
            color_chunks=self.color_chunks,
        )

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
            changed = replace(changed, xmp=re.sub(XMP_ORIENTATION, rb"\g<1>1", self.xmp))
        return changed

    def lost_in(self, held: frozenset[str]) -> list[str]:
        """What a format that holds only some of it would lose, in words."""
        lost = [label for name, label in LABELS.items() if name not in held and getattr(self, name)]
        if "code_points" not in held and self.code_points and not self.code_points.usual:
            lost.append(str(self.code_points))
        if "color_chunks" not in held and self._unusual_gamma:
            lost.append("gamma")
        return [*lost, *self.others]

    @property
    def _unusual_gamma(self) -> bool:
        """Whether a PNG's gamma counts, and shows tones otherwise than sRGB."""
        told = dict(self.color_chunks)
        if (
            self.icc_profile
            or self.code_points
            or b"sRGB" in told
            or len(told.get(b"gAMA", b"")) != 4
        ):
            return False
        return abs(int.from_bytes(told[b"gAMA"], "big") - USUAL_GAMMA) > GAMMA_MARGIN

    def only(self, held: frozenset[str]) -> Metadata:
        """The parts that a format holds."""
        return Metadata(**{name: getattr(self, name) for name in held})


def collect(parts: dict[str, Callable[[], Any]], warn: Callable[[str], None]) -> Metadata:
    """Read every part on its own, so that a damaged one costs no other.

    Args:
        parts: readers by the names of `Metadata`.
        warn: told of every part that cannot be read.
    """
    found: dict[str, Any] = {}
    for name, read in parts.items():
        try:
            value = read()
        except Exception as error:
            label = LABELS.get(name, {"dpi": "resolution", "text": "text notes"}.get(name, name))
            warn(f"its {label} cannot be read and was left out ({error})")
        else:
            found |= {name: value} if value else {}
    return Metadata(**found)


def metadata_of(image: Any, warn: Callable[[str], None]) -> Metadata:
    """Collect what a Pillow image holds beside its pixels.

    Args:
        image: loaded, since some formats keep their notes at the end.
        warn: told of every part that cannot be read.
    """
    info = image.info

    def xmp() -> bytes | None:
        found = info.get("xmp") or info.get("XML:com.adobe.xmp")
        return found.encode() if isinstance(found, str) else found

    def exif() -> bytes | None:
        block = info.get("exif")
        return block.removeprefix(HEADER) if block else None

    return collect(
        {
            "icc_profile": lambda: info.get("icc_profile"),
            "exif": exif,
            "xmp": xmp,
            "dpi": lambda: valid_dpi(info.get("dpi")),
            "iptc": lambda: info.get("photoshop", {}).get(IPTC_RESOURCE),
            "comment": lambda: as_text(info.get("comment")),
        },
        warn,
    )


def valid_dpi(dpi: Any) -> tuple[float, float] | None:
    """A resolution, unless it is none that anything has."""
    if dpi is None:
        return None
    across, down = (float(value) for value in dpi)
    return (across, down) if 0 < across < LARGEST_DPI and 0 < down < LARGEST_DPI else None


def as_text(comment: Any) -> str | None:
    """A comment, whose encoding no file tells."""
    if isinstance(comment, bytes):
        try:
            comment = comment.decode()
        except UnicodeDecodeError:
            comment = comment.decode("latin-1")
    return str(comment).rstrip("\0") if comment else None


def photoshop_block(iptc: bytes) -> bytes:
    """IPTC as the only resource of a block of Photoshop's."""
    size = len(iptc).to_bytes(4, "big")
    return (
        b"8BIM" + IPTC_RESOURCE.to_bytes(2, "big") + b"\0\0" + size + iptc + b"\0" * (len(iptc) % 2)
    )


def iptc_in(block: bytes) -> bytes | None:
    """The IPTC in a block of Photoshop's, or the block itself if it is bare IPTC."""
    if block[:1] == b"\x1c":
        return block
    place = block.find(b"8BIM\x04\x04")
    if place < 0:
        return None
    place += 6
    place += (block[place] + 2) // 2 * 2
    size = int.from_bytes(block[place : place + 4], "big")
    return block[place + 4 : place + 4 + size] or None
