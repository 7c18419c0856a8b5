"""WebP files, which tell by their chunks whether and how coarsely they are compressed.

Reference: RFC 9649; RFC 6386, section 9 for the header of a lossy frame.
"""

from __future__ import annotations

from dataclasses import replace

from sesr_app.images.decode.formats import pillow
from sesr_app.images.decode.gate import Gate, Header
from sesr_app.images.decode.source import Source
from sesr_app.images.picture import Compression, Picture

KEY_FRAME = b"\x9d\x01\x2a"


def read(source: Source, gate: Gate) -> Picture:
    """Decode a WebP."""
    if size := _size(source.head):
        # Pillow makes room for the whole image as soon as it opens the file.
        gate.check_size(size[0] * size[1])
        gate.inspect(Header(source.format, *size))
    lossless, compression = _compression(source)
    return replace(pillow.read(source, gate), lossless=lossless, compression=compression)


def _size(head: bytes) -> tuple[int, int] | None:
    """Width and height by the first chunk."""
    name, body = head[12:16], head[20:30]
    if len(body) < 10:
        return None
    if name == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if name == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if name == b"VP8 " and body[3:6] == KEY_FRAME:
        sides = (int.from_bytes(body[place : place + 2], "little") & 0x3FFF for place in (6, 8))
        return next(sides), next(sides)
    return None


def _compression(source: Source) -> tuple[bool, Compression | None]:
    """Whether it is lossless, and what a lossy one tells."""
    with source.open() as file:
        file.seek(12)
        while len(header := file.read(8)) == 8:
            name, size = header[:4], int.from_bytes(header[4:], "little")
            if name == b"VP8L":
                return True, None
            if name == b"VP8 ":
                return False, Compression("webp", quantizer=_quantizer(file.read(min(size, 256))))
            # A frame of an animation wraps its chunk behind 16 bytes of position and time.
            file.seek(16 if name == b"ANMF" else size + size % 2, 1)
    return False, None


def _quantizer(frame: bytes) -> int | None:
    """The base index of quantisation, behind the header's other flags."""
    if frame[3:6] != KEY_FRAME:
        return None
    bits = _Bits(frame[10:])
    bits.take(2)
    indexes: list[int] = []
    if bits.take(1):
        indexes = _segments(bits)
    bits.take(1 + 6 + 3)
    if bits.take(1) and bits.take(1):
        for _ in range(8):
            if bits.take(1):
                bits.take(7)
    bits.take(2)
    base = bits.take(7)
    # An encoder that spends bits by segment puts the common index into them.
    return base if not indexes else round(sum(indexes) / len(indexes))


def _segments(bits: _Bits) -> list[int]:
    """Indexes of the segments, where they stand alone."""
    update_map, update_data = bits.take(1), bits.take(1)
    indexes: list[int] = []
    if update_data:
        absolute = bits.take(1)
        values = [_signed(bits, 7) for _ in range(4)]
        for _ in range(4):
            _signed(bits, 6)
        indexes = values if absolute else []
    if update_map:
        for _ in range(3):
            if bits.take(1):
                bits.take(8)
    return indexes


def _signed(bits: _Bits, count: int) -> int:
    if not bits.take(1):
        return 0
    value = bits.take(count)
    return -value if bits.take(1) else value


class _Bits:
    """The arithmetic decoder of VP8, for bits of even odds.

    Args:
        data: zeros follow it.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data + bytes(8)
        self._value = int.from_bytes(self._data[:2], "big")
        self._next = 2
        self._range = 255
        self._shifted = 0

    def take(self, count: int) -> int:
        """The next bits as a number, the highest first."""
        value = 0
        for _ in range(count):
            value = value << 1 | self._bit()
        return value

    def _bit(self) -> int:
        split = 1 + ((self._range - 1) * 128 >> 8)
        bit = self._value >= split << 8
        if bit:
            self._range -= split
            self._value -= split << 8
        else:
            self._range = split
        while self._range < 128:
            self._value <<= 1
            self._range <<= 1
            self._shifted += 1
            if self._shifted == 8:
                self._shifted = 0
                place = min(self._next, len(self._data) - 1)
                self._value |= self._data[place]
                self._next += 1
        return int(bit)
