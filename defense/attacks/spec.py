"""Attacks written as short text, for command lines and reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from defense.attacks.kinds import ATTACKS, Kind, Norm
from sesr.errors import UsageError, did_you_mean


@dataclass(frozen=True, slots=True)
class AttackSpec:
    """An attack with all its settings, as a value.

    Attributes:
        name: one of `ATTACKS`.
        steps: gradient steps, or queries of the black-box attack; 1 for a single step.
        restarts: independent runs, of which the best counts for each image.
        eot: runs of the model for a gradient, for random defenses.
        norm: "linf" or "l2".
    """

    name: str
    steps: int
    restarts: int = 1
    eot: int = 1
    norm: Norm = "linf"

    @property
    def label(self) -> str:
        """Name and cost, for tables: "PGD-20"."""
        text = self.kind.title if self.kind.steps == 1 else f"{self.kind.title}-{self.steps}"
        text += f" x{self.restarts}" if self.restarts > 1 else ""
        return text + (f" EOT-{self.eot}" if self.eot > 1 else "")

    @property
    def kind(self) -> Kind:
        """What attacks of this name have in common."""
        return ATTACKS[self.name]

    def build(self, epsilon: float) -> Any:
        """The foolbox attack for a perturbation of this size."""
        from defense.attacks.eot import ExpectationOverTransformation

        attack = self.kind.build(self.steps, self.norm, epsilon)
        if self.restarts > 1:
            attack = attack.repeat(self.restarts)
        # Outside, so that all restarts meet the same mean and are judged by it.
        return ExpectationOverTransformation(attack, self.eot) if self.eot > 1 else attack


def parse_attack(text: str, norm: str = "linf", restarts: int = 1, eot: int = 1) -> AttackSpec:
    """Read one attack: its name, and after a colon another number of steps.

    Raises:
        UsageError: unknown name (the message gives the nearest), a number of steps that is
            none, or a norm that the attack does not have.

    Example:
        >>> parse_attack("pgd:40").label
        'PGD-40'
        >>> parse_attack("pdg")
        Traceback (most recent call last):
        sesr.errors.UsageError: unknown attack 'pdg': did you mean pgd? ...
    """
    name, colon, number = (part.strip().lower() for part in text.partition(":"))
    kind = ATTACKS.get(name)
    if kind is None:
        hint = did_you_mean(name, ATTACKS)
        raise UsageError(f"unknown attack {name!r}: {hint}the attacks are {', '.join(ATTACKS)}")
    found = next((known for known in kind.norms if known == norm), None)
    if found is None:
        raise UsageError(f"attack {name!r} has no norm {norm!r}: it has {', '.join(kind.norms)}")
    if colon and not (number.isdecimal() and int(number) > 0):
        raise UsageError(f"attack {text!r} needs a number of steps after the colon, as in pgd:40")
    if restarts < 1 or eot < 1:
        raise UsageError(f"restarts and eot must be 1 or more; received {restarts} and {eot}")
    return AttackSpec(name, int(number) if colon else kind.steps, restarts, eot, found)
