"""Changing a few values inside a block of EXIF without moving anything else in it.

Makers of cameras keep notes in EXIF whose offsets break when the block is written anew, so an
orientation that has been applied and the size of the image are changed in place.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

HEADER = b"Exif\0\0"
_ORIENTATION, EXIF_IFD, GPS_IFD, _WIDTH, _HEIGHT = 0x0112, 0x8769, 0x8825, 0xA002, 0xA003
THUMBNAIL, THUMBNAIL_SIZE = 0x0201, 0x0202
WHOLE = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i"}
"""Types of whole numbers, and how Python packs them."""

_MOST_ENTRIES = 2000
"""No camera writes as many tags into one directory; a damaged block may claim to."""


def orientation_of(exif: bytes) -> int | None:
    """The orientation that a block of EXIF names, 1 to 8; None if it names none.

    Raises:
        ValueError: the block is damaged.
    """
    data = bytearray(exif.removeprefix(HEADER))
    endian = _endian(data)
    for tag, kind, place in _entries(data, endian, 4):
        if tag == _ORIENTATION and kind in WHOLE:
            value = int(struct.unpack_from(endian + WHOLE[kind], data, place)[0])
            return value if value in range(1, 9) else 1
    return None


def with_size(exif: bytes, width: int, height: int) -> bytes:
    """The same block for an upright image of another size, without its thumbnail.

    Args:
        exif: with or without its header.

    Returns:
        The block without its header.

    Raises:
        ValueError: the block is damaged.
    """
    data = bytearray(exif.removeprefix(HEADER))
    endian = _endian(data)
    for tag, kind, place in _entries(data, endian, 4):
        if tag == _ORIENTATION and kind in WHOLE:
            struct.pack_into(endian + WHOLE[kind], data, place, 1)
        if tag == EXIF_IFD and kind in (4, 13):
            _set_size(data, endian, place, {_WIDTH: width, _HEIGHT: height})
    _drop_thumbnail(data, endian)
    return bytes(data)


def _set_size(data: bytearray, endian: str, pointer: int, sizes: dict[int, int]) -> None:
    for tag, kind, place in _entries(data, endian, pointer):
        if tag in sizes and kind in WHOLE and sizes[tag] < 2 ** (8 * struct.calcsize(WHOLE[kind])):
            struct.pack_into(endian + WHOLE[kind], data, place, sizes[tag])


def _drop_thumbnail(data: bytearray, endian: str) -> None:
    """Unlink the second directory; it shows the small image, and often turned."""
    start = struct.unpack_from(endian + "I", data, 4)[0]
    link = start + 2 + 12 * struct.unpack_from(endian + "H", data, start)[0]
    if link + 4 > len(data) or not (second := struct.unpack_from(endian + "I", data, link)[0]):
        return
    try:
        found = {tag: place for tag, _, place in _entries(data, endian, link)}
        place, size = (
            struct.unpack_from(endian + "I", data, found[tag])[0]
            for tag in (THUMBNAIL, THUMBNAIL_SIZE)
        )
    except (ValueError, KeyError):
        place = size = 0
    struct.pack_into(endian + "I", data, link, 0)
    if size and second < place and place + size >= len(data) - 1:
        del data[place:]
    elif place + size <= len(data):
        data[place : place + size] = bytes(size)


def _endian(data: bytearray) -> str:
    if data[:4] == b"II*\0":
        return "<"
    if data[:4] == b"MM\0*":
        return ">"
    raise ValueError("EXIF without its header")


def _entries(data: bytearray, endian: str, pointer: int) -> Iterator[tuple[int, int, int]]:
    """Tag, type and place of the value of every entry of a directory."""
    try:
        start: int = struct.unpack_from(endian + "I", data, pointer)[0]
        count = struct.unpack_from(endian + "H", data, start)[0]
        for index in range(min(count, _MOST_ENTRIES)):
            entry = start + 2 + 12 * index
            tag, kind = struct.unpack_from(endian + "HH", data, entry)
            struct.unpack_from(endian + "I", data, entry + 8)
            yield tag, kind, entry + 8
    except struct.error as error:
        raise ValueError("EXIF that ends too early") from error
