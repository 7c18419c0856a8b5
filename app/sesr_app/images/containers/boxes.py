"""Boxes, of which HEIF, AVIF, JPEG 2000 and JPEG XL are made.

Reference: ISO/IEC 14496-12, section 4.2; ISO/IEC 15444-1, annex I.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, NamedTuple

MOST_BOXES = 10_000
"""Side by side; more are no image."""


class FileBox(NamedTuple):
    """A box in a file.

    Attributes:
        name: its four letters.
        start: where its body begins.
        end: where it ends.
    """

    name: bytes
    start: int
    end: int

    def read(self, file: IO[bytes], most: int | None = None) -> bytes:
        """Its body, or the first bytes of it."""
        file.seek(self.start)
        size = self.end - self.start
        return file.read(size if most is None else min(size, most))


def boxes(file: IO[bytes], start: int = 0, end: int | None = None) -> Iterator[FileBox]:
    """The boxes of a file or, between the places given, of another box; as far as it is whole."""
    end = file.seek(0, 2) if end is None else end
    for _ in range(MOST_BOXES):
        if start + 8 > end:
            return
        file.seek(start)
        size, name = int.from_bytes(file.read(4), "big"), file.read(4)
        head = 8
        if size == 1:
            size, head = int.from_bytes(file.read(8), "big"), 16
        size = size or end - start
        if size < head:
            return
        yield FileBox(name, start + head, min(start + size, end))
        start += size


def find_box(file: IO[bytes], *path: bytes) -> FileBox | None:
    """The first box along names from the outermost to the innermost."""
    found = FileBox(b"", 0, file.seek(0, 2))
    for name in path:
        inner = (box for box in boxes(file, found.start, found.end) if box.name == name)
        box = next(inner, None)
        if box is None:
            return None
        found = box
    return found
