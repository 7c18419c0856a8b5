"""TIFF files: gray and RGB with the reader of segments here, everything else with Pillow.

Pillow holds more than 8 bits only in gray, does not turn MinIsWhite of 16 bits round and does not
read planes of gray with alpha; OpenCV mixes up planes and orientations.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sesr.errors import ImageError
from sesr_app.images.containers import tiff_page as tags
from sesr_app.images.containers.ifd import Directory, DirectoryReader
from sesr_app.images.containers.tiff_page import TiffPage
from sesr_app.images.decode import tiff_segments
from sesr_app.images.decode.formats import pillow
from sesr_app.images.decode.gate import Gate, Header, decoding
from sesr_app.images.decode.orientation import upright, upright_size
from sesr_app.images.decode.source import Source
from sesr_app.images.exif_tags import exif_of_tags
from sesr_app.images.formats import writable
from sesr_app.images.metadata import TIFF_NOTES, Metadata, collect, iptc_in, valid_dpi
from sesr_app.images.picture import Frame, Picture, Pixels, Warn

CENTIMETER = 3
VOID = 4
"""A kind of samples that nothing is told of; people mean numbers without sign."""

_UNREAD = {34887: "LERC", 34712: "JPEG 2000", 33003: "JPEG 2000", 33005: "JPEG 2000",
          50002: "JPEG XL", 34661: "JBIG", 34933: "PNG", 34934: "JPEG XR", 52546: "JPEG XL",
          32766: "NeXT", 32895: "IT8"}  # fmt: skip
"""Compressions that nothing here decodes."""

PHOTOMETRICS = {3: "with a palette", 5: "in CMYK", 6: "in YCbCr", 8: "in CIELAB", 9: "in ICCLAB",
                32803: "of a camera's raw pixels", 32844: "in LogL", 32845: "in LogLuv",
                34892: "of a camera's raw pixels"}  # fmt: skip


def read(source: Source, gate: Gate) -> Picture:
    """Decode the first page, and the others when they are asked for."""
    with source.open() as file:
        reader = DirectoryReader(file)
        directories = list(reader.chain())
        if not directories:
            raise ValueError("it holds no page")
        pages = [TiffPage.of(directory) for directory in directories]
        metadata = notes_of(directories[0], reader, gate.warn)
    numbers = shown_pages(pages)
    tell_smaller_copies(len(pages) - len(numbers), gate.warn)
    turn = pages[0].orientation if pages[0].named_orientation else metadata.orientation
    pages[0] = replace(pages[0], orientation=turn)
    size = upright_size(pages[0].width, pages[0].height, turn)
    total = sum(pages[number].width * pages[number].height for number in numbers)
    gate.check_size(total)
    gate.let_in(Header(source.format, *size))
    first, keeps_profile = _decode(source, gate, pages[0], 0)
    if not keeps_profile:
        metadata = replace(metadata, icc_profile=None)
    # Pages are decoded when they are asked for: this one is turned already.
    if metadata.xmp:
        metadata = metadata.for_size(*size, gate.warn)

    def frames() -> Iterator[Frame]:
        yield Frame(first)
        for number in numbers[1:]:
            with decoding(gate.name):
                yield Frame(_decode(source, gate, pages[number], number)[0])

    kind = writable(source.format)
    return Picture(frames(), len(numbers), total, kind, metadata, 0, lossless=True)


def shown_pages(pages: Sequence[TiffPage]) -> list[int]:
    """Numbers of the first page and of all others but those that show one in fewer pixels."""
    return [0, *(number for number in range(1, len(pages)) if not pages[number].smaller_copy)]


def tell_smaller_copies(count: int, warn: Warn) -> None:
    """Say that so many pages were left out, if any."""
    if count:
        warn(f"has {count} smaller copies of itself, which were left out")


def _decode(source: Source, gate: Gate, page: TiffPage, index: int) -> tuple[Pixels, bool]:
    """Upright pixels of a page, and whether the profile of the file still fits them."""
    _check_kind(page, gate)
    if tiff_segments.fits(page):
        with source.open() as file:
            endian = DirectoryReader(file).endian
            pixels = tiff_segments.decode_page(file, page, endian, gate.warn)
            return upright(pixels, page.orientation), True
    with pillow.opened(source) as image:
        image.seek(index)
        # Pillow turns pages by itself.
        image.load()
        return pillow.to_pixels(image, gate)


def _check_kind(page: TiffPage, gate: Gate) -> None:
    """Tell what is sound but not read from what is damaged."""
    if page.kind == tags.FLOAT:
        raise ImageError(
            f"{gate.name}: has pixels of mode F ({page.bits} bits of floating point), which would "
            "lose precision; convert it to 16 or 8 bits first"
        )
    what = ""
    if page.kind not in (tags.UNSIGNED, VOID):
        what = "a TIFF of signed or complex numbers"
    elif page.bits > 16:
        what = f"a TIFF of {page.bits} bits a channel"
    elif page.compression in _UNREAD:
        what = f"a TIFF compressed by {_UNREAD[page.compression]}"
    elif page.bits > 8 and not tiff_segments.fits(page):
        kind = PHOTOMETRICS.get(page.photometric, f"of photometric kind {page.photometric}")
        packed = f", compression {page.compression}" if page.compression > 1 else ""
        what = f"a TIFF {kind} of {page.bits} bits a channel{packed}"
    if what:
        raise gate.unsupported(what, "convert it to 16-bit RGB or to 8 bits first")


def notes_of(page: Directory, reader: DirectoryReader, warn: Warn) -> Metadata:
    """What a TIFF file holds beside its pixels, by the tags of its first page."""

    def data(tag: int) -> bytes | None:
        return page[tag].data if tag in page else None

    return collect(
        {
            "icc_profile": lambda: data(tags.PROFILE),
            "exif": lambda: exif_of_tags(page, reader, TIFF_NOTES),
            "xmp": lambda: data(tags.XMP),
            "dpi": lambda: _dpi(page),
            "iptc": lambda: iptc_in(data(tags.IPTC) or data(tags.PHOTOSHOP) or b""),
        },
        warn,
    )


def _dpi(page: Directory) -> tuple[float, float] | None:
    if not {tags.X_RESOLUTION, tags.Y_RESOLUTION} <= set(page):
        return None
    unit = page[tags.UNIT].numbers[0] if tags.UNIT in page else tags.INCH
    if unit not in (tags.INCH, CENTIMETER):
        return None
    sides = [
        struct.unpack("<II", page[tag].data[:8]) for tag in (tags.X_RESOLUTION, tags.Y_RESOLUTION)
    ]
    factor = 2.54 if unit == CENTIMETER else 1.0
    return valid_dpi([factor * part / whole if whole else 0.0 for part, whole in sides])
