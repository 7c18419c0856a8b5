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
