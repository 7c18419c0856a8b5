"""Colour profiles that fit the pixels that they are written with.

Reference: ICC.1:2022, sections 7 to 9.
"""

from __future__ import annotations

import struct

D50 = (0.9642, 1.0, 0.8249)
SRGB_COLUMNS = (
    (0.43607, 0.22249, 0.01392),
    (0.38515, 0.71687, 0.09708),
    (0.14307, 0.06061, 0.71410),
)
"""XYZ of the red, green and blue of sRGB, adapted to D50."""


def fitting_profile(profile: bytes, gray: bool) -> bytes | None:
    """The profile for gray or RGB pixels; None if it is meant for others.

    RGB pixels of a gray image get a profile of RGB with the same tone curve.
    """
    space = profile[16:20]
    if space == (b"GRAY" if gray else b"RGB "):
        return profile
    return _rgb_of_gray(profile) if space == b"GRAY" else None


def _rgb_of_gray(profile: bytes) -> bytes | None:
    """A profile whose red, green and blue all have the tone curve of a gray profile."""
    curve = _tag(profile, b"kTRC")
    if curve is None:
        return None
    kept = {name: body for name in (b"desc", b"cprt") if (body := _tag(profile, name))}
    tags = kept | {b"wtpt": _xyz(D50)}
    for name, column in zip((b"r", b"g", b"b"), SRGB_COLUMNS, strict=True):
        tags |= {name + b"XYZ": _xyz(column), name + b"TRC": curve}
    table = struct.pack(">I", len(tags))
    place = 128 + 4 + 12 * len(tags)
    bodies: dict[bytes, int] = {}
    data = b""
    for name, body in tags.items():
        if body not in bodies:
            bodies[body] = place + len(data)
            data += body + b"\0" * (-len(body) % 4)
        table += name + struct.pack(">II", bodies[body], len(body))
    size = struct.pack(">I", place + len(data))
    # The checksum, bytes 84 to 100, would be wrong: zeros say that there is none.
    head = size + profile[4:16] + b"RGB XYZ " + profile[24:84] + bytes(16) + profile[100:128]
    return head + table + data


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def _tag(profile: bytes, name: bytes) -> bytes | None:
    count = int.from_bytes(profile[128:132], "big")
    for place in range(132, min(132 + 12 * count, len(profile) - 11), 12):
        if profile[place : place + 4] == name:
            start, size = struct.unpack(">II", profile[place + 4 : place + 12])
            body = profile[start : start + size]
            return body if size and len(body) == size else None
    return None
