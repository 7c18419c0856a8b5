"""Files that are meant to break a decoder end in an error of ours, and in no other."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photos import make_photo
from sesr.errors import ImageError
from sesr_app.images import read_picture

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")


def encoded(image_format: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(make_photo(24, 31)).save(buffer, format=image_format)
    return buffer.getvalue()


def mutated(content: bytes, random: np.random.Generator) -> bytes:
    """Some bytes changed, a part cut out or doubled, or the end missing."""
    data = bytearray(content)
    for _ in range(int(random.integers(1, 9))):
        data[int(random.integers(len(data)))] = int(random.integers(256))
    start, stop = sorted(int(i) for i in random.integers(0, len(data), 2))
    kind = int(random.integers(4))
    if kind == 0:
        del data[start:stop]
    elif kind == 1:
        data[start:start] = data[start:stop]
    elif kind == 2:
        del data[stop:]
    return bytes(data)


@pytest.mark.parametrize("image_format", FORMATS)
def test_mutated_files_decode_or_are_named(tmp_path: Path, image_format: str) -> None:
    whole = encoded(image_format)
    path = tmp_path / f"mutated.{image_format.lower()}"
    named = 0
    for seed in range(60):
        path.write_bytes(mutated(whole, np.random.default_rng(seed)))
        try:
            pixels = read_picture(path).pixels
        except ImageError as error:
            named += 1
            assert path.name in str(error)
            assert "\n" not in str(error)
        else:
            assert pixels.dtype == np.uint8
            assert pixels.ndim in (2, 3)
    assert named > 0


def test_a_decompression_bomb_is_not_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    image = bytearray(encoded("PNG"))
    # Width and height in the header: 60,000 x 60,000, with the checksum to match.
    import struct
    import zlib

    header = b"IHDR" + struct.pack(">II", 60_000, 60_000) + bytes(image[24:29])
    image[12:33] = header + struct.pack(">I", zlib.crc32(header))
    path.write_bytes(image)
    with pytest.raises(ImageError, match="too many pixels"):
        read_picture(path)
