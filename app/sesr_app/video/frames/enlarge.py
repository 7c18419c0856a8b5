"""Enlarging one frame: luma by the network, color by bicubic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

import cv2
import numpy as np
from av import VideoFrame

from sesr.pixels.levels import OFFSET
from sesr_app.video.frames.chroma import enlarge_chroma, fit_plane
from sesr_app.video.frames.planes import Layout, Plane, join_planes, split_planes

_BLACK = 16 / 255
_RANGE = 219 / 255
"""Luma as networks know it runs from black to black and range, in 8 bits from 16 to 235."""


@dataclass(frozen=True, slots=True)
class Network:
    """A network for luma.

    Attributes:
        scale: how many times larger it makes an image.
        run: from (H, W) float32 in [16/255, 235/255] to the enlarged luma; may be called from
            several threads.
        int8: whether it also takes int8, 8-bit numbers less 128, and gives it.
    """

    scale: int
    run: Callable[[Plane], Plane]
    int8: bool = False


@dataclass(frozen=True, slots=True)
class Enlargement:
    """How large a video becomes, and by what.

    Attributes:
        networks: that luma goes through, one after the other.
        target: height and width of the result.
    """

    networks: Sequence[Network]
    target: tuple[int, int]


class FrameEnlarger:
    """Enlarges frames of one kind.

    Args:
        networks: that luma goes through, one after the other.
        target: height and width of the result, a multiple of what the chroma is sampled by.
        layout: of the frames.
        first: where samples of color lie, as for `enlarge_chroma`.

    Example:
        >>> bicubic = Network(2, lambda y: np.repeat(np.repeat(y, 2, 0), 2, 1))
        >>> enlarge = FrameEnlarger([bicubic], (8, 12), Layout.of("yuv420p", full=False))
        >>> enlarge(VideoFrame(6, 4, "yuv420p"))
        <av.VideoFrame, pts=None yuv420p 12x8 at ...>
    """

    def __init__(
        self,
        networks: Sequence[Network],
        target: tuple[int, int],
        layout: Layout,
        first: tuple[bool, bool] = (False, False),
    ) -> None:
        self._networks = networks
        self._scale = prod(network.scale for network in networks)
        self._shapes = layout.shapes(*target)
        self._layout = layout
        self._first = first
        # Limited range is what networks know, so nothing is scaled and rounded once more.
        as_stored = layout.depth == 8 and not layout.full
        self._int8 = as_stored and all(network.int8 for network in networks)

    def __call__(self, frame: VideoFrame) -> VideoFrame:
        """Enlarge the planes of a frame; time stamps and tags are the caller's."""
        luma, *colors = split_planes(frame, self._layout)
        planes = [fit_plane(self._luma(luma), self._shapes[0], (False, False))]
        size = (luma.shape[0] * self._scale, luma.shape[1] * self._scale)
        middle = self._layout.shapes(*size)
        for color, between, shape in zip(colors, middle[1:], self._shapes[1:], strict=True):
            enlarged = enlarge_chroma(color, self._scale, self._first)
            # Where a frame has an odd number of rows, the last of color is for one of luma only.
            enlarged = np.minimum(enlarged[: between[0], : between[1]], self._layout.peak)
            planes.append(fit_plane(enlarged, shape, self._first))
        return join_planes(planes, self._layout)

    def _luma(self, plane: Plane) -> Plane:
        return self._int8_luma(plane) if self._int8 else self._float_luma(plane)

    def _int8_luma(self, plane: Plane) -> Plane:
        luma = np.bitwise_xor(plane, np.uint8(OFFSET)).view(np.int8)
        for network in self._networks:
            luma = network.run(luma)
        return np.bitwise_xor(luma.view(np.uint8), np.uint8(OFFSET))

    def _float_luma(self, plane: Plane) -> Plane:
        layout = self._layout
        # One more bit doubles every number of limited range, black and white among them.
        unit = np.float32(1 / (255 << (layout.depth - 8)))
        if layout.full:
            luma = np.multiply(plane, np.float32(_RANGE / layout.peak), dtype=np.float32)
            luma += np.float32(_BLACK)
        else:
            luma = np.multiply(plane, unit, dtype=np.float32)
        for network in self._networks:
            luma = network.run(luma)
        gain = layout.peak / _RANGE if layout.full else 1 / float(unit)
        offset = -_BLACK * gain if layout.full else 0.0
        depth = cv2.CV_8U if layout.depth == 8 else cv2.CV_16U
        # One pass that multiplies, adds, rounds to nearest and saturates.
        numbers: Plane = cv2.addWeighted(luma, gain, luma, 0, offset, dtype=depth)
        return numbers if layout.depth in (8, 16) else np.minimum(numbers, layout.peak)
