"""The networks of the package that were trained as part of a defense.

They stand apart from those of `sesr.catalog.shipped`, which enlarge photographs: what these put
out is for a classifier.
"""

from __future__ import annotations

from pathlib import Path

from sesr.catalog.shipped import TrainedModel

FOLDER = Path(__file__).parents[1] / "models"


def trained_models() -> list[TrainedModel]:
    """All of them, by name."""
    return [TrainedModel.open(path) for path in sorted(FOLDER.glob("*.json"))]


def find_trained(name: str) -> TrainedModel | None:
    """The one of a name such as "m2_gray", upper or lower case, or None."""
    wanted = name.lower()
    return next((model for model in trained_models() if model.stem.name == wanted), None)
