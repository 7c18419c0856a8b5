"""Blocks of GIF files.

Reference: GIF89a specification.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import IO

EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B
CONTROL, _COMMENT, APPLICATION = 0xF9, 0xFE, 0xFF
LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
MOST_COMMENT_BYTES = 1 << 20
STAND_IN = bytes((1, 0, 0)) + bytes(765)
"""A palette that Pillow takes for no ramp of gray, so that it gives indexes."""


@dataclass(frozen=True, slots=True)
class GifFrame:
    """An image of a GIF file.

    Attributes:
        left, top, width, height: its place.
        interlaced: the order of its rows.
        palette: its own, if it has one.
        data: its pixels as stored, with the size of the first code before them.
        transparent: index that leaves what is below.
        milliseconds: that it is shown.
        disposal: what becomes of it then.
    """

    left: int
    top: int
    width: int
    height: int
    interlaced: bool
    palette: bytes
    data: bytes
    transparent: int | None
    milliseconds: float
    disposal: int


@dataclass(slots=True)
class GifFile:
    """A GIF file in its parts.

    Attributes:
        plays: how often it is shown; 0 is for ever.
        damaged: whether something behind the last frame could not be read.
    """

    width: int
    height: int
    palette: bytes
    frames: list[GifFrame] = field(default_factory=list)
    comment: bytes = b""
    plays: int = 1
    damaged: bool = False


def read_blocks(file: IO[bytes]) -> GifFile:
    """Take a GIF file apart; what follows a damaged block is left out.

    Raises:
        ValueError: it ends before its first image does.
    """
    head = _exactly(file, 13)
    width, height, flags = struct.unpack("<HHB", head[6:11])
    gif = GifFile(width, height, _palette(file, flags))
    control = b"\0\0\0\0"
    try:
        while (kind := file.read(1)) and kind[0] != TRAILER:
            if kind[0] == IMAGE:
                gif.frames.append(_frame(file, control))
                control = b"\0\0\0\0"
            elif kind[0] == EXTENSION:
                control = _extension(file, gif) or control
    except ValueError:
        if not gif.frames:
            raise
        gif.damaged = True
    if gif.frames:
        first = gif.frames[0]
        gif.width = max(gif.width, first.left + first.width)
        gif.height = max(gif.height, first.top + first.height)
    return gif


def standing_alone(frame: GifFrame) -> bytes:
    """The frame as a file of its own, with colours that mean nothing."""
    size = struct.pack("<HH", frame.width, frame.height)
    place = b"\x2c\0\0\0\0" + size + (b"\x40" if frame.interlaced else b"\0")
    return b"GIF89a" + size + b"\xf7\0\0" + STAND_IN + place + frame.data + b"\x3b"


def _frame(file: IO[bytes], control: bytes) -> GifFrame:
    left, top, width, height, flags = struct.unpack("<HHHHB", _exactly(file, 9))
    palette = _palette(file, flags)
    data = _exactly(file, 1) + _sub_blocks(file, framed=True)
    packed, hundredths, key = struct.unpack("<BHB", control)
    return GifFrame(
        left, top, width, height, bool(flags & 0x40), palette, data,
        key if packed & 1 else None, 10.0 * hundredths, packed >> 2 & 7,
    )  # fmt: skip


def _extension(file: IO[bytes], gif: GifFile) -> bytes | None:
    """The body of a control; other extensions are noted in the file."""
    label = _exactly(file, 1)[0]
    if label == APPLICATION:
        size = _exactly(file, 1)[0]
        name = _exactly(file, size)
        body = _sub_blocks(file)
        if name in LOOPS and body[:1] == b"\x01" and len(body) >= 3:
            repetitions = int.from_bytes(body[1:3], "little")
            gif.plays = repetitions + 1 if repetitions else 0
        return None
    body = _sub_blocks(file)
    if label == _COMMENT and len(gif.comment) < MOST_COMMENT_BYTES:
        gif.comment += (b"\n" if gif.comment else b"") + body
    return body[:4].ljust(4, b"\0") if label == CONTROL else None


def _palette(file: IO[bytes], flags: int) -> bytes:
    return _exactly(file, 3 << (flags & 7) + 1) if flags & 0x80 else b""


def _sub_blocks(file: IO[bytes], *, framed: bool = False) -> bytes:
    """Blocks up to the empty one; with their sizes if `framed`."""
    parts: list[bytes] = []
    while size := _exactly(file, 1):
        body = _exactly(file, size[0])
        parts.append(size + body if framed else body)
        if not size[0]:
            break
    return b"".join(parts)


def _exactly(file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise ValueError("the file ends too early")
    return data
