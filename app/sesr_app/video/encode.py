"""Encoding frames into parts of a video."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import IO

import av
from av import Packet, VideoFrame
from av.container import InputContainer
from av.video.stream import VideoStream

_EARLIEST = 1 << 10
"""Number of the first frame of a part, where packets count from 0: each is sent before its frame is
shown, and NUT holds no negative time stamps."""

_TICK = Fraction(1, 1000)
"""Seconds from one number to the next in a part, as if they were time stamps."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How frames are encoded.

    Attributes:
        encoder: FFmpeg's name of it.
        options: that it gets.
        rate: frames a second, on average.
        time_base: seconds of a unit of time stamps.
        aspect: width of a pixel over its height; None if it is not known.
        tags: color range, primaries, transfer and matrix, by the names of a codec's context.
    """

    encoder: str
    options: dict[str, str]
    rate: Fraction
    time_base: Fraction
    aspect: Fraction | None
    tags: dict[str, int]


class SegmentWriter:
    """Encodes the frames of one part.

    Args:
        file: to write.
        encoding: how.
        width, height, format: of the frames.
    """

    def __init__(
        self, file: IO[bytes], encoding: Encoding, width: int, height: int, format: str
    ) -> None:
        # SVT-AV1 tells about itself on the standard error otherwise.
        os.environ.setdefault("SVT_LOG", "1")
        self._container = av.open(file, "w", format="nut")
        self._encoding = encoding
        stream: VideoStream = self._container.add_stream(encoding.encoder, rate=encoding.rate)  # type: ignore[assignment]
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = width, height, format
        context.time_base = encoding.time_base
        context.options = encoding.options
        if encoding.aspect:
            context.sample_aspect_ratio = encoding.aspect
        for name, value in encoding.tags.items():
            setattr(context, name, value)
        stream.time_base = _TICK
        self._stream = stream
        self._packets = 0
        self.times: list[int] = []

    def write(self, frame: VideoFrame, time: int) -> None:
        """Encode one more frame, to be shown at a time."""
        frame.pts, frame.time_base = time, self._encoding.time_base
        for name, value in self._encoding.tags.items():
            setattr(frame, name, value)
        self.times.append(time)
        self._mux(self._stream.encode(frame))

    def close(self) -> None:
        """Encode what the encoder still holds."""
        self._mux(self._stream.encode(None))
        self._container.close()

    def _mux(self, packets: list[Packet[VideoStream]]) -> None:
        for packet in packets:
            packet.pts = _EARLIEST + self.times.index(packet.pts or 0)
            packet.dts = self._packets
            packet.time_base = _TICK
            self._packets += 1
            self._container.mux(packet)


def read_packets(container: InputContainer, times: list[int]) -> Iterator[Packet[VideoStream]]:
    """The packets of a part in the order in which they are sent, with their time stamps back."""
    for packet in container.demux(container.streams.video[0]):
        if packet.pts is not None:
            packet.pts = times[round(packet.pts * packet.time_base / _TICK) - _EARLIEST]
            yield packet
