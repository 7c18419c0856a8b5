"""Opening and decoding a video."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Self

import av
from av import VideoFrame
from av.container import InputContainer
from av.filter import Graph
from av.stream import Disposition
from av.video.stream import VideoStream

from sesr.errors import ImageError
from sesr_app.video.failures import reading
from sesr_app.video.truncation import is_truncated

_DEMUXERS = {"mov", "mp4", "matroska", "webm", "avi"}
"""FFmpeg also takes text for subtitles and a photograph for a video of one frame."""

_PROBED_FRAMES = 8
"""So many are looked at to tell whether a video is interlaced."""


class VideoSource:
    """The video of a file, which frames are decoded of; use it as a context.

    Args:
        path: of the file.
        deinterlace: FFmpeg's filter for interlaced frames; None refuses them.

    Attributes:
        path: as given.
        container: as FFmpeg opened it.
        stream: that is enlarged.
        first: the first frame, for what only frames tell.
        count: how many frames there are, as far as the file tells; 0 if it does not.

    Raises:
        ImageError: it cannot be read, holds no video, or is interlaced.
    """

    def __init__(self, path: Path, deinterlace: str | None = None) -> None:
        self.path = path
        self._deinterlace = deinterlace
        with reading(path):
            self.container: InputContainer = av.open(path, "r", metadata_errors="replace")
        try:
            with reading(path):
                self.stream = self._choose()
                self._refuse_truncated()
                self.first = self._probe()
        except BaseException:
            self.container.close()
            raise
        self.count = self._count()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.container.close()

    @property
    def time_base(self) -> Fraction:
        """Seconds of a unit of the time stamps."""
        return self.stream.time_base or Fraction(1, 1000)

    @property
    def rate(self) -> Fraction:
        """Frames a second, on average."""
        return self.stream.average_rate or self.stream.guessed_rate or Fraction(25)

    def frames(self) -> Iterator[VideoFrame]:
        """All frames in the order in which they are shown; every time stamp is later than the last.

        Raises:
            ImageError: the file is damaged, or ends early.
        """
        shown = 0
        last: int | None = None
        with reading(self.path):
            frames = self._decoded()
            for frame in self._whole(frames) if self._deinterlace else frames:
                base = frame.time_base or self.time_base
                frame.pts = self._time(frame, base, last)
                frame.duration = round((frame.duration or 0) * base / self.time_base)
                frame.time_base = self.time_base
                last = frame.pts
                shown += 1
                yield frame
        if self.stream.frames and shown < self.stream.frames and not self._deinterlace:
            self._refuse_end(shown)

    def _choose(self) -> VideoStream:
        names = set(self.container.format.name.split(","))
        if not names & _DEMUXERS:
            raise ImageError(
                f"{self.path}: is no video that is read, but {self.container.format.long_name}; "
                "convert it to MP4 or Matroska first"
            )
        moving = [
            stream
            for stream in self.container.streams.video
            if not stream.disposition & Disposition.attached_pic
        ]
        if not moving:
            others = sorted({stream.type for stream in self.container.streams})
            raise ImageError(
                f"{self.path}: holds no video, only {' and '.join(others) or 'nothing at all'}"
            )
        stream = moving[0]
        if stream.codec_context is None:
            raise ImageError(f"{self.path}: this FFmpeg lacks its decoder; convert it first")
        stream.thread_type = "AUTO"
        return stream

    def _refuse_truncated(self) -> None:
        if is_truncated(self.path):
            raise ImageError(f"{self.path}: is truncated; copy or download it again")

    def _probe(self) -> VideoFrame:
        frames = list(islice(self._decode(self.container, self.stream), _PROBED_FRAMES))
        if not frames:
            raise ImageError(f"{self.path}: its video has no frames")
        if self._deinterlace is None and any(frame.interlaced_frame for frame in frames):
            raise ImageError(
                f"{self.path}: is interlaced, and half frames cannot be enlarged; "
                "make whole ones with --deinterlace bwdif"
            )
        return frames[0]

    def _count(self) -> int:
        if self.stream.frames:
            return self.stream.frames
        if self.stream.duration:
            return round(self.stream.duration * self.time_base * self.rate)
        if self.container.duration:
            return round(Fraction(self.container.duration, av.time_base) * self.rate)
        return 0

    def _decoded(self) -> Iterator[VideoFrame]:
        """From the beginning, in a container of its own: the first one has told what it tells."""
        with av.open(self.path, "r", metadata_errors="replace") as container:
            index = self.container.streams.video.index(self.stream)
            stream = container.streams.video[index]
            stream.thread_type = "AUTO"
            yield from self._decode(container, stream)

    def _decode(self, container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
        for packet in container.demux(stream):
            if packet.has_sidedata("encryption_info"):
                raise ImageError(
                    f"{self.path}: is protected against copying (DRM), which only the players "
                    "of its shop undo; use a copy without"
                )
            yield from packet.decode()

    def _time(self, frame: VideoFrame, base: Fraction, last: int | None) -> int:
        """The time stamp in units of the stream; one that is missing or stands still is made up."""
        step = max(1, round(1 / (self.rate * self.time_base)))
        if frame.pts is None:
            return 0 if last is None else last + step
        time = round(frame.pts * base / self.time_base)
        return time if last is None else max(time, last + 1)

    def _whole(self, frames: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
        """Frames made whole; those that are whole already stay what they are."""
        graph = Graph()
        graph.link_nodes(
            graph.add_buffer(template=self.stream, time_base=self.time_base),
            graph.add(str(self._deinterlace), _deinterlacer_options(str(self._deinterlace))),
            graph.add("buffersink"),
        ).configure()
        for frame in frames:
            graph.vpush(frame)
            yield from _pulled(graph)
        graph.vpush(None)
        yield from _pulled(graph)

    def _refuse_end(self, shown: int) -> None:
        raise ImageError(
            f"{self.path}: ends early, after {shown:,} of {self.stream.frames:,} frames; "
            "copy or download it again"
        )


def _deinterlacer_options(name: str) -> str:
    """One whole frame for a frame, and only for those that are marked as interlaced."""
    return (
        "mode=frame:deint=interlaced"
        if name in ("w3fdif", "estdif")
        else ("mode=send_frame:deint=interlaced")
    )


def _pulled(graph: Graph) -> Iterator[VideoFrame]:
    while True:
        try:
            yield graph.vpull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
