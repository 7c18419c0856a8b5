"""RAN-i against ConvNeXt on this CPU, untrained, in LiteRT and OpenVINO.

    python benchmarks/classifiers/speed.py [--repeats 5] [--threads 1]

Float32, one image of 224x224 at a time; the networks take turns, and the fastest of the repeats
counts, which other work on the machine disturbs least. The authors speak of nearly 40 % more frames
a second than ConvNeXt at like accuracy, on server CPUs: RAN-i-T beside ConvNeXt-T.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from sesr.classifiers import build_classifier, find_classifier
from sesr.classifiers.int8 import to_float_file
from sesr.engine.interpreter import open_interpreter

BASE = "convnext_tiny"
NETWORKS = (BASE, "ran_i_tiny", "ran_i_small")


def main() -> None:
    """Parse the command line, time every network in both engines, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    files = {name: to_float_file(build_classifier(name, 1000)) for name in NETWORKS}
    print("| network | GMACs | engine | ms | frames of ConvNeXt-T |")
    print("|---|---|---|---|---|")
    for engine, open_file in {"LiteRT": litert, "OpenVINO": openvino}.items():
        runs = {name: open_file(file, arguments.threads) for name, file in files.items()}
        times = fastest(runs, arguments.repeats)
        for name, seconds in times.items():
            spec = find_classifier(name)
            print(
                f"| {spec.title} | {spec.macs(1000) / 1e9:.2f} | {engine} | {seconds * 1e3:.0f} | "
                f"{times[BASE] / seconds:.2f} |",
                flush=True,
            )


def fastest(runs: dict[str, Callable[[], Any]], repeats: int) -> dict[str, float]:
    """Seconds of each, the least of some turns after one that is not timed."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(repeats + 1):
        for name, run in runs.items():
            began = time.perf_counter()
            run()
            if turn:
                times[name].append(time.perf_counter() - began)
    return {name: min(found) for name, found in times.items()}


def litert(content: bytes, threads: int) -> Callable[[], Any]:
    """A run of a file in LiteRT."""
    interpreter = open_interpreter(content, threads)
    detail = interpreter.get_input_details()[0]
    interpreter.set_tensor(detail["index"], np.zeros(detail["shape"], np.float32))
    run: Callable[[], Any] = interpreter.invoke
    return run


def openvino(content: bytes, threads: int) -> Callable[[], Any]:
    """A run of a file in OpenVINO."""
    import tempfile
    from pathlib import Path

    import openvino as ov

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.tflite"
        path.write_bytes(content)
        settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
        model = ov.Core().compile_model(path, "CPU", settings)
    image = np.zeros(tuple(model.input(0).shape), np.float32)
    return lambda: model([image])


if __name__ == "__main__":
    main()
