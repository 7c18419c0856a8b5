"""Changing a few values inside a block of EXIF without moving anything else in it.

Makers of cameras keep notes in EXIF whose offsets break when the block is written anew, so an
orientation that has been applied and the size of the image are changed in place.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

HEADER = b"Exif\0\0"
ORIENTATION, EXIF_IFD, GPS_IFD, WIDTH, HEIGHT = 0x0112, 0x8769, 0x8825, 0xA002, 0xA003
SHORT, LONG = 3, 4
MOST_ENTRIES = 2000
"""No camera writes as many tags into one directory; a damaged block may claim to."""


def with_size(exif: bytes, width: int, height: int) -> bytes:
    """The same block for an upright image of another size.

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
        if tag == ORIENTATION and kind == SHORT:
            struct.pack_into(endian + "H", data, place, 1)
        if tag == EXIF_IFD and kind == LONG:
            _set_size(data, endian, place, {WIDTH: width, HEIGHT: height})
    return bytes(data)


def _set_size(data: bytearray, endian: str, pointer: int, sizes: dict[int, int]) -> None:
    for tag, kind, place in _entries(data, endian, pointer):
        if tag not in sizes:
            continue
        if kind == LONG:
            struct.pack_into(endian + "I", data, place, sizes[tag])
        elif kind == SHORT and sizes[tag] < 2**16:
            struct.pack_into(endian + "H", data, place, sizes[tag])


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
        for index in range(min(count, MOST_ENTRIES)):
            entry = start + 2 + 12 * index
            tag, kind = struct.unpack_from(endian + "HH", data, entry)
            struct.unpack_from(endian + "I", data, entry + 8)
            yield tag, kind, entry + 8
    except struct.error as error:
        raise ValueError("EXIF that ends too early") from error
