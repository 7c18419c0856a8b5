"""Writing JPEG files, with IPTC and with the gain map of a telephone's photograph.

Reference: CIPA DC-007 (Multi-Picture Format).
"""

from __future__ import annotations

import io
import re
import struct
from dataclasses import replace
from typing import IO, Any

from sesr_app.images.containers.ifd import LONG, UNDEFINED, TagEntry, pack_directory
from sesr_app.images.containers.segments import (
    LARGEST_BODY,
    MP_ENTRIES,
    end_of_notes,
    insert_segments,
    packed_segment,
)
from sesr_app.images.encode.formats.pillow import accepted_notes, canvas
from sesr_app.images.encode.output import Output
from sesr_app.images.metadata import GainMap, Metadata, photoshop_block

APP2, APP13 = 0xE2, 0xED
PRIMARY = 0x030000
"""Attributes of the image that is to be shown."""

MP_VERSION, MP_COUNT = 0xB000, 0xB001
GAIN_MAP_ITEM = rb"<[^<>]*Item:Semantic=[\"']GainMap[\"'][^<>]*>"
_LENGTH = rb"(Item:Length=[\"'])\d+"


def write(file: IO[bytes], output: Output) -> None:
    """Write an image."""
    output = replace(output, metadata=_with_length(output.metadata))
    # Colours were enlarged by interpolation: half of their pixels say the same.
    settings: dict[str, Any] = {
        "quality": output.options.quality or output.kind.quality,
        "subsampling": "4:2:0",
    }
    settings |= accepted_notes(output)
    image = canvas(next(output.frames))
    metadata = output.metadata
    if not metadata.iptc and not metadata.gain_map:
        image.save(file, "JPEG", **settings)
        return
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **settings)
    content = buffer.getvalue()
    if metadata.iptc:
        body = b"Photoshop 3.0\0" + photoshop_block(metadata.iptc)
        if len(body) > LARGEST_BODY:
            output.warn("its IPTC is too long for jpg, so it was left out")
        else:
            content = insert_segments(content, [(APP13, body)])
    file.write(_with_gain_map(content, metadata.gain_map) if metadata.gain_map else content)


def _with_length(metadata: Metadata) -> Metadata:
    """XMP says how long the gain map is; turned, it has another length."""
    if not metadata.gain_map or not metadata.xmp:
        return metadata
    length = b"\\g<1>%d" % len(metadata.gain_map.content)
    xmp = re.sub(GAIN_MAP_ITEM, lambda item: re.sub(_LENGTH, length, item[0]), metadata.xmp)
    return replace(metadata, xmp=xmp)


def _with_gain_map(content: bytes, gain_map: GainMap) -> bytes:
    """The image, the list of both, and the gain map behind it."""
    place = end_of_notes(content)
    # Offsets count from the list's own header, behind the marker, the length and the name.
    header = place + 8
    whole = len(content) + len(_list_of_images(0, 0, gain_map))
    segment = _list_of_images(whole, whole - header, gain_map)
    return content[:place] + segment + content[place:] + gain_map.content


def _list_of_images(size: int, offset: int, gain_map: GainMap) -> bytes:
    entries = struct.pack("<IIIHH", PRIMARY, size, 0, 0, 0)
    entries += struct.pack("<IIIHH", gain_map.attributes, len(gain_map.content), offset, 0, 0)
    directory, _ = pack_directory(
        {
            MP_VERSION: TagEntry(UNDEFINED, b"0100"),
            MP_COUNT: TagEntry.of(LONG, 2),
            MP_ENTRIES: TagEntry(UNDEFINED, entries),
        },
        8,
    )
    return packed_segment(APP2, b"MPF\0II*\0\x08\0\0\0" + directory)
