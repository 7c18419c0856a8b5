"""Attacks on classifiers, all of foolbox's kind: one family a file.

What foolbox has comes from there; the classes here add what it lacks. `parse_attack` makes an
`AttackSpec` from text, and `run_attack` runs one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from defense.attacks.kinds import ATTACKS, Norm
from defense.attacks.run import foolbox_model, run_attack
from defense.attacks.spec import AttackSpec, parse_attack

if TYPE_CHECKING:
    from defense.attacks.apgd import APGD
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
    "foolbox_model",
    "parse_attack",
    "run_attack",
]

_HOMES = {
    "APGD": "defense.attacks.apgd",
    "DI2FGSM": "defense.attacks.diverse_input",
    "MDI2FGSM": "defense.attacks.diverse_input",
    "ExpectationOverTransformation": "defense.attacks.eot",
    "Square": "defense.attacks.square",
}


def __getattr__(name: str) -> Any:
    """Import what needs foolbox when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
