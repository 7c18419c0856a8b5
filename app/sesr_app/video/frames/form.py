"""The pixel format that a video is enlarged and written in, and the tags that tell its colors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from av import VideoFrame
from av.video.reformatter import ColorRange, Colorspace

from sesr_app.video.frames.planes import Layout, is_planar, nearest_format

_TAGS = ("color_range", "color_primaries", "color_trc", "colorspace")
"""By the names that frames and codec contexts have for them."""


@dataclass(frozen=True, slots=True)
class PictureForm:
    """What frames are brought to before they are enlarged.

    Attributes:
        layout: of their planes.
        tags: color range, primaries, transfer and matrix, as FFmpeg numbers them.
        rgb: whether they come as RGB.
    """

    layout: Layout
    tags: dict[str, int]
    rgb: bool

    @classmethod
    def of(cls, frame: VideoFrame, encoder: str, warn: Callable[[str], None]) -> Self:
        """That of a video whose first frame is given, as near as an encoder takes it.

        Args:
            frame: the first.
            encoder: FFmpeg's name of it.
            warn: told of what is lost.
        """
        given = frame.format
        tags = {name: int(getattr(frame, name)) for name in _TAGS}
        rgb = given.is_rgb or given.has_palette
        if rgb:
            tags |= {"color_range": ColorRange.MPEG, "colorspace": Colorspace.ITU709}
        elif given.name.startswith("yuvj"):
            tags["color_range"] = ColorRange.JPEG
        name = nearest_format(given.name, encoder)
        if any(component.is_alpha for component in given.components):
            warn("transparency is not kept")
        elif is_planar(given.name) and not _alike(given.name, name):
            warn(f"the codec does not hold {given.name}, so it becomes {name}")
        full = tags["color_range"] == ColorRange.JPEG
        return cls(Layout.of(name, full=full), tags, rgb)

    def convert(self, frame: VideoFrame) -> VideoFrame:
        """A frame in this form; the same one where it has it already."""
        if frame.format.name == self.layout.name:
            return frame
        if self.rgb:
            return frame.reformat(
                format=self.layout.name,
                src_color_range=ColorRange.JPEG,
                dst_color_range=ColorRange.MPEG,
                dst_colorspace=Colorspace.ITU709,
            )
        kept = ColorRange.JPEG if self.layout.full else ColorRange.MPEG
        return frame.reformat(format=self.layout.name, src_color_range=kept, dst_color_range=kept)


def _alike(one: str, other: str) -> bool:
    """Whether two formats are one under an old and a new name."""
    return one.replace("yuvj", "yuv") == other.replace("yuvj", "yuv")
