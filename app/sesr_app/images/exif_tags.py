"""EXIF as tags of a TIFF file, which has no block of its own for it."""

from __future__ import annotations

import io

from sesr_app.images.containers.ifd import Directory, DirectoryReader, TagEntry, pack_directory
from sesr_app.images.exif import EXIF_IFD, GPS_IFD, HEADER


def exif_of_tags(tags: Directory, reader: DirectoryReader, kept: tuple[int, ...]) -> bytes | None:
    """Tags of a TIFF file as a block of EXIF of their own."""
    chosen = _nested_tags(tags, reader, kept)
    return b"II*\0\x08\0\0\0" + pack_directory(chosen, 8)[0] if chosen else None


def tags_of_exif(exif: bytes, kept: tuple[int, ...]) -> dict[int, TagEntry | Directory]:
    """The other way round: tags of a block of EXIF for a TIFF file.

    Raises:
        ValueError: the block is damaged.
    """
    reader = DirectoryReader(io.BytesIO(exif.removeprefix(HEADER)))
    return _nested_tags(reader.directory(reader.first)[0], reader, kept)


def _nested_tags(
    tags: Directory, reader: DirectoryReader, kept: tuple[int, ...]
) -> dict[int, TagEntry | Directory]:
    """Some tags, with the directories that they point to."""
    chosen: dict[int, TagEntry | Directory] = {}
    for tag in kept:
        if tag not in tags:
            continue
        if tag not in (EXIF_IFD, GPS_IFD):
            chosen[tag] = tags[tag]
        elif nested := reader.directory(tags[tag].numbers[0])[0]:
            # A pointer inside it would point to nowhere.
            chosen[tag] = {inner: entry for inner, entry in nested.items() if inner != 0xA005}
    return chosen
