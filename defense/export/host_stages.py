"""The stages of a defence that stay work of the CPU beside the NPU."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from defense.parse import parse_defense
from defense.presets import DEFAULT, PAPER

RUNS = 7
"""Timed after one that is not; their median counts."""


def host_stages(size: int, scale: int, classified: int | None = None) -> dict[int, tuple[str, ...]]:
    """What stays CPU work, by the side of the classifier's image.

    That side is all that super resolution gives, as published, and the default of the defence.

    Args:
        size: side of the image that is defended.
        scale: of the super resolution.
        classified: side that the classifier is for; that of the default if left out.

    Example:
        >>> host_stages(299, 2)
        {598: ('jpeg:75', 'wavelet:0.02'), 224: ('bicubic:224',)}
    """
    found = {}
    for preset in (PAPER, DEFAULT):
        stages = tuple(part for part in preset.text.split(",") if not part.startswith("sesr:"))
        kind, value = stages[-1].split(":")
        side = (classified or int(value)) if kind == "bicubic" else scale * size
        found[side] = (*stages[:-1], f"bicubic:{side}") if kind == "bicubic" else stages
    return found


def host_times(stages: Iterable[str], size: int, scale: int) -> dict[str, float]:
    """Seconds a frame of each stage, measured on this machine.

    Args:
        stages: for `defense.parse_defense`; those of `host_stages`.
        size: side of the image that is defended.
        scale: of the super resolution, behind which images are made smaller.
    """
    image = np.random.default_rng(0).random((1, size, size, 3), dtype=np.float32)
    large = np.repeat(np.repeat(image, scale, axis=1), scale, axis=2)
    return {
        text: _median_time(parse_defense(text), large if text.startswith("bicubic") else image)
        for text in sorted(set(stages), reverse=True)
    }


def _median_time(transform: Callable[[Any], Any], images: Any) -> float:
    times = []
    for _ in range(RUNS + 1):
        began = time.perf_counter()
        transform(images)
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])
