"""Training the network of a defense for one classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from defense.training.config import DefenseConfig
from defense.training.recipes import find_defense_recipe
from sesr.lazy import lazy

if TYPE_CHECKING:
    from defense.training.prepare import prepare_trainer, served_classifiers
    from defense.training.publish import publish_defense
    from defense.training.student import network_card

__all__ = [
    "DefenseConfig",
    "find_defense_recipe",
    "network_card",
    "prepare_trainer",
    "publish_defense",
    "served_classifiers",
]

__getattr__ = lazy(
    __name__,
    {
        "network_card": "student",
        "prepare_trainer": "prepare",
        "publish_defense": "publish",
        "served_classifiers": "prepare",
    },
)
