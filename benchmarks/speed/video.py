"""Measure `sesr upscale` of a video beside the bare network and FFmpeg's own filter.

    python benchmarks/speed/video.py [PHOTOGRAPH ...] [--frames 120] [--model M5]

Makes a clip of 1920x1080 from photographs, by panning, zooming and noise, and one of half the size
of it. One run on an idle machine prints, as JSON: frames a second of the whole command (its start
included, and without), of the network alone on the same frames (and its share of the time of all
cores, which holds on a busy machine too), and of FFmpeg's `scale` by Lanczos, decoded and encoded
the same way; the PSNR on Y of both results against the large clip; the largest memory of the
command. Only the ratios carry over to other machines.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.filter import Graph
from sample import SAMPLE, fill_frame

from sesr import Upscaler
from sesr.evaluation.metrics import psnr

WIDTH, HEIGHT = 1920, 1080
RATE = 25
NOISE = 2.0
"""Standard deviation, in steps of 8 bits."""

ENCODING = {"preset": "veryfast", "crf": "18"}


class Cost(NamedTuple):
    """Seconds on the clock, seconds of all cores, and the largest memory in MB."""

    seconds: float
    cpu: float
    memory: float


def main() -> None:
    """Parse the command line, measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photographs", type=Path, nargs="*", default=[SAMPLE])
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--model", default="M5")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # A process that is started counts the memory of the one that started it as its own.
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            make = partial(pool.submit, make_clips)
            small, large = make(folder, arguments.photographs, arguments.frames).result()
            one, _ = make(folder / "one", arguments.photographs, 1).result()
        ours, scaled = folder / "ours.mp4", folder / "scaled.mp4"
        start = command(one, folder / "one.mp4", arguments.model)
        whole = command(small, ours, arguments.model)
        lanczos = timed(lambda: scale(small, scaled))
        network, network_cpu = network_seconds(small, arguments.model)
        count = arguments.frames
        steady = (count - 1) / (whole.seconds - start.seconds)
        steady_cpu = (whole.cpu - start.cpu) / (count - 1)
        figures = {
            "frames": count,
            "command_fps": round(count / whole.seconds, 2),
            "command_fps_without_start": round(steady, 2),
            "network_fps": round(count / network, 2),
            "command_over_network": round(steady * network / count, 2),
            "network_share_of_cpu": round(network_cpu / count / steady_cpu, 2),
            "lanczos_fps": round(count / lanczos, 2),
            "lanczos_over_command": round(whole.seconds / lanczos, 2),
            "psnr_y": round(quality(ours, large), 2),
            "lanczos_psnr_y": round(quality(scaled, large), 2),
            "peak_memory_mb": round(whole.memory),
            "matrix_product_gflops": round(matrix_gflops(), 1),
        }
    print(json.dumps(figures, indent=2))


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
        noisy = picture + random.normal(0, NOISE, picture.shape)
        yield np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def timed(run: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def command(clip: Path, target: Path, model: str) -> Cost:
    """What the whole command costs."""
    words = [sys.executable, "-m", "sesr_app", "upscale", clip, "-o", target, "--model", model]
    words += [f"--{key}={value}" for key, value in ENCODING.items()]
    began = time.perf_counter()
    process = subprocess.Popen([*map(str, words)], stdout=subprocess.DEVNULL)
    # The sum over all children would count the one that made the clips.
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - began
    if status:
        sys.exit("video_speed: sesr upscale failed")
    memory = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return Cost(took, usage.ru_utime + usage.ru_stime, memory)


def network_seconds(clip: Path, model: str) -> tuple[float, float]:
    """Seconds of the network alone, on the clock and of all cores, on the luma of every frame."""
    upscaler = Upscaler(model)
    with av.open(clip) as container:
        lumas = [luma_of(frame) for frame in container.decode(video=0)]
    # The first run prepares it.
    upscaler.luma(lumas[0])
    cpu = time.process_time()
    seconds = timed(lambda: [upscaler.luma(luma) for luma in lumas])
    return seconds, time.process_time() - cpu


def luma_of(frame: av.VideoFrame) -> npt.NDArray[np.float32]:
    """The first plane of a frame, as networks take it."""
    rows = np.frombuffer(frame.planes[0], np.uint8).reshape(-1, frame.planes[0].line_size)
    return rows[: frame.height, : frame.width].astype(np.float32) / np.float32(255)


def scale(clip: Path, target: Path) -> None:
    """The same with FFmpeg's filter in place of the network."""
    with av.open(clip) as container, av.open(target, "w") as output:
        source = container.streams.video[0]
        source.thread_type = "AUTO"
        stream = stream_of(output, "libx264", (WIDTH, HEIGHT), ENCODING)
        graph = Graph()
        graph.link_nodes(
            graph.add_buffer(template=source, time_base=source.time_base),
            graph.add("scale", f"{WIDTH}:{HEIGHT}:flags=lanczos"),
            graph.add("buffersink"),
        ).configure()
        for frame in container.decode(source):
            graph.vpush(frame)
            output.mux(stream.encode(graph.vpull()))
        output.mux(stream.encode(None))


def quality(clip: Path, truth: Path) -> float:
    """The mean PSNR of the luma of all frames, without a border of 4 pixels."""
    with av.open(clip) as one, av.open(truth) as other:
        scores = [
            psnr(luma_of(a), luma_of(b), border=4)
            for a, b in zip(one.decode(video=0), other.decode(video=0), strict=True)
        ]
    return float(np.mean(scores))


def matrix_gflops() -> float:
    """What a large product of matrices reaches, to compare machines by."""
    side = 2048
    matrix = np.random.default_rng(0).random((side, side), dtype=np.float32)
    return 2 * side**3 / min(timed(lambda: matrix @ matrix) for _ in range(5)) / 1e9


if __name__ == "__main__":
    main()
