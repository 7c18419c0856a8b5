"""Attacks on classifiers, all of foolbox's kind: one family a file.

What foolbox has comes from there; the classes here add what it lacks. `parse_attack` makes an
`AttackSpec` from text, and `run_attack` runs one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from defense.attacks.kinds import ATTACKS, Norm
from defense.attacks.run import check_labels, foolbox_model, run_attack, seed_draws
from defense.attacks.spec import AttackSpec, parse_attack
from sesr.lazy import lazy

if TYPE_CHECKING:
    from defense.attacks.apgd import APGD
    from defense.attacks.base import cross_entropy, loss_and_gradient
    from defense.attacks.diverse_input import DI2FGSM, MDI2FGSM
    from defense.attacks.eot import ExpectationOverTransformation
    from defense.attacks.square import Square

__all__ = [
    "APGD",
    "ATTACKS",
    "DI2FGSM",
    "MDI2FGSM",
    "AttackSpec",
    "ExpectationOverTransformation",
    "Norm",
    "Square",
    "check_labels",
    "cross_entropy",
    "foolbox_model",
    "loss_and_gradient",
    "parse_attack",
    "run_attack",
    "seed_draws",
]

__getattr__ = lazy(
    __name__,
    {
        "APGD": "apgd",
        "cross_entropy": "base",
        "loss_and_gradient": "base",
        "DI2FGSM": "diverse_input",
        "MDI2FGSM": "diverse_input",
        "ExpectationOverTransformation": "eot",
        "Square": "square",
    },
)
