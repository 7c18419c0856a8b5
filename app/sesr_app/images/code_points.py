"""How colours are meant where no profile tells, by the numbers that all formats share.

Reference: ITU-T H.273, tables 2 and 3.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

PRIMARIES = {9: "BT.2020", 11: "DCI-P3", 12: "Display P3"}
TRANSFERS = {8: "linear light", 16: "PQ", 18: "HLG"}
"""Names of those that look unlike sRGB, as which BT.709, BT.601 and their kin are shown."""

BT_2020 = 9


class CodePoints(NamedTuple):
    """Colours by their numbers.

    Attributes:
        primaries: what pure red, green and blue are.
        transfer: how numbers become light; 16 and 18 are those of HDR.
        full_range: whether black is 0 and white the largest number.
    """

    primaries: int
    transfer: int
    full_range: bool = True

    def __str__(self) -> str:
        names = [PRIMARIES.get(self.primaries), TRANSFERS.get(self.transfer)]
        names += [] if self.full_range else ["a narrow range"]
        told = " and ".join(name for name in names if name)
        return f"colours in {told or f'code points {self.primaries} and {self.transfer}'}"

    @property
    def usual(self) -> bool:
        """Whether they look right where nothing is said."""
        known = self.primaries in PRIMARIES or self.transfer in TRANSFERS
        return self.full_range and not known

    @property
    def packed(self) -> bytes:
        """The body of a chunk cICP of a PNG, whose pixels are RGB."""
        return bytes((self.primaries, self.transfer, 0, self.full_range))


def points_in_chunk(body: bytes) -> CodePoints | None:
    """The numbers of a chunk cICP."""
    if len(body) != 4 or body[2]:
        return None
    return CodePoints(body[0], body[1], bool(body[3]))


def points_in_box(body: bytes) -> CodePoints | None:
    """What the numbers of a box nclx mean for decoded pixels, which have the full range.

    None for those that need not be told.
    """
    if len(body) < 10 or not body.startswith(b"nclx"):
        return None
    points = CodePoints(*struct.unpack(">HH", body[4:8]))
    return None if points.usual or max(points[:2]) > 0xFF else points
