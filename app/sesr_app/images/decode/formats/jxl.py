"""JPEG XL, with the package pillow-jxl-plugin.

Reference: ISO/IEC 18181-1, section on the size header; 18181-2 for the container.
"""

from __future__ import annotations

from dataclasses import replace
from typing import IO, Any

from sesr.errors import MissingExtraError
from sesr_app.images.containers.boxes import boxes
from sesr_app.images.decode.formats import pillow
from sesr_app.images.decode.gate import Gate, Header
from sesr_app.images.decode.orientation import upright
from sesr_app.images.decode.source import Source
from sesr_app.images.formats import writable
from sesr_app.images.metadata import metadata_of
from sesr_app.images.picture import Compression, Frame, Picture

RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
SIZE_BITS = (9, 13, 18, 30)


def read(source: Source, gate: Gate) -> Picture:
    """Decode the first frame of a JPEG XL."""
    try:
        from pillow_jxl.JpegXLImagePlugin import JXLImageFile
    except ImportError as error:
        raise MissingExtraError(f"{gate.name}: reading JPEG XL", "formats") from error
    with source.open() as file:
        stream, xmp = _read_boxes(file)
    width, height = _size(stream)
    # The plugin decodes as soon as it opens a file.
    gate.let_in(Header(source.format, width, height))
    decoder: Any = JXLImageFile
    with source.open() as file, decoder(file) as image:
        image.load()
        metadata = metadata_of(image, gate.warn)
        pixels, _ = pillow.to_pixels(image, gate)
        # A JPEG that was packed comes out as it was; everything else comes out upright.
        pixels = upright(pixels, metadata.orientation if image.jpeg else 1)
    metadata = replace(metadata, xmp=metadata.xmp or xmp)
    frames = iter([Frame(pixels)])
    kind = writable(source.format)
    return Picture(frames, 1, width * height, kind, metadata, compression=Compression("jxl"))


def _read_boxes(file: IO[bytes]) -> tuple[bytes, bytes | None]:
    """The start of the code stream, and XMP if it is not compressed."""
    if file.read(2) == b"\xff\x0a":
        return file.read(32), None
    stream, xmp = b"", None
    for box in boxes(file):
        if box.name in (b"jxlc", b"jxlp") and not stream:
            body = box.read(file, 64)
            stream = body[6:38] if box.name == b"jxlp" else body[2:34]
        elif box.name == b"xml ":
            xmp = box.read(file)
    return stream, xmp


def _size(stream: bytes) -> tuple[int, int]:
    bits = int.from_bytes(stream, "little")

    def take(count: int) -> int:
        nonlocal bits
        value = bits & (1 << count) - 1
        bits >>= count
        return value

    small = take(1)

    def side() -> int:
        return 8 * (take(5) + 1) if small else take(SIZE_BITS[take(2)]) + 1

    height = side()
    if ratio := take(3):
        across, down = RATIOS[ratio - 1]
        return height * across // down, height
    return side(), height
