"""Evaluating a defense so that the result can be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from defense.evaluation.adversarial import AdversarialStore, AttackedModel
from defense.evaluation.image_set import ImageSet, read_image_set
from defense.evaluation.plan import AttackPlan
from defense.evaluation.threat import MEANING, Cell, ThreatModel
from sesr.lazy import lazy

if TYPE_CHECKING:
    from defense.evaluation.comparison import compare_defenses, paper_defenses
    from defense.evaluation.runner import Evaluation
    from defense.evaluation.search import candidates

__all__ = [
    "MEANING",
    "AdversarialStore",
    "AttackPlan",
    "AttackedModel",
    "Cell",
    "Evaluation",
    "ImageSet",
    "ThreatModel",
    "candidates",
    "compare_defenses",
    "paper_defenses",
    "read_image_set",
]

__getattr__ = lazy(
    __name__,
    {
        "Evaluation": "runner",
        "candidates": "search",
        "compare_defenses": "comparison",
        "paper_defenses": "comparison",
    },
)
