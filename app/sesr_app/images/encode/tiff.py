"""Writing TIFF files, of several pages too, a band of rows at a time.

Strips are compressed with deflate after horizontal differencing (predictor 2); Pillow writes the
directories. Reference: TIFF 6.0 and its technical note 2.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO, Any

import numpy as np

from sesr.errors import ImageError
from sesr_app.images.exif import EXIF_IFD, GPS_IFD
from sesr_app.images.metadata import TIFF_NOTES, Metadata
from sesr_app.images.picture import Enlarged, Pixels, Warn

LARGEST = 2**32 - 1
STRIP_ROWS = 128
LEVEL = 1

WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC, OFFSETS = 256, 257, 258, 259, 262, 273
SAMPLES, ROWS, COUNTS, X_RESOLUTION, Y_RESOLUTION, UNIT = 277, 278, 279, 282, 283, 296
PREDICTOR, EXTRA, XMP, PROFILE = 317, 338, 700, 34675
DEFLATE, DIFFERENCING, GRAY, RGB, INCH, STRAIGHT_ALPHA = 8, 2, 1, 2, 2, 2


def write_tiff(file: IO[bytes], frames: Iterator[Enlarged], metadata: Metadata, warn: Warn) -> None:
    """Write an image, or several as pages.

    Args:
        file: open for writing, at its start; must be seekable.
        frames: of any size and type each.
        metadata: written into the first page.

    Raises:
        ImageError: the file would be larger than TIFF's 4 GB.
    """
    file.write(b"II*\0\0\0\0\0")
    link = 4
    for index, frame in enumerate(frames):
        tags, offsets = _write_strips(file, frame)
        tags.update(_notes(metadata, warn) if index == 0 else {})
        link = _write_directory(file, tags, offsets, link)


def _write_strips(file: IO[bytes], image: Enlarged) -> tuple[dict[int, Any], list[int]]:
    """Write the pixels; returns the tags that describe them, and where the strips are."""
    from isal import isal_zlib

    offsets: list[int] = []
    sizes: list[int] = []
    for strip in _strips(image.bands):
        packed = isal_zlib.compress(_differenced(strip), LEVEL)
        offsets.append(file.tell())
        sizes.append(len(packed))
        if offsets[-1] + sizes[-1] > LARGEST:
            raise ImageError("a TIFF file holds at most 4 GB; write png instead")
        file.write(packed)
    channels = image.channels
    tags = {
        WIDTH: image.shape[1],
        LENGTH: image.shape[0],
        BITS: (8 * image.dtype.itemsize,) * channels,
        COMPRESSION: DEFLATE,
        PHOTOMETRIC: GRAY if channels < 3 else RGB,
        OFFSETS: (0,) * len(offsets),
        SAMPLES: channels,
        ROWS: STRIP_ROWS,
        COUNTS: tuple(sizes),
        PREDICTOR: DIFFERENCING,
    }
    if channels in (2, 4):
        tags[EXTRA] = STRAIGHT_ALPHA
    return tags, offsets


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


def _notes(metadata: Metadata, warn: Warn) -> dict[int, Any]:
    notes: dict[int, Any] = {}
    if metadata.exif:
        try:
            notes.update(_exif_tags(metadata.exif))
        except Exception as error:
            warn(f"its EXIF cannot be written and was left out ({error})")
    if metadata.xmp:
        notes[XMP] = metadata.xmp
    if metadata.icc_profile:
        notes[PROFILE] = metadata.icc_profile
    if metadata.dpi:
        from fractions import Fraction

        across, down = (Fraction(dots).limit_denominator(1000) for dots in metadata.dpi)
        notes |= {X_RESOLUTION: across, Y_RESOLUTION: down, UNIT: INCH}
    return notes


def _exif_tags(exif: bytes) -> dict[int, Any]:
    """Tags of a block of EXIF that describe the image rather than store it."""
    from PIL import Image

    block = Image.Exif()
    block.load(exif)
    tags = {
        tag: block[tag] for tag in TIFF_NOTES if tag in block and tag not in (EXIF_IFD, GPS_IFD)
    }
    for pointer in (EXIF_IFD, GPS_IFD):
        if nested := dict(block.get_ifd(pointer)):
            tags[pointer] = nested
    _directory(tags).tobytes(8)
    return tags


def _directory(tags: dict[int, Any]) -> Any:
    from PIL import TiffImagePlugin, TiffTags

    directory = TiffImagePlugin.ImageFileDirectory_v2(prefix=b"II")
    long = TiffTags.LONG
    undefined = TiffTags.UNDEFINED
    for tag in (WIDTH, LENGTH, OFFSETS, COUNTS):
        directory.tagtype[tag] = long
    for tag in (PROFILE, XMP):
        directory.tagtype[tag] = undefined
    for tag, value in tags.items():
        directory[tag] = value
    return directory


def _write_directory(file: IO[bytes], tags: dict[int, Any], offsets: list[int], link: int) -> int:
    """Append a directory, point the one before to it, and return where it points itself."""
    file.write(b"\0" * (file.tell() % 2))
    start = file.tell()
    body = bytearray(_directory(tags).tobytes(start))
    if start + len(body) > LARGEST:
        raise ImageError("a TIFF file holds at most 4 GB; write png instead")
    entries = struct.unpack_from("<H", body)[0]
    _set_offsets(body, int(entries), start, offsets)
    file.write(body)
    file.seek(link)
    file.write(struct.pack("<I", start))
    file.seek(0, 2)
    return start + 2 + 12 * int(entries)


def _set_offsets(body: bytearray, entries: int, start: int, offsets: list[int]) -> None:
    """Pillow would shift the offsets, taking for granted that strips follow the directory."""
    for index in range(entries):
        entry = 2 + 12 * index
        if struct.unpack_from("<H", body, entry)[0] == OFFSETS:
            inline = len(offsets) == 1
            place = entry + 8 if inline else struct.unpack_from("<I", body, entry + 8)[0] - start
            struct.pack_into(f"<{len(offsets)}I", body, place, *offsets)
