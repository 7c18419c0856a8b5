"""Whether a file is as long as it says itself, before hours of work end where it does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

_SEGMENT = b"\x18\x53\x80\x67"
"""The element of Matroska that holds everything but the first few bytes."""


def is_truncated(path: Path) -> bool:
    """Whether the parts that a container is made of reach beyond the end of the file.

    Of a file that does not tell (a live recording), and of one that is no container, nothing is
    found.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "clip.avi"
        >>> _ = path.write_bytes(b"RIFF" + (1000).to_bytes(4, "little") + b"AVI LIST")
        >>> is_truncated(path)
        True
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] == b"RIFF":
            # Cameras that lose power leave 0 there.
            return 8 + int.from_bytes(head[4:8], "little") > size
        if head[:4] == b"\x1aE\xdf\xa3":
            return _segment_end(file) > size
        if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"skip", b"free"):
            return max(_box_ends(file, size), default=0) > size
    return False


def _segment_end(file: IO[bytes]) -> int:
    """Where the body of a Matroska file ends; 0 if it does not tell."""
    file.seek(4)
    header = _element_size(file)
    file.seek(header or 0, 1)
    if file.read(4) != _SEGMENT:
        return 0
    length = _element_size(file)
    return file.tell() + length if length is not None else 0


def _element_size(file: IO[bytes]) -> int | None:
    """The size of an element: as many bytes as there are zeros before the first one, and one."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    count = 8 - first[0].bit_length()
    number = int.from_bytes(first + file.read(count)) - (1 << 7 * (count + 1))
    # All ones: it is not known.
    return None if number == (1 << 7 * (count + 1)) - 1 else number


def _box_ends(file: IO[bytes], size: int) -> Iterator[int]:
    """Where each box of the outermost level of an MP4 file ends."""
    start = 0
    while start + 8 <= size:
        file.seek(start)
        length = int.from_bytes(file.read(4))
        if length == 1:
            file.seek(start + 8)
            length = int.from_bytes(file.read(8))
        if length < 8:
            # To the end of the file, or nonsense.
            return
        start += length
        yield start
