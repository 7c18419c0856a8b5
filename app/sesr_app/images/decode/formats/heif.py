"""HEIC and HEIF, also of 10 and 12 bits, with the package pillow-heif."""

from __future__ import annotations

from typing import Any

import numpy as np

from sesr.errors import MissingExtraError
from sesr_app.images.code_points import CodePoints
from sesr_app.images.decode.gate import Gate, Header
from sesr_app.images.decode.source import Source
from sesr_app.images.formats import writable
from sesr_app.images.metadata import Metadata, collect
from sesr_app.images.picture import Compression, Frame, Picture

GAIN_MAP = "hdrgainmap"
WIDEST = 16


def read(source: Source, gate: Gate) -> Picture:
    """Decode the main image of a HEIC file."""
    try:
        import pillow_heif
    except ImportError as error:
        raise MissingExtraError(f"{gate.name}: reading HEIC", "formats") from error
    with source.open() as file:
        heif = pillow_heif.open_heif(file, convert_hdr_to_8bit=False)
        image = heif[heif.primary_index]
        width, height = image.size
        gate.let_in(Header(source.format, width, height))
        # The library turns the pixels as the container says; what EXIF says is to be ignored.
        pixels = np.asarray(image)
    notes: dict[str, Any] = image.info
    bits = int(notes.get("bit_depth") or WIDEST)
    if pixels.dtype == np.uint16 and 8 <= bits < WIDEST:
        # The library puts 10 or 12 bits into the upper ones; white must be white.
        pixels = pixels | pixels >> bits
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    metadata = _notes(notes, len(heif), gate)
    frames = iter([Frame(np.ascontiguousarray(pixels))])
    kind = writable(source.format)
    return Picture(
        frames,
        1,
        width * height,
        kind,
        metadata,
        compression=Compression("heic"),
        bits=bits,
    )


def _notes(info: dict[str, Any], images: int, gate: Gate) -> Metadata:
    hidden = info.get("aux") or {}
    others = ["gain map" if GAIN_MAP in str(name) else "hidden image" for name in hidden]
    others += ["depth map"] if info.get("depth_images") else []
    others += ["further image"] if images > 1 else []
    return collect(
        {
            "icc_profile": lambda: info.get("icc_profile"),
            "code_points": lambda: _code_points(info),
            "exif": lambda: (info.get("exif") or b"").removeprefix(b"Exif\0\0"),
            "xmp": lambda: info.get("xmp"),
            "others": lambda: tuple(dict.fromkeys(others)),
        },
        gate.warn,
    )


def _code_points(info: dict[str, Any]) -> CodePoints | None:
    """What decoded pixels mean, unless it need not be told; a profile counts more."""
    told = info.get("nclx_profile")
    if not told or info.get("icc_profile"):
        return None
    points = CodePoints(told["color_primaries"], told["transfer_characteristics"])
    return None if points.usual else points
