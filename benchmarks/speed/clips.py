"""Clips made of photographs, for the benchmark of videos: nothing has to be downloaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
from sample import fill_frame

WIDTH, HEIGHT = 1920, 1080
RATE = 25
_NOISE = 2.0
"""Standard deviation, in steps of 8 bits."""


def make_clips(folder: Path, photographs: Sequence[Path], count: int) -> tuple[Path, Path]:
    """Write the clip that is enlarged and, without loss, the one that it was made of."""
    folder.mkdir(exist_ok=True)
    small, large = folder / "small.mp4", folder / "large.mkv"
    with av.open(small, "w") as output, av.open(large, "w") as truth:
        streams = [
            stream_of(
                output, "libx264", (WIDTH // 2, HEIGHT // 2), {"preset": "fast", "crf": "12"}
            ),
            stream_of(truth, "ffv1", (WIDTH, HEIGHT), {}),
        ]
        for number, picture in enumerate(scenes(photographs, count)):
            whole = av.VideoFrame.from_ndarray(picture, "rgb24")
            half = cv2.resize(picture, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)
            frames = [av.VideoFrame.from_ndarray(half, "rgb24"), whole]
            for stream, frame in zip(streams, frames, strict=True):
                planar = frame.reformat(format="yuv420p")
                planar.pts, planar.time_base = number, Fraction(1, RATE)
                stream.container.mux(stream.encode(planar))
        for stream in streams:
            stream.container.mux(stream.encode(None))
    return small, large


def stream_of(
    container: av.container.OutputContainer,
    codec: str,
    size: tuple[int, int],
    options: dict[str, str],
) -> av.VideoStream:
    """A stream for frames of a size."""
    stream = container.add_stream(codec, rate=RATE, options=options)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    return stream


def scenes(photographs: Sequence[Path], count: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Every photograph for as long as the others, in motion; (HEIGHT, WIDTH, 3)."""
    random = np.random.default_rng(0)
    length = -(-count // len(photographs))
    for number in range(count):
        path, moment = photographs[number // length], number % length / length
        photo = fill_frame(path, WIDTH * 4 // 3, HEIGHT * 4 // 3)
        zoom = 1 + 0.2 * moment
        matrix = np.array([[zoom, 0, -400 * moment], [0, zoom, -200 * moment]])
        picture = cv2.warpAffine(photo, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)
        noisy = picture + random.normal(0, _NOISE, picture.shape)
        yield np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
