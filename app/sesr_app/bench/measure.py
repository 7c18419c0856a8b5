"""Time, memory and quality of one contender, taken in a process of its own."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sesr.errors import ModelError
from sesr.pixels.luma import split_luma
from sesr_app.bench.contender import Contender
from sesr_app.bench.memory import peak_memory_mb

_PATIENCE = 6.0
"""Seconds after which a figure takes no further runs; slow peers need minutes otherwise."""

WARM_UP = 3
"""Runs that do not count: each of an engine's threads prepares itself for the shape once."""

_MATRIX_SIDE = 2048


@dataclass(frozen=True, slots=True)
class Figures:
    """What one contender reached.

    Attributes:
        network_s: seconds of the bare network on luma, median.
        end_to_end_s: seconds from RGB array to RGB array, median.
        network_runs, end_to_end_runs: how many runs were counted.
        peak_memory_mb: largest memory of the process while it did both, in 10^6 bytes; none where
            the system does not tell it.
        psnr_db: mean over the images, on Y; none without images.
        version: of what ran it.
    """

    network_s: float
    end_to_end_s: float
    network_runs: int
    end_to_end_runs: int
    peak_memory_mb: float | None
    psnr_db: float | None
    version: str


def measure_contender(
    contender: Contender, scale: int, size: tuple[int, int], runs: int, images: Sequence[str]
) -> Figures:
    """Measure a contender.

    Args:
        contender: made ready.
        scale: by how much it has to enlarge.
        size: width and height of the input.
        runs: of each kind; the median counts.
        images: paths of photographs for the PSNR.

    Raises:
        ModelError: it does not enlarge by the scale.
        ImageError: a photograph cannot be read or is too small.
    """
    width, height = size
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    luma = split_luma(image)
    sides = contender.luma(luma).shape, contender.rgb(image).shape[:2]
    if sides != ((height * scale, width * scale),) * 2:
        raise ModelError(
            f"enlarges {luma.shape} to {sides[0]} and {sides[1]}, which is not x{scale}"
        )
    network = time_runs(lambda: contender.luma(luma), runs)
    whole = time_runs(lambda: contender.rgb(image), runs)
    # Before the quality, whose photographs would count otherwise.
    memory = peak_memory_mb()
    return Figures(
        statistics.median(network),
        statistics.median(whole),
        len(network),
        len(whole),
        memory,
        _psnr(contender, scale, images) if images else None,
        contender.version,
    )


def time_runs(run: Callable[[], object], runs: int) -> list[float]:
    """Seconds of each of at most `runs` runs, and of at least one, after some to warm up."""
    times: list[float] = []
    while len(times) < WARM_UP + runs and sum(times) < _PATIENCE:
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return times[min(WARM_UP, len(times) - 1) :]


def matrix_gflops(runs: int) -> float:
    """Speed of a large float32 matrix product with NumPy, on all cores.

    Set OPENBLAS_NUM_THREADS before NumPy is imported if it is to have all of them.
    """
    random = np.random.default_rng(0)
    matrix = random.random((_MATRIX_SIDE, _MATRIX_SIDE), dtype=np.float32)
    seconds = statistics.median(time_runs(lambda: matrix @ matrix, runs))
    return 2 * _MATRIX_SIDE**3 / seconds / 1e9


def _psnr(contender: Contender, scale: int, images: Sequence[str]) -> float:
    from sesr.evaluation.protocol import evaluate
    from sesr_datasets.image_folder import read_image

    photographs = ((os.fspath(path), read_image(Path(path))) for path in images)
    return evaluate(contender.luma, photographs, scale).psnr
