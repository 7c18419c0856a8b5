"""Attacks on classifiers, all of foolbox's kind.

What foolbox has comes from there; the classes here add what it lacks. `parse_attack` makes an
`AttackSpec` from text, and `run_attack` runs one.
"""

from defense.attacks.apgd import APGD
from defense.attacks.diverse_input import DI2FGSM, MDI2FGSM
from defense.attacks.eot import ExpectationOverTransformation
from defense.attacks.run import foolbox_model, run_attack
from defense.attacks.spec import AttackSpec, parse_attack
from defense.attacks.square import Square

__all__ = [
    "APGD",
    "DI2FGSM",
    "MDI2FGSM",
    "AttackSpec",
    "ExpectationOverTransformation",
    "Square",
    "foolbox_model",
    "parse_attack",
    "run_attack",
]
