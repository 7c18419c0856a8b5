"""Directories of TIFF files and of EXIF blocks, read and written entry by entry.

Entries are kept as bytes, so that what nobody here understands is carried over unchanged.
Reference: TIFF 6.0, section 2; BigTIFF for files beyond 4 GB.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO

import numpy as np

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, IFD, LONG8 = 1, 2, 3, 4, 5, 7, 13, 16
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
         16: 8, 17: 8, 18: 8}  # fmt: skip
"""Bytes of a value by its type."""

WORDS = SIZES | {5: 4, 10: 4}
"""Bytes that change places between the two byte orders."""

NUMBERS = {1: "u1", 3: "<u2", 4: "<u4", 6: "i1", 8: "<i2", 9: "<i4", 13: "<u4", 16: "<u8",
           17: "<i8", 18: "<u8"}  # fmt: skip
MOST_ENTRIES = 4096
"""No writer puts as many tags into one directory; a damaged file may claim to."""

MOST_DIRECTORIES = 100_000


@dataclass(frozen=True, slots=True)
class TagEntry:
    """A tag of a directory.

    Attributes:
        kind: its type, a key of SIZES.
        data: its values, in little-endian order.
    """

    kind: int
    data: bytes

    @classmethod
    def of(cls, kind: int, *values: int) -> TagEntry:
        """An entry of whole numbers."""
        return cls(kind, np.array(values, NUMBERS[kind]).tobytes())

    @property
    def count(self) -> int:
        """Number of values."""
        return len(self.data) // SIZES[self.kind]

    @property
    def numbers(self) -> tuple[int, ...]:
        """The values, if they are whole numbers.

        Raises:
            ValueError: they are not.
        """
        if self.kind not in NUMBERS:
            raise ValueError("a tag of the wrong type")
        return tuple(np.frombuffer(self.data, NUMBERS[self.kind]).tolist())


Directory = dict[int, TagEntry]


class DirectoryReader:
    """Reads directories of a TIFF file or of a block of EXIF.

    Args:
        file: open for reading; its header is at `base`, which all offsets count from.

    Raises:
        ValueError: it does not begin like one.
    """

    def __init__(self, file: IO[bytes], base: int = 0) -> None:
        self._file, self._base = file, base
        self._size = file.seek(0, 2)
        head = self._read(0, 8)
        if head[:2] not in (b"II", b"MM"):
            raise ValueError("EXIF or TIFF without its header")
        self.endian = "<" if head[:2] == b"II" else ">"
        self._big = self._unpack("H", head[2:4]) == 43
        if not self._big and self._unpack("H", head[2:4]) != 42:
            raise ValueError("EXIF or TIFF without its header")
        self.first = self._unpack("Q", self._read(8, 8)) if self._big else self._unpack(
            "I", head[4:])  # fmt: skip

    def chain(self) -> Iterator[Directory]:
        """The directories, one linked to the next; a link backwards ends them."""
        place, seen = self.first, set[int]()
        while place and place not in seen and len(seen) < MOST_DIRECTORIES:
            seen.add(place)
            directory, place = self.directory(place)
            yield directory

    def directory(self, place: int) -> tuple[Directory, int]:
        """The directory at an offset, and the offset of the next one, 0 for none.

        Raises:
            ValueError: it ends too early.
        """
        head, width, form = (8, 20, "Q") if self._big else (2, 12, "I")
        count = self._unpack("Q" if self._big else "H", self._read(place, head))
        if count > MOST_ENTRIES:
            raise ValueError(f"a directory of {count} tags")
        body = self._read(place + head, count * width)
        entries: Directory = {}
        for index in range(count):
            entry = body[index * width : (index + 1) * width]
            tag, kind = struct.unpack(self.endian + "HH", entry[:4])
            half = (width - 4) // 2
            size = SIZES.get(kind, 0) * self._unpack(form, entry[4 : 4 + half])
            if kind in SIZES and tag not in entries:
                value = entry[4 + half :]
                data = value[:size] if size <= half else self._read(self._unpack(form, value), size)
                entries[tag] = TagEntry(kind, self._little(kind, data))
        link = place + head + count * width
        # Some writers leave the last link out.
        last = link + head > self._size - self._base
        return entries, 0 if last else self._unpack(form, self._read(link, 8 if self._big else 4))

    def _little(self, kind: int, data: bytes) -> bytes:
        if self.endian == "<" or WORDS[kind] == 1:
            return data
        return np.frombuffer(data, f">u{WORDS[kind]}").astype(f"<u{WORDS[kind]}").tobytes()

    def _unpack(self, form: str, data: bytes) -> int:
        return int(struct.unpack(self.endian + form, data)[0])

    def _read(self, place: int, size: int) -> bytes:
        if self._base + place + size > self._size:
            raise ValueError("EXIF or TIFF that ends too early")
        self._file.seek(self._base + place)
        return self._file.read(size)


def pack_directory(
    entries: Mapping[int, TagEntry | Directory], start: int, link: int = 0, *, big: bool = False
) -> tuple[bytes, dict[int, int]]:
    """A directory in little-endian order, with its values behind it.

    Args:
        entries: by tag; a tag whose value is a directory points to it.
        start: where the directory will stand, even.
        link: offset of the next directory.
        big: as in BigTIFF, whose offsets and counts have 8 bytes.

    Returns:
        Its bytes, and where among them the value of each tag stands.
    """
    number, offset_kind = ("Q", LONG8) if big else ("I", LONG)
    place = struct.Struct(f"<{number}")
    head = bytearray(struct.pack("<Q" if big else "<H", len(entries)))
    behind = bytearray()
    after = start + len(head) + (4 + 2 * place.size) * len(entries) + place.size
    places: dict[int, int] = {}
    for tag, entry in sorted(entries.items()):
        head += struct.pack("<H", tag)
        if isinstance(entry, dict):
            kind, count = offset_kind, 1
            data = place.pack(after + len(behind))
            behind += pack_directory(entry, after + len(behind), big=big)[0]
        else:
            kind, count, data = entry.kind, entry.count, entry.data
        head += struct.pack(f"<H{number}", kind, count)
        if len(data) > place.size:
            offset = after + len(behind)
            places[tag] = offset - start
            behind += data + b"\0" * (len(data) % 2)
            data = place.pack(offset)
        else:
            places[tag] = len(head)
        behind += b"\0" * (len(behind) % 2)
        head += data.ljust(place.size, b"\0")
    return bytes(head + place.pack(link) + behind), places
