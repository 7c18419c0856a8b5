"""Named defenses, chosen by `sesr robustness search` for MobileNetV2 on images of 299x299.

They were chosen on photographs 201 to 300 of the set that the reports use the first 200 of, by
PGD-20 made on the bare classifier. Other classifiers have other favourite sizes: search again.
None of them stops an attacker who knows it, see `sesr robustness --threat adaptive`.
"""

from __future__ import annotations

from dataclasses import dataclass

from defense.compose import Compose
from defense.parse import parse_defense
from sesr.errors import UsageError


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


DEFAULT = Preset("default", "jpeg:75,sesr:M5:y,bicubic:208")
"""The most robust point within 3 points of the bare classifier's clean accuracy."""

ACCURATE = Preset("accurate", "sesr:M5:y,bicubic:208")
"""Without JPEG, which costs clean accuracy and keeps some attacks out."""

PAPER = Preset("paper", "jpeg:75,wavelet:0.02,sesr:M5:y")
"""The paper's order of stages, classified at twice the image's size."""

PRESETS = {preset.name: preset for preset in (DEFAULT, ACCURATE, PAPER)}
"""The named defenses."""


def find_defense(text: str) -> Compose:
    """A defense by its name, or from stages as `parse_defense` reads them.

    Raises:
        UsageError: neither.

    Example:
        >>> find_defense("jpeg:75")
        Compose(transforms=(Jpeg(quality=75),))
    """
    name = text.strip().lower()
    if name in PRESETS:
        return PRESETS[name].transform
    try:
        return parse_defense(text)
    except UsageError as error:
        if "unknown defense stage" not in str(error):
            raise
        raise UsageError(f"{error}; named defenses are {', '.join(PRESETS)}") from None
