"""What the first frame of a video tells beside its pixels: light of HDR, and where color lies."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from fractions import Fraction
from typing import Any, cast

import av.logging
from av import VideoFrame
from av.filter import Graph
from av.sidedata.sidedata import Type

_SITES = ("left", "center", "topleft", "top", "bottomleft", "bottom")
"""Where samples of color lie, in the order in which H.264 and H.265 number them."""

_LOST = {
    Type.A53_CC: "closed captions inside the picture",
    Type.DYNAMIC_HDR_PLUS: "HDR10+ (its HDR10 is kept)",
    Type.DOVI_METADATA: "Dolby Vision",
    Type.DOVI_RPU_BUFFER: "Dolby Vision",
}
"""What is coded frame by frame, in ways that FFmpeg's encoders are not given."""


def chroma_site(frame: VideoFrame) -> str:
    """Where the samples of color lie, by FFmpeg's names; empty if nothing tells.

    FFmpeg shows it in the words of a filter only.

    Example:
        >>> chroma_site(VideoFrame(16, 16, "yuv420p"))
        ''
    """
    level = av.logging.get_level()
    graph = Graph()
    graph.link_nodes(
        graph.add_buffer(width=frame.width, height=frame.height, format=frame.format,
                         time_base=frame.time_base or Fraction(1, 25)),
        graph.add("showinfo"),
        graph.add("buffersink"),
    ).configure()  # fmt: skip
    av.logging.set_level(av.logging.INFO)
    try:
        with av.logging.Capture() as lines:
            graph.vpush(frame)
            graph.vpull()
    finally:
        av.logging.set_level(level)
    found = re.search(r"\bcl:(\w+)", " ".join(line[2] for line in lines))
    return found[1] if found and found[1] in _SITES else ""


def first_of_two(site: str, *, jpeg: bool) -> tuple[bool, bool]:
    """Whether samples of color lie at the first of two rows, and of two columns.

    Args:
        site: as of `chroma_site`.
        jpeg: whether frames are JPEGs, which have them in the middle unless they say otherwise.

    Example:
        >>> first_of_two("", jpeg=False), first_of_two("topleft", jpeg=False)
        ((False, True), (True, True))
    """
    site = site or ("center" if jpeg else "left")
    return site.startswith("top"), site.endswith("left")


def encoder_parameters(frame: VideoFrame, encoder: str, site: str) -> list[str]:
    """What an encoder is told of it, in its own words.

    Args:
        frame: the first of a video.
        encoder: FFmpeg's name of it.
        site: as of `chroma_site`.
    """
    light = _mastering(frame, decimal=encoder == "libsvtav1")
    level = _content_light(frame)
    if encoder == "libsvtav1":
        told = {"mastering-display": light, "content-light": level}
    elif encoder == "libx264":
        told = {"mastering-display": light, "cll": level}
    elif encoder == "libx265":
        told = {"master-display": light, "max-cll": level}
    else:
        return []
    if site and encoder != "libsvtav1":
        told["chromaloc"] = str(_SITES.index(site))
    return [f"{key}={value}" for key, value in told.items() if value]


def tell_losses(frame: VideoFrame, encoder: str, warn: Callable[[str], None]) -> None:
    """Warn of what is not passed on."""
    lost = {words for kind, words in _LOST.items() if side_data(frame, kind)}
    if encoder in ("libvpx-vp9", "ffv1") and side_data(frame, Type.MASTERING_DISPLAY_METADATA):
        lost.add("HDR10 light levels (x265, x264 and av1 hold them)")
    for words in sorted(lost):
        warn(f"not kept: {words}")


def _mastering(frame: VideoFrame, *, decimal: bool) -> str:
    """Primaries, white and light of the screen that a video was made on."""
    data = side_data(frame, Type.MASTERING_DISPLAY_METADATA)
    if len(data) < 88:
        return ""
    numbers = struct.unpack("22i", data[:88])
    if not (numbers[20] and numbers[21]):
        return ""
    pairs = zip(numbers[0:20:2], numbers[1:20:2], strict=True)
    ratios = [top / bottom if bottom else 0.0 for top, bottom in pairs]
    red, green, blue, white = (ratios[i : i + 2] for i in (0, 2, 4, 6))
    darkest, lightest = ratios[8:10]
    points = {"G": green, "B": blue, "R": red, "WP": white}
    if decimal:
        text = "".join(f"{name}({x:.5f},{y:.5f})" for name, (x, y) in points.items())
        return f"{text}L({lightest:.4f},{darkest:.4f})"
    text = "".join(f"{n}({round(x * 50_000)},{round(y * 50_000)})" for n, (x, y) in points.items())
    return f"{text}L({round(lightest * 10_000)},{round(darkest * 10_000)})"


def _content_light(frame: VideoFrame) -> str:
    data = side_data(frame, Type.CONTENT_LIGHT_LEVEL)
    return "{},{}".format(*struct.unpack("2I", data[:8])) if len(data) >= 8 else ""


def side_data(frame: VideoFrame, kind: Type) -> bytes:
    """What a frame carries of some kind; empty if it does not."""
    try:
        # PyAV's types know of one kind only.
        return bytes(cast(Any, frame.side_data)[kind])
    except KeyError:
        return b""
