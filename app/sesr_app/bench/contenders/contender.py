"""What the benchmark asks of anything that enlarges images, and how it names one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from sesr.pixels.color import FloatImage, Rgb8


class Contender(Protocol):
    """Enlarges images by a fixed factor, made ready once and used many times.

    Attributes:
        version: of what runs it, for the record.
    """

    version: str

    def luma(self, luma: FloatImage) -> FloatImage:
        """Enlarge one channel: the bare network.

        Args:
            luma: (H, W) float32 in [16/255, 235/255].

        Returns:
            (H * scale, W * scale) float32 in [0, 1].
        """
        ...

    def rgb(self, image: Rgb8) -> Rgb8:
        """Enlarge a colour image, from end to end; (H, W, 3) to (H * scale, W * scale, 3)."""
        ...


@dataclass(frozen=True, slots=True)
class ContenderEntry:
    """A contender before it is made: what a process of its own is told.

    Attributes:
        name: in the table.
        kind: which class makes it, see `sesr_app.bench.worker`.
        options: keyword arguments of that class, JSON values.
        macs_per_pixel: multiply-accumulates for a pixel of the input; 0 where unknown.
        absence: "missing" or "failed", if it is known beforehand that it cannot take part.
        note: why.
        chosen: how `sesr upscale` is told to run this: "--fast", "default" or "--best", or several;
            empty for all others.
    """

    name: str
    kind: str
    options: dict[str, Any] = field(default_factory=dict)
    macs_per_pixel: int = 0
    absence: str = ""
    note: str = ""
    chosen: str = ""
