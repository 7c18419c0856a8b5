"""Named defenses."""

from __future__ import annotations

from dataclasses import dataclass

from defense.compose import Compose
from defense.parse import parse_defense


@dataclass(frozen=True, slots=True)
class Preset:
    """A defense with a name.

    Attributes:
        name: what `--defense` takes.
        text: the stages, for `parse_defense`.
    """

    name: str
    text: str

    @property
    def transform(self) -> Compose:
        """The chain of transforms."""
        return parse_defense(self.text)


DEFAULT = Preset("default", "jpeg:75,wavelet:0.02,sesr:M5,bicubic:224")
PAPER = Preset("paper", "jpeg:75,wavelet:0.02,sesr:M5")

PRESETS = {preset.name: preset for preset in (DEFAULT, PAPER)}
"""The named defenses."""


def find_defense(text: str) -> Compose:
    """A defense by its name, or from stages as `parse_defense` reads them.

    Raises:
        UsageError: neither.

    Example:
        >>> find_defense("jpeg:75")
        Compose(transforms=(Jpeg(quality=75),))
    """
    preset = PRESETS.get(text.strip().lower())
    return preset.transform if preset else parse_defense(text)
