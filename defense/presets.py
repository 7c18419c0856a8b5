"""Named defenses for images of 299x299, chosen by `sesr robustness compare` and `search`.

They were chosen on photographs 201 to 300 of the set of which the reports use the first 200, by
PGD-20 made on the bare classifier: the most robust point of a grid of sizes, JPEG qualities and
wavelets that costs at most 3 points of clean accuracy. Every classifier has favourite sizes: for
another one, search again.

Prices are measured on the first 200 photographs (`benchmarks/defense_figures.sh`). They hold for
attackers who do not know of the defense: of one who does, PGD-20 at 2/255 leaves none.
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
"""The point for three classifiers alike. Right in %: clean, under PGD-20 at 2/255 and 8/255, and
under APGD-20 at the same:

MobileNetV2: 86.0, 66.0, 41.5, 68.0, 42.5 (bare: 84.0 clean);
MobileNet (0.75): 82.5, 65.5, 39.0, 71.5, 46.0 (bare: 79.0);
MobileNetV3 (large, minimalistic): 87.0, 67.5, 47.5, 72.5, 52.0 (bare: 85.5).

Plain resizing to 224 does as well, within 3 points: the size is what protects. DI2-FGSM, made on
the bare classifier too, leaves 33.5 % and 1.0 % of MobileNetV2's answers.
"""

STRONG = Preset("strong", "jpeg:75,sesr:M5:y,bicubic:208")
"""The point for MobileNetV2, more robust: 85.5 % clean, 73.0 % at 2/255 and 59.5 % at 8/255
under PGD-20, where plain resizing to 208 has 85.0, 71.0 and 51.0. DI2-FGSM leaves
61.5 % and 10.5 %. It costs MobileNetV3 5.5 points of clean accuracy."""

PAPER = Preset("paper", "jpeg:75,wavelet:0.02,sesr:M2")
"""The paper's setting, classified at twice the image's size, for comparison: 19.0 % clean,
15.5 % and 10.5 % on MobileNetV2."""

TRAINED = Preset("trained", "sesr:m2_gray,bicubic:208")
"""A network M2 that was trained for MobileNetV2 (`defense.training.recipes.m2_gray`): 81.5 % clean,
74.5 % and 63.0 %, under DI2-FGSM 61.5 % and 24.5 %; the same network untrained, 85.0 %, 71.0 % and
51.5 %. In front of MobileNetV1, which it has not seen, 74.0 %, 69.0 % and 59.0 %, against 78.0 %,
66.0 % and 46.5 % untrained. An attacker who knows it leaves none of the first 50 photographs at
2/255."""

PRESETS = {preset.name: preset for preset in (DEFAULT, STRONG, PAPER, TRAINED)}
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
