"""Segments of JPEG files.

Reference: ITU-T T.81, annex B.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO

FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of the header of a frame."""

SCAN, END, APP0 = 0xDA, 0xD9, 0xE0
MP_ENTRIES = 0xB002
"""Tag of the list of images in a file of several."""

ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a body."""

LARGEST_BODY = 65_533


def segments(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Marker and body of the segments before the first scan.

    Args:
        file: open for reading, at its start.
    """
    file.seek(2)
    while (mark := file.read(1)) == b"\xff":
        while mark == b"\xff":
            mark = file.read(1)
        marker = mark[0] if mark else END
        if marker in (SCAN, END):
            return
        if marker in ALONE:
            continue
        size = int.from_bytes(file.read(2), "big")
        body = file.read(max(size - 2, 0))
        if len(body) < size - 2:
            return
        yield marker, body


def frame_header(file: IO[bytes]) -> tuple[int, int]:
    """Marker of the frame and bits of its samples; zeros if there is none."""
    for marker, body in segments(file):
        if marker in FRAMES and body:
            return marker, body[0]
    return 0, 0


def application_segments(content: bytes) -> list[tuple[int, bytes]]:
    """The notes of a JPEG file but for its first, JFIF."""
    found = segments(io.BytesIO(content))
    return [(marker, body) for marker, body in found if APP0 < marker < APP0 + 16]


def insert_segments(content: bytes, added: list[tuple[int, bytes]]) -> bytes:
    """The file with segments behind its own notes."""
    place = end_of_notes(content)
    return content[:place] + b"".join(packed_segment(*one) for one in added) + content[place:]


def end_of_notes(content: bytes) -> int:
    """Where the application segments at the start of a JPEG file end."""
    place = 2
    while content[place] == 0xFF and (APP0 <= content[place + 1] < APP0 + 16):
        place += 2 + int.from_bytes(content[place + 2 : place + 4], "big")
    return place


def packed_segment(marker: int, body: bytes) -> bytes:
    """A segment as it stands in a file."""
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body
