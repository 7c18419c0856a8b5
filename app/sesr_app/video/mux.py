"""Putting a result together: the enlarged video, and all else that the input holds, untouched."""

from __future__ import annotations

import heapq
import io
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

import av
from av import Packet
from av.container import OutputContainer
from av.sidedata.sidedata import Type
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from sesr.errors import ImageError
from sesr_app.video.containers import Container
from sesr_app.video.encode import Encoding, read_packets
from sesr_app.video.frames.notes import side_data
from sesr_app.video.segments import Segment
from sesr_app.video.source import VideoSource

_MADE_ANEW = frozenset({"encoder", "major_brand", "minor_version", "compatible_brands"})
"""Notes that are about the file that they stand in, in small letters."""

_MADE_ANEW_OF_STREAMS = frozenset({"encoder", "duration", "vendor_id"})

_Timed = tuple[float, int, "Packet[Any]"]


class Muxer:
    """Writes one result.

    Args:
        source: the input.
        container: of the result.
        encoding: of the enlarged video.
        scale: how many times higher and wider the result is.
        warn: told of what cannot be kept.
        strip: leave the notes out.
    """

    def __init__(
        self,
        source: VideoSource,
        container: Container,
        encoding: Encoding,
        scale: tuple[float, float],
        warn: Callable[[str], None],
        *,
        strip: bool = False,
    ) -> None:
        self._source = source
        self._container = container
        self._encoding = encoding
        self._scale = scale
        self._warn = warn
        self._strip = strip

    def check(self) -> None:
        """Find out before all work whether the container holds what the input holds.

        Raises:
            ImageError: it does not.
        """
        with av.open(io.BytesIO(), "w", format=self._container.muxer) as output:
            for stream in self._source.container.streams:
                if stream.index != self._source.stream.index:
                    self._copied(output, stream)

    def write(self, file: IO[bytes], segments: Sequence[Segment]) -> None:
        """Write the whole result.

        Args:
            file: to write.
            segments: the enlarged video, in order.
        """
        with (
            av.open(segments[0].path, "r") as first,
            av.open(file, "w", format=self._container.muxer, options=self._options()) as output,
        ):
            video, passed = self._streams(output, first.streams.video[0])
            if not self._strip:
                output.metadata.update(_notes(self._source.container.metadata, _MADE_ANEW))
            output.set_chapters(self._source.container.chapters())
            for _, index, packet in heapq.merge(
                self._video(segments), self._others(passed), key=_time
            ):
                packet.stream = video if index < 0 else passed[index]
                output.mux_one(packet)

    def _options(self) -> dict[str, str]:
        """Of the muxer."""
        if self._container.muxer not in ("mp4", "mov"):
            return {}
        options = {}
        base = self._source.time_base
        if base.numerator == 1:
            options["video_track_timescale"] = str(base.denominator)
        if any(key.startswith("com.") for key in self._source.container.metadata):
            # The notes of telephones; other ones have places of their own.
            options["movflags"] = "use_metadata_tags"
        return options

    def _streams(
        self, output: OutputContainer, encoded: VideoStream
    ) -> tuple[Stream, dict[int, Stream]]:
        """The streams of the result in the order of the input, those passed on by their index."""
        copies: dict[int, Stream] = {}
        own = self._source.stream.index
        for stream in self._source.container.streams:
            if stream.index == own:
                copies[own] = self._video_stream(output, encoded)
            elif (copy := self._copied(output, stream)) is not None:
                copies[stream.index] = copy
        return copies.pop(own), copies

    def _video_stream(self, output: OutputContainer, encoded: VideoStream) -> VideoStream:
        source = self._source.stream
        video = output.add_stream_from_template(encoded, opaque=True)
        video.time_base = self._source.time_base
        context = video.codec_context
        for name, value in self._encoding.tags.items():
            setattr(context, name, value)
        if self._encoding.aspect:
            context.sample_aspect_ratio = self._encoding.aspect
        if self._encoding.encoder == "libx265" and self._container.muxer in ("mp4", "mov"):
            # The players of Apple know no other.
            context.codec_tag = "hvc1"
        video.set_display_matrix(self._matrix())
        video.disposition = source.disposition
        video.metadata.update(_notes(source.metadata, _MADE_ANEW_OF_STREAMS))
        return video

    def _matrix(self) -> list[int] | None:
        """How players turn the frames; where they are shifted to grows with them."""
        data = side_data(self._source.first, Type.DISPLAYMATRIX)
        if not data:
            return None
        matrix = list(struct.unpack("9i", data))
        vertical, horizontal = self._scale
        # Of a frame on its side, the rows are what is shown from left to right.
        turned = abs(matrix[1]) > abs(matrix[0])
        scales = (vertical, horizontal) if turned else (horizontal, vertical)
        matrix[6:8] = (round(shift * s) for shift, s in zip(matrix[6:8], scales, strict=True))
        return matrix

    def _copied(self, output: OutputContainer, stream: Stream) -> Stream | None:
        """A stream as it is; None for one that the muxer makes itself or that is no great loss."""
        if stream.type == "data":
            # Chapters and time codes of QuickTime, which the muxer makes of the notes.
            if getattr(stream, "name", None) not in ("bin_data", None):
                self._warn(f"stream {stream.index} of data ({_name(stream)}) is left out")
            return None
        if stream.disposition & Disposition.attached_pic and self._container.muxer == "matroska":
            self._attach_cover(output, stream)
            return None
        try:
            if stream.type == "attachment" and self._container.muxer != "matroska":
                raise ValueError
            copy = output.add_stream_from_template(stream, opaque=True)
        except ValueError:
            raise ImageError(
                f"{self._container.name} does not hold {_name(stream)} ({stream.type}, stream "
                f"{stream.index}) of the input; choose {self._better()}"
            ) from None
        copy.disposition = stream.disposition
        copy.metadata.update(_notes(stream.metadata, _MADE_ANEW_OF_STREAMS))
        return copy

    def _attach_cover(self, output: OutputContainer, stream: Stream) -> None:
        """Matroska has covers as attachments."""
        with av.open(self._source.path, "r") as container:
            packets = container.demux(container.streams[stream.index])
            picture = next((bytes(packet) for packet in packets if packet.size), b"")
        kind = "png" if stream.codec_context and stream.codec_context.name == "png" else "jpeg"
        name = stream.metadata.get("filename", f"cover.{kind.replace('jpeg', 'jpg')}")
        output.add_attachment(name, f"image/{kind}", picture)

    def _better(self) -> str:
        return "--format mkv" if self._container.name != "mkv" else "--format mp4"

    def _video(self, segments: Sequence[Segment]) -> Iterator[_Timed]:
        """The packets of the enlarged video, each sent as late as it can be."""
        base = self._source.time_base
        for packet, sent, duration in _sent(segments):
            packet.dts, packet.duration, packet.time_base = sent, duration, base
            yield float(sent * base), -1, packet

    def _others(self, passed: dict[int, Stream]) -> Iterator[_Timed]:
        """The packets of all else, as they are."""
        if not passed:
            return
        last = 0.0
        # The container of the source has been read from already.
        with av.open(self._source.path, "r") as container:
            streams = [container.streams[index] for index in passed]
            for packet in container.demux(streams):
                time = packet.dts if packet.dts is not None else packet.pts
                if time is None and not packet.size:
                    continue
                last = last if time is None else float(time * packet.time_base)
                yield last, packet.stream_index, packet


