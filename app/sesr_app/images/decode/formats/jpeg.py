"""JPEG files, and the further images that telephones put behind them.

Reference: ITU-T T.81; CIPA DC-007 (Multi-Picture Format).
"""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

from sesr_app.images.containers.ifd import DirectoryReader
from sesr_app.images.containers.segments import MP_ENTRIES, frame_header
from sesr_app.images.decode.formats import pillow
from sesr_app.images.decode.gate import Gate
from sesr_app.images.decode.source import Source
from sesr_app.images.metadata import GainMap, Metadata, metadata_of
from sesr_app.images.picture import Compression, Picture, Warn

MP_KINDS = {0x010001: "preview", 0x010002: "preview", 0x020001: "part of a panorama",
            0x020002: "second view", 0x020003: "view from another side"}  # fmt: skip
GAIN_MAP_MARKS = (b"hdrgm:", b"urn:iso:std:iso:ts:21496", b"HDRGainMap")
LOSSLESS = (0xC3, 0xC7, 0xCB, 0xCF)


def read(source: Source, gate: Gate) -> Picture:
    """Decode a JPEG."""
    with source.open() as file:
        kind, bits = frame_header(file)
    if bits not in (0, 8):
        raise gate.unsupported(f"JPEG of {bits} bits a channel", "convert it to 16-bit png first")
    if kind in LOSSLESS:
        raise gate.unsupported("lossless JPEG", "convert it to png first")
    tables: list[Compression] = []

    def notes(image: Any, warn: Warn) -> Metadata:
        quantization = image.quantization
        ordered = tuple(tuple(quantization[index]) for index in sorted(quantization))
        tables.append(Compression("jpeg", ordered))
        return _with_others(metadata_of(image, warn), image, source, warn)

    picture = pillow.read(source, gate, notes)
    return replace(picture, lossless=False, compression=tables[0])


def _with_others(metadata: Metadata, image: Any, source: Source, warn: Warn) -> Metadata:
    """Tell a gain map from the images that no enlarged file has a use for."""
    if "mp" not in image.info:
        return metadata
    try:
        found = _further_images(image.info, source)
    except (ValueError, KeyError, IndexError) as error:
        warn(f"its list of further images is damaged and was left out ({error})")
        return metadata
    others: list[str] = []
    for attributes, content in found:
        words = MP_KINDS.get(attributes & 0xFFFFFF)
        if words is None and any(mark in content[:65_536] for mark in GAIN_MAP_MARKS):
            if metadata.gain_map is None:
                upright = _upright(content, metadata.orientation)
                metadata = replace(metadata, gain_map=GainMap(upright, attributes))
        elif (words or "further image") not in others:
            others.append(words or "further image")
    return replace(metadata, others=tuple(others))


def _further_images(info: dict[str, Any], source: Source) -> list[tuple[int, bytes]]:
    """Attributes and content of every image behind the first."""
    reader = DirectoryReader(io.BytesIO(info["mp"]))
    entry = reader.directory(reader.first)[0][MP_ENTRIES].data
    order = "little" if reader.endian == "<" else "big"
    found = []
    with source.open() as file:
        for place in range(16, len(entry) - 15, 16):
            attributes, size, offset = (
                int.from_bytes(entry[place + at : place + at + 4], order)  # type: ignore[arg-type]
                for at in (0, 4, 8)
            )
            file.seek(info["mpoffset"] + offset)
            found.append((attributes, file.read(size)))
    return found


def _upright(content: bytes, orientation: int) -> bytes:
    """A gain map lies over the image as stored, so it is turned with it."""
    if orientation == 1:
        return content
    import numpy as np
    from PIL import Image

    from sesr_app.images.containers.segments import application_segments, insert_segments
    from sesr_app.images.decode.orientation import upright

    with Image.open(io.BytesIO(content), formats=["JPEG"]) as image:
        turned = upright(np.asarray(image), orientation)
    file = io.BytesIO()
    Image.fromarray(turned).save(file, "JPEG", quality=95)
    return insert_segments(file.getvalue(), application_segments(content))
