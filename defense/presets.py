"""Named defenses, chosen by `sesr robustness search` for MobileNetV2 on images of 299x299.

Size and JPEG quality were chosen on photographs 201 to 300 of the set of which the reports use
the first 200, by PGD-20 made on the bare classifier, with the RGB network M2; M5 for luma, which
the package holds, came within half a point of it at that setting.

Prices are measured on those first 200: the bare classifier is right on 84.0 % of them, and on
none under PGD-20 at 2/255. Plain resizing to 208, `bicubic:208`, reaches 85.0 % clean, 72.0 %
and 51.5 % at 2/255 and 8/255. Other classifiers have other favourite sizes: search again. All of
this holds for attackers who do not know of the defense: of one who does, PGD-20 at 2/255 through
the default left none of the first 30 photographs (`sesr robustness --threat adaptive`).
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
"""The most robust point that costs at most 3 points of clean accuracy: 85.5 % clean, 71.0 % at
2/255 and 59.0 % at 8/255 under PGD-20 made on the bare classifier."""

ACCURATE = Preset("accurate", "sesr:M5:y,bicubic:208")
"""Without JPEG: 85.0 % clean, 70.5 % and 51.5 %, no better than plain resizing."""

PAPER = Preset("paper", "jpeg:75,wavelet:0.02,sesr:M5:y")
"""The paper's order of stages, classified at twice the image's size, for comparison: with an
RGB network M2 in place of M5 it came to 19.0 % clean, 16.0 % and 10.5 %."""

TRAINED = Preset("trained", "sesr:m2_gray,bicubic:208")
"""A network M2 that was trained for MobileNetV2 (`defense.training.recipes.m2_gray`): 81.5 % clean,
74.5 % and 63.5 %; the same network untrained, 85.0 %, 70.5 % and 51.5 %. In front of MobileNetV1,
which it has not seen, 74.0 %, 69.0 % and 59.0 %, against 77.0 %, 69.0 % and 55.5 % of the default.
An attacker who knows it leaves none of the first 50 photographs at 2/255."""

PRESETS = {preset.name: preset for preset in (DEFAULT, ACCURATE, PAPER, TRAINED)}
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
