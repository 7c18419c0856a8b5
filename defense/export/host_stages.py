"""The stages of a defence that stay work of the CPU beside the NPU."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from defense.batch import ImageBatch
from defense.parse import parse_defense
from defense.presets import DEFAULT, PAPER, find_defense
from defense.transforms import (
    Compose,
    GaussianNoise,
    Mirrored,
    Resize,
    SuperResolve,
    Transform,
    add_noise,
    answers_a_draw,
)
from sesr.errors import UsageError

DRAWS = (1, 10, 100)
"""Numbers of draws that frames a second are given for."""

_NO_HOST_WORK = (SuperResolve, Mirrored)

RUNS = 7
"""Timed after one that is not; their median counts."""


@dataclass(frozen=True, slots=True)
class HostPlan:
    """Where the NPU's part of a defence begins and ends.

    Attributes:
        side: of the image that super resolution takes.
        stages: what stays CPU work, by the side of the classifier's image.
        draws: of noise that vote, numbers to count frames a second for; none without noise.
        answers: how often the classifier is asked about an image.
    """

    side: int
    stages: dict[int, tuple[str, ...]]
    draws: tuple[int, ...] = ()
    answers: int = 1


def host_plan(smoothed: str, size: int, scale: int, classified: int | None = None) -> HostPlan:
    """The plan of the two named defences, or of a smoothed one.

    Args:
        smoothed: a defence that begins with noise, with one network in it; empty for the named two.
        size: side of the image that is defended.
        scale: of the super resolution.
        classified: side that the classifier was made for, where that is not the default.

    Raises:
        UsageError: the text is no such defence, or ends in no size.

    Example:
        >>> host_plan("noise:0.1,bicubic:200,sesr:M5:rgb,bicubic:224", 299, 2)
        ... # doctest: +NORMALIZE_WHITESPACE
        HostPlan(side=200, stages={224: ('noise:0.1', 'bicubic:200', 'bicubic:224')},
            draws=(1, 10, 100), answers=1)
    """
    if not smoothed:
        return HostPlan(size, host_stages(size, scale, classified))
    network, stages = smoothed_network(smoothed)
    position = stages.index(network)
    sides = [size]
    for stage in stages:
        sides.append(_side_after(stage, sides[-1], scale))
    network.check_sides(sides[position], sides[position])
    on_host = tuple(str(stage) for stage in stages if not isinstance(stage, _NO_HOST_WORK))
    answers = answers_a_draw(Compose(stages))
    return HostPlan(sides[position], {sides[-1]: on_host}, DRAWS, answers)


def smoothed_network(text: str) -> tuple[SuperResolve, tuple[Transform, ...]]:
    """The network of a smoothed defence, and all its stages.

    Raises:
        UsageError: it does not begin with noise, or holds not just one network for RGB.
    """
    stages = find_defense(text).transforms
    networks = [stage for stage in stages if isinstance(stage, SuperResolve)]
    noisy = isinstance(stages[0], GaussianNoise) if stages else False
    if not noisy or len(networks) != 1 or networks[0].channels != 3:
        raise UsageError(
            f"a smoothed defence to export begins with noise and holds one network for RGB, as in "
            f"noise:0.1,bicubic:224,sesr:M5:rgb,bicubic:224; received {text!r}"
        )
    return networks[0], stages


def noise_like(smoothed: str) -> Callable[[ImageBatch], ImageBatch]:
    """What adds the noise of a smoothed defence to images, anew at every call.

    A text without noise, such as the empty one, leaves images as they are. The noise is the same
    whenever this is called again, so that an export can be repeated.
    """
    stages = find_defense(smoothed).transforms if smoothed else ()
    if not stages or not isinstance(stages[0], GaussianNoise):
        return lambda images: images
    sigma, random = stages[0].sigma, np.random.default_rng(0)
    return lambda images: add_noise(images, sigma, random)


def _side_after(stage: Transform, side: int, scale: int) -> int:
    if isinstance(stage, SuperResolve):
        return scale * side
    if isinstance(stage, Resize) and stage.sides[0] == stage.sides[1]:
        return stage.sides[0]
    if isinstance(stage, GaussianNoise | Mirrored):
        return side
    raise UsageError(
        f"the stages of a smoothed defence to export are noise, sesr and a size such as "
        f"bicubic:224; received {stage}"
    )


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
