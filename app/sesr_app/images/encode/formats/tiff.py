"""Writing TIFF files, of several pages too, a band of rows at a time.

Strips are compressed with deflate after horizontal differencing (predictor 2).
Reference: TIFF 6.0 and its technical note 2.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import IO, Any

import numpy as np

from sesr.errors import ImageError
from sesr_app.images.containers import tiff_page as tags
from sesr_app.images.containers.ifd import (
    BYTE,
    LONG,
    RATIONAL,
    SHORT,
    UNDEFINED,
    Directory,
    TagEntry,
    pack_directory,
)
from sesr_app.images.encode.output import Output
from sesr_app.images.exif_tags import tags_of_exif
from sesr_app.images.metadata import TIFF_NOTES, Metadata
from sesr_app.images.picture import Enlarged, Pixels, Warn

_LARGEST = 2**32 - 1
_TOO_LARGE = "a TIFF file holds at most 4 GB; write png, or from a TIFF with --tiled"
STRIP_ROWS = 128
_LEVEL = 1
Tags = dict[int, TagEntry | Directory]


def write(file: IO[bytes], output: Output) -> None:
    """Write an image, or several as pages, of any size and type each.

    Notes are written into the first page, the resolution into all, and the profile into those of as
    many channels as the first.

    Raises:
        ImageError: the file would be larger than TIFF's 4 GB.
    """
    file.write(b"II*\0\0\0\0\0")
    link = 4
    notes = output.metadata
    first: tuple[int, ...] | None = None
    for frame in output.frames:
        page = _write_strips(file, frame)
        channels = frame.shape[2:]
        first = channels if first is None else first
        fitting = notes if channels == first else replace(notes, icc_profile=None)
        page.update(note_tags(fitting, output.warn))
        link = _write_directory(file, page, link)
        notes = Metadata(icc_profile=notes.icc_profile, dpi=notes.dpi)


def _write_strips(file: IO[bytes], image: Enlarged) -> Tags:
    """Write the pixels; returns the tags that describe them."""
    offsets: list[int] = []
    sizes: list[int] = []
    for strip in _strips(image.bands):
        packed = pack_block(strip)
        offsets.append(file.tell())
        sizes.append(len(packed))
        if offsets[-1] + sizes[-1] > _LARGEST:
            raise ImageError(
                "a TIFF file holds at most 4 GB; write png, or from a TIFF with --tiled"
            )
        file.write(packed)
    return pixel_tags(image.shape, image.dtype) | {
        tags.OFFSETS: TagEntry.of(LONG, *offsets),
        tags.ROWS: TagEntry.of(LONG, STRIP_ROWS),
        tags.COUNTS: TagEntry.of(LONG, *sizes),
    }


def pixel_tags(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Tags:
    """The tags that tell what the pixels are, but not where."""
    channels = shape[2] if len(shape) == 3 else 1
    page: Tags = {
        tags.WIDTH: TagEntry.of(LONG, shape[1]),
        tags.LENGTH: TagEntry.of(LONG, shape[0]),
        tags.BITS: TagEntry.of(SHORT, *(8 * dtype.itemsize,) * channels),
        tags.COMPRESSION: TagEntry.of(SHORT, tags.DEFLATE),
        tags.PHOTOMETRIC: TagEntry.of(SHORT, tags.BLACK_IS_ZERO if channels < 3 else tags.RGB),
        tags.SAMPLES_A_PIXEL: TagEntry.of(SHORT, channels),
        tags.PREDICTOR: TagEntry.of(SHORT, tags.DIFFERENCES),
    }
    if channels in (2, 4):
        page[tags.EXTRA] = TagEntry.of(SHORT, tags.STRAIGHT)
    return page


def pack_block(block: Pixels) -> bytes:
    """A strip or tile as it stands in the file."""
    from isal import isal_zlib

    packed: bytes = isal_zlib.compress(_differenced(block), _LEVEL)
    return packed


def _strips(bands: Iterator[Pixels]) -> Iterator[Pixels]:
    """Rows in groups of STRIP_ROWS; only the last may be smaller."""
    waiting: list[Pixels] = []
    rows = 0
    for band in bands:
        waiting.append(band)
        rows += len(band)
        if rows < STRIP_ROWS:
            continue
        block = np.concatenate(waiting) if len(waiting) > 1 else band
        whole = rows - rows % STRIP_ROWS
        for top in range(0, whole, STRIP_ROWS):
            yield block[top : top + STRIP_ROWS]
        waiting, rows = [block[whole:]], rows - whole
    if rows:
        yield np.concatenate(waiting)


def _differenced(strip: Pixels) -> Any:
    """Every value less its left neighbour of the same channel."""
    little = strip.astype(strip.dtype.newbyteorder("<"), order="C", copy=True)
    little[:, 1:] -= strip[:, :-1]
    return little.reshape(-1).view(np.uint8).data


def note_tags(metadata: Metadata, warn: Warn) -> Tags:
    """The tags that tell what a file holds beside its pixels."""
    notes: Tags = {}
    if metadata.exif:
        try:
            notes.update(tags_of_exif(metadata.exif, TIFF_NOTES))
        except ValueError as error:
            warn(f"its EXIF cannot be written and was left out ({error})")
    if metadata.xmp:
        notes[tags.XMP] = TagEntry(BYTE, metadata.xmp)
    if metadata.iptc:
        notes[tags.IPTC] = TagEntry(UNDEFINED, metadata.iptc)
    if metadata.icc_profile:
        notes[tags.PROFILE] = TagEntry(UNDEFINED, metadata.icc_profile)
    if metadata.dpi:
        sides = zip((tags.X_RESOLUTION, tags.Y_RESOLUTION), metadata.dpi, strict=True)
        notes |= {tag: _rational(dots) for tag, dots in sides}
        notes[tags.UNIT] = TagEntry.of(SHORT, tags.INCH)
    return notes


def _rational(value: float) -> TagEntry:
    whole = Fraction(value).limit_denominator(1000)
    return TagEntry(RATIONAL, struct.pack("<II", whole.numerator, whole.denominator))


def _write_directory(file: IO[bytes], page: Tags, link: int) -> int:
    """Append a directory, point the one before to it, and return where it points itself."""
    file.write(b"\0" * (file.tell() % 2))
    start = file.tell()
    body, _ = pack_directory(page, start)
    if start + len(body) > _LARGEST:
        raise ImageError(_TOO_LARGE)
    file.write(body)
    file.seek(link)
    file.write(struct.pack("<I", start))
    file.seek(0, 2)
    return start + 2 + 12 * len(page)
