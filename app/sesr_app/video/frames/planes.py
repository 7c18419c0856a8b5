"""Frames as the planes of numbers that they are made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from av import VideoFrame
from av.codec.codec import Codec, find_best_pix_fmt_of_list
from av.video.format import VideoFormat

Plane = npt.NDArray[Any]
"""(H, W) uint8 or uint16."""

_PLANAR = re.compile(r"(?:yuvj?4(?P<chroma>20|22|44)p|gray)(?P<depth>9|10|12|14|16)?(?:le)?")


@dataclass(frozen=True, slots=True)
class Layout:
    """What the planes of a frame are.

    Attributes:
        name: FFmpeg's name of the pixel format.
        depth: bits of a number.
        chroma: how many times fewer rows and columns the two planes of color have; None for gray.
        full: whether black is 0 and white the largest number, in place of 16 and 235 of 255.

    Example:
        >>> Layout.of("yuv422p10le", full=False).chroma
        (1, 2)
    """

    name: str
    depth: int
    chroma: tuple[int, int] | None
    full: bool

    @classmethod
    def of(cls, name: str, *, full: bool) -> Layout:
        """That of a format which `is_planar` takes."""
        match = _PLANAR.fullmatch(name)
        if match is None:
            raise ValueError(f"{name} is no planar format")
        chroma = {"20": (2, 2), "22": (1, 2), "44": (1, 1), None: None}[match["chroma"]]
        return cls(name, int(match["depth"] or 8), chroma, full or name.startswith("yuvj"))

    @property
    def peak(self) -> int:
        """The largest number."""
        return (1 << self.depth) - 1

    @property
    def dtype(self) -> type[np.uint8] | type[np.uint16]:
        """Of the planes."""
        return np.uint8 if self.depth == 8 else np.uint16

    def shapes(self, height: int, width: int) -> list[tuple[int, int]]:
        """Rows and columns of every plane of a frame."""
        if self.chroma is None:
            return [(height, width)]
        down, right = self.chroma
        return [(height, width)] + 2 * [(-(-height // down), -(-width // right))]


def is_planar(name: str) -> bool:
    """Whether a pixel format has luma and chroma in planes of their own, and nothing else."""
    return _PLANAR.fullmatch(name) is not None


def nearest_format(name: str, encoder: str) -> str:
    """The planar format of an encoder that loses least of another format.

    Example:
        >>> nearest_format("yuv420p", "libx264"), nearest_format("rgb24", "libx264")
        ('yuv420p', 'yuv444p')
        >>> nearest_format("yuv444p10le", "libsvtav1")
        'yuv420p10le'
    """
    formats: list[VideoFormat] = Codec(encoder, "w").video_formats or []
    names = [found.name for found in formats if is_planar(found.name)]
    if name in names:
        return name
    # The old names of full range only confuse the choice.
    modern = [candidate for candidate in names if not candidate.startswith("yuvj")]
    found, _ = find_best_pix_fmt_of_list(modern, name)
    return found.name if found else "yuv420p"


def split_planes(frame: VideoFrame, layout: Layout) -> list[Plane]:
    """The planes of a frame of such a layout, without copying them."""
    shapes = layout.shapes(frame.height, frame.width)
    return [
        _rows(plane, layout.dtype)[:height, :width]
        for plane, (height, width) in zip(frame.planes, shapes, strict=True)
    ]


def join_planes(planes: list[Plane], layout: Layout) -> VideoFrame:
    """A frame made of planes."""
    height, width = planes[0].shape
    frame = VideoFrame(width, height, layout.name)
    for target, plane in zip(frame.planes, planes, strict=True):
        _rows(target, layout.dtype)[: plane.shape[0], : plane.shape[1]] = plane
    return frame


def _rows(plane: Any, dtype: type[np.uint8] | type[np.uint16]) -> Plane:
    """The memory of a plane, with the padding at the end of its rows."""
    numbers: Plane = np.frombuffer(plane, dtype)
    columns = plane.line_size // numbers.itemsize
    return numbers[: plane.height * columns].reshape(plane.height, columns)
