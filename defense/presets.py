"""Named defenses for images of 299x299, chosen by `sesr robustness compare` and `search`.

All but `certified` were chosen on photographs 201 to 300 of the set of which the reports use the
first 200, by PGD-20 made on the bare classifier: the most robust point of a grid of sizes, JPEG
qualities and wavelets that costs at most 3 points of clean accuracy. Every classifier has favourite
sizes: for another one, search again.

`benchmarks/defense_figures.sh` measures their prices, which hold for attackers who do not know of
the defense: of one who does, PGD-20 at 2/255 leaves none. Whoever needs a defense against him
should use none of them but `certified`, a vote over noise, and count what it proves.
"""

from __future__ import annotations

from dataclasses import dataclass

from defense.parse import UnknownStageError, parse_defense
from defense.transforms.compose import Compose


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


DEFAULT = Preset("default", "sesr:M5:y,bicubic:224")
"""The point for MobileNetV1, V2 and V3 alike. The size is what protects: plain resizing to 224 does
as well, within 3 points."""

STRONG = Preset("strong", "jpeg:75,sesr:M5:y,bicubic:208")
"""The point for MobileNetV2, more robust; it costs MobileNetV3 clean accuracy."""

PAPER = Preset("paper", "jpeg:75,wavelet:0.02,sesr:M2")
"""The paper's setting, classified at twice the image's size, for comparison."""

TRAINED = Preset("trained", "sesr:m2_gray,bicubic:208")
"""A network M2 that was trained for MobileNetV2, see `defense.training.recipes.m2_gray`."""

CERTIFIED = Preset("certified", "noise:0.07,bicubic:192,sesr:attacked_08:rgb,views:mirror")
"""For `defense.Smoothed` and `sesr robustness certify`: noise, and a network S4 that was trained to
take it away before MobileNetV2, see `defense.training.recipes.attacked_08`; the classifier also
sees the mirror image, whose answers err otherwise. One draw of it protects nothing; what most draws
say is proven within a distance."""

PRESETS = {preset.name: preset for preset in (DEFAULT, STRONG, PAPER, TRAINED, CERTIFIED)}
"""The named defenses."""


def find_defense(text: str) -> Compose:
    """A defense by its name, or from stages as `parse_defense` reads them.

    Raises:
        UnknownStageError: neither.
        UsageError: stages that `parse_defense` refuses.

    Example:
        >>> find_defense("jpeg:75")
        Compose(transforms=(Jpeg(quality=75),))
    """
    name = text.strip().lower()
    if name in PRESETS:
        return PRESETS[name].transform
    try:
        return parse_defense(text)
    except UnknownStageError as error:
        raise UnknownStageError(f"{error}; named defenses are {', '.join(PRESETS)}") from None
