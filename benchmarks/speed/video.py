"""Measure `sesr upscale` of a video beside the bare network, FFmpeg's own filter and OpenCV.

    python benchmarks/speed/video.py [PHOTOGRAPH ...] [--frames 120] [--model M5] [--peers DIR]

Makes a clip of 1920x1080 from photographs, by panning, zooming and noise, and one of half the size
of it. One run on an idle machine prints, as JSON, a row for each way to enlarge the small clip and
encode it: this project's network in float32 and in int8, FFmpeg's `scale` by Lanczos, and FSRCNN by
OpenCV's `dnn_superres`, if --peers names the folder of FSRCNN_x2.pb and this OpenCV has it
(opencv-contrib-python-headless 4.x). A row holds frames a second, milliseconds of all cores for a
frame, and the PSNR on Y against the large clip. Those of this project also tell the frames a second
without the start of the command, and of the network alone on the same frames, the network's share
of the time of all cores, which holds on a busy machine too, and the largest memory. Only the ratios
carry over to other machines.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import av
import numpy as np
import numpy.typing as npt
from av.filter import Graph
from clips import HEIGHT, WIDTH, make_clips, stream_of
from sample import SAMPLE

from sesr import Upscaler
from sesr.errors import SesrError
from sesr.evaluation.metrics import psnr
from sesr_app.bench.contenders.dnn_superres import DnnSuperRes

Result = TypeVar("Result")

ENCODING = {"preset": "veryfast", "crf": "18"}

Row = dict[str, float | str]
Enlarge = Callable[[av.VideoFrame], av.VideoFrame]


class Cost(NamedTuple):
    """Seconds on the clock, seconds of all cores, and the largest memory in MB."""

    seconds: float
    cpu: float
    memory: float = 0


class Clips(NamedTuple):
    """The clip that is enlarged, its first frame alone, what it was made of, and a free folder."""

    small: Path
    one: Path
    large: Path
    folder: Path


def main() -> None:
    """Parse the command line, measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photographs", type=Path, nargs="*", default=[SAMPLE])
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--model", default="M5")
    parser.add_argument("--peers", type=Path, help="folder of FSRCNN_x2.pb")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, large = apart(make_clips, folder, arguments.photographs, arguments.frames)
        one, _ = apart(make_clips, folder / "one", arguments.photographs, 1)
        clips = Clips(small, one, large, folder)
        rows: dict[str, Row] = {
            f"{arguments.model} {precision}": own_row(clips, arguments.model, precision)
            for precision in ("float32", "int8")
        }
        rows["Lanczos"] = row_of(clips, scaler(small))
        rows["FSRCNN"] = fsrcnn_row(clips, arguments.peers)
    figures = {"frames": arguments.frames, "matrix_product_gflops": round(matrix_gflops(), 1)}
    print(json.dumps({**figures, "rows": rows}, indent=2))


