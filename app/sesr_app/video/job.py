"""From a video to its enlarged video."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import av
import numpy as np
from av import VideoFrame

from sesr import __version__
from sesr.errors import ImageError
from sesr.files import atomic_file
from sesr_app.video.codecs import CODECS, VideoOptions
from sesr_app.video.containers import Container
from sesr_app.video.encode import Encoding, SegmentWriter
from sesr_app.video.failures import writing
from sesr_app.video.frames.enlarge import Enlargement, FrameEnlarger
from sesr_app.video.frames.form import PictureForm
from sesr_app.video.frames.notes import (
    chroma_site,
    encoder_parameters,
    first_of_two,
    tell_losses,
)
from sesr_app.video.frames.planes import Plane, split_planes
from sesr_app.video.mux import Muxer
from sesr_app.video.segments import Segment, SegmentFolder
from sesr_app.video.source import VideoSource

_FRAMES = 120
"""Of a segment: what is lost at most when a run is killed, and the most between two key frames."""


@dataclass(frozen=True, slots=True)
class VideoTask:
    """One video and what is to become of it.

    Attributes:
        source: the file.
        target: the result.
        container: of the result.
        options: how it is encoded.
        model: everything that the pixels of the result depend on beside the file, as text.
        enlargement: for frames of a height and width.
        workers: frames that are enlarged at a time.
        advance: told of every frame: what is done, how many frames, and of how many; may raise to
            stop the work.
        warn: told of what cannot be kept.
        strip: leave the notes of the file out.
        overwrite: whether a file that is there when the result is whole may be replaced.
    """

    source: Path
    target: Path
    container: Container
    options: VideoOptions
    model: str
    enlargement: Callable[[int, int], Enlargement]
    workers: int
    advance: Callable[[str, float, float], None]
    warn: Callable[[str], None]
    strip: bool = False
    overwrite: bool = True


def enlarge_video(task: VideoTask) -> tuple[int, int]:
    """Enlarge a video, or go on where an earlier run with the same task was ended.

    Returns:
        Width and height of the result.

    Raises:
        ImageError: it cannot be read, or its result not be written.
        UsageError: the container does not hold the codec, or the codec lacks what is asked for.
    """
    codec = task.options.codec_for(task.container)
    with VideoSource(task.source, task.options.deinterlace) as source:
        return _Run(task, source, codec).run()


class _Run:
    """One video from its first missing frame to the whole result."""

    def __init__(self, task: VideoTask, source: VideoSource, codec: str) -> None:
        self._task = task
        self._source = source
        first = source.first
        encoder = CODECS[codec].encoder
        self._form = PictureForm.of(first, encoder, task.warn)
        made = task.enlargement(first.height, first.width)
        down, right = self._form.layout.chroma or (1, 1)
        self._target = (_multiple(made.target[0], down), _multiple(made.target[1], right))
        site = chroma_site(first)
        at_first = first_of_two(site, jpeg=source.stream.codec_context.name == "mjpeg")
        self._enlarge = FrameEnlarger(
            made.networks,
            self._target,
            self._form.layout,
            (at_first[0] and down == 2, at_first[1] and right == 2),
        )
        tell_losses(first, encoder, task.warn)
        self._encoding = Encoding(
            encoder,
            task.options.encoder_options(codec, encoder_parameters(first, encoder, site)),
            source.rate,
            source.time_base,
            source.stream.sample_aspect_ratio,
            self._form.tags,
        )

    def run(self) -> tuple[int, int]:
        task, source = self._task, self._source
        height, width = self._target
        with writing(task.target):
            folder = SegmentFolder(task.target, self._identity())
            scale = (height / source.first.height, width / source.first.width)
            muxer = Muxer(source, task.container, self._encoding, scale, task.warn,
                          strip=task.strip)  # fmt: skip
            muxer.check()
            segments = folder.open()
            try:
                if not (segments and segments[-1].last):
                    self._encode(folder, segments)
            except ImageError:
                # The input is no good, so nobody will go on.
                folder.remove()
                raise
            with atomic_file(task.target, replace=task.overwrite) as file:
                muxer.write(file, segments)
            folder.remove()
        return width, height

    def _identity(self) -> dict[str, str]:
        """Two runs of which this is the same make the same segments."""
        status = self._task.source.stat()
        return {
            "input": f"{status.st_size} {status.st_mtime_ns}",
            "model": self._task.model,
            "size": f"{self._target}",
            "form": f"{self._form}",
            "encoding": f"{self._encoding}",
            "deinterlace": f"{self._task.options.deinterlace}",
            "frames": f"{_FRAMES}",
            "versions": f"{__version__} {av.__version__}",
        }

    def _encode(self, folder: SegmentFolder, segments: list[Segment]) -> None:
        """Add the segments that are missing."""
        skipped = sum(len(segment.times) for segment in segments)
        height, width = self._target
        name = self._form.layout.name
        with closing(self._enlarged(skipped)) as frames:
            ahead = next(frames, None)
            if ahead is None:
                raise ImageError(f"{self._task.source}: has fewer frames than it had before")
            while ahead is not None:
                with folder.file(len(segments)) as file:
                    writer = SegmentWriter(file, self._encoding, width, height, name)
                    while ahead is not None and len(writer.times) < _FRAMES:
                        writer.write(ahead.frame.result(), ahead.time)
                        duration = ahead.duration
                        ahead = next(frames, None)
                    writer.close()
                segments.append(
                    folder.finish(
                        len(segments), writer.times, last=ahead is None, duration=duration
                    )
                )

    def _enlarged(self, skipped: int) -> Generator[_Enlarged, None, None]:
        """Frames on their way, a few at a time, after those that are done."""
        began = time.monotonic()
        waiting: deque[_Enlarged] = deque()
        workers = self._task.workers
        with ThreadPoolExecutor(workers, thread_name_prefix="sesr-frame") as pool:
            try:
                started = self._started(islice(self._source.frames(), skipped, None), pool)
                for done, ready in enumerate(_delayed(started, waiting, workers + 1), 1):
                    yield ready
                    self._tell(skipped + done, done / (time.monotonic() - began))
            finally:
                for enlarged in waiting:
                    enlarged.frame.cancel()

    def _started(
        self, frames: Iterator[VideoFrame], pool: ThreadPoolExecutor
    ) -> Iterator[_Enlarged]:
        """Hand frames to the workers; one that repeats the last is not enlarged again."""
        last: list[Plane] = []
        enlarged: Future[VideoFrame] | None = None
        for frame in frames:
            self._refuse_change(frame)
            converted = self._form.convert(frame)
            planes = split_planes(converted, self._form.layout)
            if enlarged is None or not _equal(planes, last):
                enlarged = pool.submit(self._enlarge, converted)
            last = planes
            yield _Enlarged(frame.pts or 0, frame.duration, enlarged)

    def _refuse_change(self, frame: VideoFrame) -> None:
        first = self._source.first
        if (frame.width, frame.height) != (first.width, first.height):
            raise ImageError(
                f"{self._task.source}: changes its size from {first.width}x{first.height} to "
                f"{frame.width}x{frame.height}; cut it into videos of one size"
            )

    def _tell(self, done: int, rate: float) -> None:
        total = max(self._source.count, done)
        self._task.advance(f"frame {done:,}/{total:,}, {rate:.1f} a second", done, total)


@dataclass(frozen=True, slots=True)
class _Enlarged:
    """A frame on its way.

    Attributes:
        time, duration: when and how long it is shown, in units of the source.
        frame: the enlarged one, once it is there.
    """

    time: int
    duration: int
    frame: Future[VideoFrame]


def _delayed(
    items: Iterator[_Enlarged], waiting: deque[_Enlarged], count: int
) -> Iterator[_Enlarged]:
    """The same items, each when so many more are waiting."""
    for item in items:
        waiting.append(item)
        if len(waiting) > count:
            yield waiting.popleft()
    while waiting:
        yield waiting.popleft()


def _equal(planes: list[Plane], others: list[Plane]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(planes, others, strict=True))


def _multiple(side: int, of: int) -> int:
    """The largest side within another whose color is sampled evenly."""
    return max(of, side // of * of)
