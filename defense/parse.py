"""Defenses written as short text, for command lines and reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from defense.transforms.base import Transform
from defense.transforms.compose import Compose
from defense.transforms.jpeg import Jpeg
from defense.transforms.random_resize import RandomResize
from defense.transforms.resampling import Method
from defense.transforms.rescale import Rescale
from defense.transforms.resize import Resize
from defense.transforms.super_resolve import SuperResolve
from defense.transforms.wavelet import WaveletDenoise
from sesr.errors import UsageError, did_you_mean


def parse_defense(text: str) -> Compose:
    """Build a chain of transforms from text.

    Args:
        text: "none", or stages "name:value" with commas between, applied from left to right.
            The stages and an example of each are in `STAGES`; blanks and the case of names do
            not matter.

    Raises:
        UsageError: a stage is unknown (the message names the nearest one), lacks its value, or
            has a value that cannot be read or does not fit.

    Example:
        >>> parse_defense("jpeg:75,wavelet:0.02").transforms
        (Jpeg(quality=75), WaveletDenoise(sigma=0.02, method='BayesShrink'))
        >>> parse_defense("jpg:75")
        Traceback (most recent call last):
        sesr.errors.UsageError: unknown defense stage 'jpg': did you mean jpeg? ...
    """
    if text.strip().lower() == "none":
        return Compose([])
    return Compose(_parse_stage(stage.strip()) for stage in text.split(","))


@dataclass(frozen=True, slots=True)
class Stage:
    """One kind of stage that text can name.

    Attributes:
        build: makes the transform from the text after the colon; raises ValueError where the
            text cannot be read and UsageError where its value does not fit.
        example: a complete stage, for messages.
    """

    build: Callable[[str], Transform]
    example: str


def _resampling(method: Method) -> Callable[[str], Transform]:
    """Builder for "224", "200x300" (height x width) and "x2" (a factor)."""

    def build(value: str) -> Transform:
        if value.startswith("x"):
            return Rescale(int(value[1:]), method)
        if "x" in value:
            height, width = value.split("x")
            return Resize((int(height), int(width)), method)
        return Resize(int(value), method)

    return build


def _fsrcnn(value: str) -> Transform:
    """Builder for "x2", the network that the paper compares with."""
    return SuperResolve("FSRCNN", int(value.removeprefix("x")))


def _random_resize(value: str) -> Transform:
    """Builder for "200+224": one of these sizes, drawn at random."""
    return RandomResize(tuple(int(size) for size in value.split("+")))


def _sesr(value: str) -> Transform:
    """Builder for "M5", "M5:y" and "M5:rgb" (a luma or an RGB network), "m2_gray" and paths."""
    name, _, color = value.rpartition(":")
    channels = {"y": 1, "rgb": 3}.get(color.lower())
    if not name or channels is None:
        return SuperResolve(value)
    return SuperResolve(name, channels=channels)


STAGES = {
    "bicubic": Stage(_resampling("bicubic"), "bicubic:224"),
    "fsrcnn": Stage(_fsrcnn, "fsrcnn:x2"),
    "jpeg": Stage(lambda value: Jpeg(int(value)), "jpeg:75"),
    "nearest": Stage(_resampling("nearest"), "nearest:x2"),
    "random": Stage(_random_resize, "random:200+224+248"),
    "sesr": Stage(_sesr, "sesr:M5"),
    "visushrink": Stage(
        lambda value: WaveletDenoise(float(value), "VisuShrink"), "visushrink:0.02"
    ),
    "wavelet": Stage(lambda value: WaveletDenoise(float(value)), "wavelet:0.02"),
}
"""The stages by name; a new kind of stage is one more line."""


def _parse_stage(text: str) -> Transform:
    name, _, value = (part.strip() for part in text.partition(":"))
    stage = STAGES.get(name.lower())
    if stage is None:
        hint = did_you_mean(name.lower(), STAGES)
        raise UsageError(
            f"unknown defense stage {name!r}: {hint}the stages are {', '.join(STAGES)}"
        )
    if not value:
        raise UsageError(f"defense stage {text!r} needs a value: write it like {stage.example}")
    try:
        return stage.build(value)
    except ValueError:
        raise UsageError(
            f"defense stage {text!r} has a value that cannot be read: write it like {stage.example}"
        ) from None
