"""What is said about the main image of a HEIF or AVIF file.

Reference: ISO/IEC 23008-12, section 9.3; ISO/IEC 14496-12, section 8.11.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from sesr_app.images.containers.boxes import FileBox, boxes, find_box

FULL_BOX = 4
"""Bytes of version and flags before the content of some boxes."""


def property_of_main(file: IO[bytes], name: bytes, kind: bytes) -> bytes | None:
    """A property of the main image, the body of a box whose content begins with `kind`.

    None where it has none, or the file is not as it should be.
    """
    meta = find_box(file, b"meta")
    if meta is None:
        return None
    inside = list(boxes(file, meta.start + FULL_BOX, meta.end))
    main = _main_item(file, inside)
    held = next((box for box in inside if box.name == b"iprp"), None)
    if main is None or held is None:
        return None
    parts = list(boxes(file, held.start, held.end))
    shared = next((box for box in parts if box.name == b"ipco"), None)
    listed = list(boxes(file, shared.start, shared.end)) if shared else []
    for box in parts:
        if box.name != b"ipma":
            continue
        for number in _associations(box.read(file), main):
            if 0 < number <= len(listed) and listed[number - 1].name == name:
                body = listed[number - 1].read(file)
                if body.startswith(kind):
                    return body
    return None


def _main_item(file: IO[bytes], inside: list[FileBox]) -> int | None:
    for box in inside:
        if box.name == b"pitm":
            body = box.read(file)
            width = 2 if body[:1] == b"\0" else 4
            return int.from_bytes(body[FULL_BOX : FULL_BOX + width], "big")
    return None


def _associations(body: bytes, item: int) -> Iterator[int]:
    """Numbers of the properties of an item, the first of all being 1."""
    if len(body) < 2 * FULL_BOX:
        return
    name_width, wide = 2 if body[0] == 0 else 4, bool(body[3] & 1)
    place = 2 * FULL_BOX
    for _ in range(int.from_bytes(body[FULL_BOX:place], "big")):
        entry = body[place : place + name_width + 1]
        if len(entry) <= name_width:
            return
        count, place = entry[-1], place + len(entry)
        width = 2 if wide else 1
        mask = 0x7FFF if wide else 0x7F
        if int.from_bytes(entry[:-1], "big") == item:
            for i in range(count):
                yield (
                    int.from_bytes(body[place + width * i : place + width * (i + 1)], "big") & mask
                )
        place += width * count
