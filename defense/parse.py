"""Defenses written as short text, for command lines and reports."""

from __future__ import annotations

from defense.transforms import TRANSFORMS, Compose, Stage, Transform
from sesr.errors import UsageError, did_you_mean


class UnknownStageError(UsageError):
    """A text names a stage that does not exist."""


def parse_defense(text: str) -> Compose:
    """Build a chain of transforms from text, the `str` of the chain.

    Args:
        text: "none", or stages "name:value" with commas between, applied from left to right.
            `stages` has them by name; blanks and the case of names do not matter.

    Raises:
        UnknownStageError: a stage is unknown; the message names the nearest one.
        UsageError: a stage lacks its value, or has one that cannot be read or does not fit.

    Example:
        >>> parse_defense("jpeg:75,wavelet:0.02").transforms
        (Jpeg(quality=75), WaveletDenoise(sigma=0.02, method='BayesShrink'))
        >>> parse_defense("jpg:75")
        Traceback (most recent call last):
        defense.parse.UnknownStageError: unknown defense stage 'jpg': did you mean jpeg? ...
    """
    if text.strip().lower() == "none":
        return Compose([])
    return Compose(_parse_stage(stage.strip()) for stage in text.split(","))


def stages() -> dict[str, type[Stage]]:
    """The transforms by the names that text has for them, in the order of the alphabet."""
    found = {name: kind for kind in TRANSFORMS for name in kind.stages}
    return {name: found[name] for name in sorted(found)}


def _parse_stage(text: str) -> Transform:
    word, _, value = (part.strip() for part in text.partition(":"))
    name, known = word.lower(), stages()
    if name not in known:
        hint = did_you_mean(name, known)
        raise UnknownStageError(
            f"unknown defense stage {word!r}: {hint}the stages are {', '.join(known)}"
        )
    example = f"write it like {known[name].stages[name]}"
    if not value:
        raise UsageError(f"defense stage {text!r} needs a value: {example}")
    try:
        return known[name].parse(name, value)
    except ValueError:
        raise UsageError(
            f"defense stage {text!r} has a value that cannot be read: {example}"
        ) from None
