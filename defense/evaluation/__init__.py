"""Evaluating a defense so that the result can be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from defense.evaluation.adversarial import AdversarialStore, AttackedModel
from defense.evaluation.image_set import ImageSet, read_image_set
from defense.evaluation.plan import AttackPlan
from defense.evaluation.threat import MEANING, Cell, ThreatModel
from sesr.lazy import lazy

if TYPE_CHECKING:
    from defense.evaluation.certified import (
        CertificationWork,
        CertifyPlan,
        certify_defenses,
        floor_of,
    )
    from defense.evaluation.comparison import ComparisonWork, compare_defenses, paper_defenses
    from defense.evaluation.portion import PortionWork
    from defense.evaluation.runner import Evaluation, defense_fingerprint
    from defense.evaluation.search import candidates

__all__ = [
    "MEANING",
    "AdversarialStore",
    "AttackPlan",
    "AttackedModel",
    "Cell",
    "CertificationWork",
    "CertifyPlan",
    "ComparisonWork",
    "Evaluation",
    "ImageSet",
    "PortionWork",
    "ThreatModel",
    "candidates",
    "certify_defenses",
    "compare_defenses",
    "defense_fingerprint",
    "floor_of",
    "paper_defenses",
    "read_image_set",
]

__getattr__ = lazy(
    __name__,
    {
        "CertificationWork": "certified",
        "CertifyPlan": "certified",
        "ComparisonWork": "comparison",
        "Evaluation": "runner",
        "PortionWork": "portion",
        "candidates": "search",
        "certify_defenses": "certified",
        "compare_defenses": "comparison",
        "defense_fingerprint": "runner",
        "floor_of": "certified",
        "paper_defenses": "comparison",
    },
)