def apart(function: Callable[..., Result], *arguments: object) -> Result:
    """Call in a process of its own: the commands count the memory of this one as theirs."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def own_row(clips: Clips, model: str, precision: str) -> Row:
    """The whole command, and what of it is the network."""
    target = clips.folder / "ours.mp4"
    start = command(clips.one, clips.folder / "start.mp4", model, precision)
    whole = command(clips.small, target, model, precision)
    network = apart(network_cost, clips.small, model, precision)
    count = frames_of(clips.small)
    steady = (count - 1) / (whole.seconds - start.seconds)
    steady_cpu = (whole.cpu - start.cpu) / (count - 1)
    return {
        **row(clips, target, whole),
        "fps_without_start": round(steady, 2),
        "network_fps": round(count / network.seconds, 2),
        "command_over_network": round(steady * network.seconds / count, 2),
        "network_share_of_cpu": round(network.cpu / count / steady_cpu, 2),
        "peak_memory_mb": round(whole.memory),
    }


def row_of(clips: Clips, enlarge: Enlarge) -> Row:
    """Another way to enlarge frames, decoded and encoded the same way."""
    target = clips.folder / "theirs.mp4"
    return row(clips, target, cost(lambda: rewrite(clips.small, target, enlarge)))


def fsrcnn_row(clips: Clips, peers: Path | None) -> Row:
    """FSRCNN as OpenCV runs it, from RGB to RGB; a note if it cannot."""
    if peers is None:
        return {"note": "missing: --peers DIR"}
    try:
        network = DnnSuperRes(str(peers / "FSRCNN_x2.pb"), "fsrcnn", 2)
    except SesrError as error:
        return {"note": f"missing: {error}"}
    return row_of(clips, lambda frame: rgb_frame(network.rgb(frame.to_ndarray(format="rgb24"))))


def rgb_frame(pixels: npt.NDArray[np.uint8]) -> av.VideoFrame:
    """A frame as encoders take it."""
    return av.VideoFrame.from_ndarray(pixels, "rgb24").reformat(format="yuv420p")


def row(clips: Clips, target: Path, spent: Cost) -> Row:
    """What every row tells."""
    count = frames_of(clips.small)
    return {
        "fps": round(count / spent.seconds, 2),
        "cpu_ms_a_frame": round(1e3 * spent.cpu / count, 1),
        "psnr_y": round(quality(target, clips.large), 2),
    }


def cost(run: Callable[[], object]) -> Cost:
    """What a call costs in this process."""
    began, cpu = time.perf_counter(), time.process_time()
    run()
    return Cost(time.perf_counter() - began, time.process_time() - cpu)


def command(clip: Path, target: Path, model: str, precision: str) -> Cost:
    """What the whole command costs."""
    words = [sys.executable, "-m", "sesr_app", "upscale", clip, "-o", target, "--overwrite"]
    words += ["--model", model, "--precision", precision]
    words += [f"--{key}={value}" for key, value in ENCODING.items()]
    began = time.perf_counter()
    process = subprocess.Popen([*map(str, words)], stdout=subprocess.DEVNULL)
    # The sum over all children would count the one that made the clips.
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - began
    if status:
        sys.exit("video: sesr upscale failed")
    memory = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return Cost(took, usage.ru_utime + usage.ru_stime, memory)


def network_cost(clip: Path, model: str, precision: str) -> Cost:
    """The network alone on the luma of every frame."""
    upscaler = Upscaler(model, precision=precision)
    with av.open(clip) as container:
        planes = [luma_plane(frame) for frame in container.decode(video=0)]
    lumas: list[Any] = (
        [(plane ^ 128).view(np.int8) for plane in planes]
        if precision == "int8"
        else [as_float(plane) for plane in planes]
    )
    # The first run prepares it.
    upscaler.luma(lumas[0])

    def enlarge_all() -> None:
        for luma in lumas:
            upscaler.luma(luma)

    return cost(enlarge_all)


def luma_plane(frame: av.VideoFrame) -> npt.NDArray[np.uint8]:
    """The first plane of a frame."""
    rows = np.frombuffer(frame.planes[0], np.uint8).reshape(-1, frame.planes[0].line_size)
    return rows[: frame.height, : frame.width]


def as_float(plane: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """The same as networks in float32 take it."""
    return plane.astype(np.float32) / np.float32(255)


def frames_of(clip: Path) -> int:
    """How many a clip has."""
    with av.open(clip) as container:
        return container.streams.video[0].frames


def scaler(clip: Path) -> Enlarge:
    """FFmpeg's filter in place of the network."""
    graph = Graph()
    with av.open(clip) as container:
        source = container.streams.video[0]
        graph.link_nodes(
            graph.add_buffer(template=source, time_base=source.time_base),
            graph.add("scale", f"{WIDTH}:{HEIGHT}:flags=lanczos"),
            graph.add("buffersink"),
        ).configure()

    def enlarge(frame: av.VideoFrame) -> av.VideoFrame:
        graph.vpush(frame)
        return graph.vpull()

    return enlarge


def rewrite(clip: Path, target: Path, enlarge: Enlarge) -> None:
    """Decode a clip, enlarge its frames, and encode them as the command does."""
    with av.open(clip) as container, av.open(target, "w") as output:
        source = container.streams.video[0]
        source.thread_type = "AUTO"
        stream = stream_of(output, "libx264", (WIDTH, HEIGHT), ENCODING)
        for frame in container.decode(source):
            enlarged = enlarge(frame)
            enlarged.pts, enlarged.time_base = frame.pts, frame.time_base
            output.mux(stream.encode(enlarged))
        output.mux(stream.encode(None))


def quality(clip: Path, truth: Path) -> float:
    """The mean PSNR of the luma of all frames, without a border of 4 pixels."""
    with av.open(clip) as one, av.open(truth) as other:
        scores = [
            psnr(as_float(luma_plane(a)), as_float(luma_plane(b)), border=4)
            for a, b in zip(one.decode(video=0), other.decode(video=0), strict=True)
        ]
    return float(np.mean(scores))


def matrix_gflops() -> float:
    """What a large product of matrices reaches, to compare machines by."""
    side = 2048
    matrix = np.random.default_rng(0).random((side, side), dtype=np.float32)
    return 2 * side**3 / min(cost(lambda: matrix @ matrix).seconds for _ in range(5)) / 1e9


if __name__ == "__main__":
    main()