def _sent(segments: Sequence[Segment]) -> Iterator[tuple[Packet[VideoStream], int, int]]:
    """Packets with the time at which each is sent and how long it is shown.

    A packet is sent before it is shown, and before those that are sent after it: the n-th at the
    time of the frame that is shown as the n-th, less a delay which is the same for all.
    """
    times = [time for segment in segments for time in segment.times]
    shown_as = {time: number for number, time in enumerate(times)}
    delay = _delay(segments, shown_as)
    step = times[1] - times[0] if len(times) > 1 else 1
    ends = [*times[1:], times[-1] + (segments[-1].duration or step)]
    for number, packet in enumerate(_packets(segments)):
        place = number - delay
        sent = times[place] if place >= 0 else times[0] + place * step
        shown = shown_as[packet.pts or 0]
        yield packet, sent, ends[shown] - times[shown]


def _delay(segments: Sequence[Segment], shown_as: dict[int, int]) -> int:
    """By how many frames packets are sent before they are shown, at most."""
    numbered = enumerate(_packets(segments))
    return max((number - shown_as[packet.pts or 0] for number, packet in numbered), default=0)


def _packets(segments: Sequence[Segment]) -> Iterator[Packet[VideoStream]]:
    for segment in segments:
        with av.open(segment.path, "r") as container:
            yield from read_packets(container, segment.times)


def _notes(metadata: dict[str, str], without: frozenset[str]) -> dict[str, str]:
    """Notes that hold for the result too."""
    return {
        key: value
        for key, value in metadata.items()
        if key.lower().partition("-")[0] not in without and not key.startswith("_STATISTICS")
    }


def _name(stream: Stream) -> str:
    context = stream.codec_context
    return context.name if context is not None else str(getattr(stream, "name", None) or "a stream")


def _time(timed: _Timed) -> float:
    return timed[0]
