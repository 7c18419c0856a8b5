"""Small videos, made on the spot, and what is in a video."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from photos import make_photo

RATE = 25
SOUND = 44_100


def make_clip(
    path: Path,
    *,
    frames: int = 12,
    size: tuple[int, int] = (48, 64),
    format: str = "yuv420p",
    codec: str = "libx264",
    times: Sequence[int] | None = None,
    base: Fraction = Fraction(1, 12_800),
    sound: bool = False,
    tags: dict[str, int] | None = None,
    options: dict[str, str] | None = None,
    repeat: int = 1,
    **settings: Any,
) -> Path:
    """A window that moves over a picture.

    Args:
        path: its suffix decides what is written.
        frames: how many.
        size: height and width.
        times: of the frames in units of `base`; 25 a second by default.
        tags: of color, for the frames and the codec.
        options: of the codec.
        repeat: every picture is shown so many times.
        settings: of the codec's context.
    """
    times = times or [number * 512 for number in range(frames)]
    with av.open(path, "w") as container:
        video = container.add_stream(
            codec, rate=RATE, options={"preset": "ultrafast"} | (options or {})
        )
        video.height, video.width = size
        video.pix_fmt = format
        video.codec_context.time_base = base
        for name, value in ((tags or {}) | settings).items():
            setattr(video.codec_context, name, value)
        audio = container.add_stream("aac", rate=SOUND) if sound else None
        for picture, time in zip(pictures(frames, size, repeat), times, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format=format)
            for name, value in (tags or {}).items():
                setattr(frame, name, value)
            frame.pts, frame.time_base = time, base
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio:
            for frame in noise(len(times) * SOUND // RATE):
                container.mux(audio.encode(frame))
            container.mux(audio.encode(None))
    return path


def pictures(
    frames: int, size: tuple[int, int], repeat: int = 1
) -> Iterable[npt.NDArray[np.uint8]]:
    """The window, picture by picture; (H, W, 3)."""
    height, width = size
    photo = make_photo(height + frames, width + frames)
    for number in range(frames):
        place = number // repeat
        yield np.ascontiguousarray(photo[place : place + height, place : place + width])


def noise(samples: int) -> Iterable[av.AudioFrame]:
    """A sound that no two coders would make the same of."""
    random = np.random.default_rng(0)
    for start in range(0, samples, 1024):
        loud = random.normal(0, 0.1, (2, 1024)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(loud, "fltp", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = SOUND, start, Fraction(1, SOUND)
        yield frame


def packets(path: Path, kind: str) -> list[tuple[Fraction, bytes]]:
    """What the first stream of a kind holds, with the time of each packet."""
    with av.open(path) as container:
        stream = getattr(container.streams, kind)[0]
        return [
            (packet.pts * packet.time_base, bytes(packet))
            for packet in container.demux(stream)
            if packet.size
        ]


def shown(path: Path) -> list[tuple[Fraction, list[npt.NDArray[Any]]]]:
    """The frames of a video: when each is shown, and its planes."""
    with av.open(path) as container:
        return [
            (frame.pts * frame.time_base, planes_of(frame)) for frame in container.decode(video=0)
        ]


def planes_of(frame: av.VideoFrame) -> list[npt.NDArray[Any]]:
    """The numbers of a frame without the padding of its rows."""
    deep = frame.format.components[0].bits > 8
    planes = []
    for plane in frame.planes:
        numbers = np.frombuffer(plane, np.uint16 if deep else np.uint8)
        columns = plane.line_size // numbers.itemsize
        planes.append(numbers.reshape(plane.height, columns)[:, : plane.width].copy())
    return planes


def times(path: Path) -> list[Fraction]:
    """When the frames of a video are shown."""
    return [time for time, _ in shown(path)]
