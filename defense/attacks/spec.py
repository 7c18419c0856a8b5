"""Attacks written as short text, for command lines and reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sesr.errors import UsageError, did_you_mean

Norm = Literal["linf", "l2"]


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
        kind = ATTACKS[self.name]
        text = kind.title if kind.steps == 1 else f"{kind.title}-{self.steps}"
        text += f" x{self.restarts}" if self.restarts > 1 else ""
        return text + (f" EOT-{self.eot}" if self.eot > 1 else "")

    @property
    def kind(self) -> Kind:
        """What attacks of this name have in common."""
        return ATTACKS[self.name]

    def build(self, epsilon: float) -> Any:
        """The foolbox attack for a perturbation of this size."""
        from defense.attacks.eot import ExpectationOverTransformation

        attack = self.kind.build(self, epsilon)
        if self.eot > 1:
            attack = ExpectationOverTransformation(attack, self.eot)
        return attack.repeat(self.restarts) if self.restarts > 1 else attack


@dataclass(frozen=True, slots=True)
class Kind:
    """Attacks of one name.

    Attributes:
        title: for tables.
        build: makes the foolbox attack from its settings and epsilon.
        steps: unless the text gives another number.
        gradients: whether it needs the model's gradient.
        norms: in which its perturbations can be bounded.
    """

    title: str
    build: Callable[[AttackSpec, float], Any]
    steps: int
    gradients: bool = True
    norms: tuple[Norm, ...] = ("linf",)


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
    found = next((own for own in kind.norms if own == norm), None)
    if found is None:
        raise UsageError(f"attack {name!r} has no norm {norm!r}: it has {', '.join(kind.norms)}")
    if colon and not (number.isdecimal() and int(number) > 0):
        raise UsageError(f"attack {text!r} needs a number of steps after the colon, as in pgd:40")
    if restarts < 1 or eot < 1:
        raise UsageError(f"restarts and eot must be 1 or more; received {restarts} and {eot}")
    return AttackSpec(name, int(number) if colon else kind.steps, restarts, eot, found)


def _foolbox(linf: str, l2: str = "") -> Callable[[AttackSpec, float], Any]:
    """Builder of foolbox's own attacks that take nothing but their norm."""

    def build(spec: AttackSpec, epsilon: float) -> Any:
        import foolbox

        return getattr(foolbox.attacks, linf if spec.norm == "linf" else l2)()

    return build


def _descent(linf: str, l2: str = "", **options: Any) -> Callable[[AttackSpec, float], Any]:
    """Builder of foolbox's iterative attacks: steps of 2.5 epsilon over their number."""

    def build(spec: AttackSpec, epsilon: float) -> Any:
        import foolbox

        chosen = getattr(foolbox.attacks, linf if spec.norm == "linf" else l2)
        return chosen(steps=spec.steps, rel_stepsize=2.5 / spec.steps, **options)

    return build


def _minimal(name: str, **options: Any) -> Callable[[AttackSpec, float], Any]:
    """Builder of foolbox's attacks that look for the smallest perturbation."""

    def build(spec: AttackSpec, epsilon: float) -> Any:
        import foolbox

        return getattr(foolbox.attacks, name)(steps=spec.steps, **options)

    return build


def _apgd(loss: Literal["ce", "dlr"]) -> Callable[[AttackSpec, float], Any]:
    def build(spec: AttackSpec, epsilon: float) -> Any:
        from defense.attacks.apgd import APGD

        return APGD(spec.steps, loss)

    return build


def _diverse(name: str) -> Callable[[AttackSpec, float], Any]:
    def build(spec: AttackSpec, epsilon: float) -> Any:
        from defense.attacks import diverse_input

        # torchattacks' step, but no longer than a small epsilon, and long enough to cross a
        # large one.
        step = max(min(2 / 255, epsilon), 1.25 * epsilon / spec.steps)
        return getattr(diverse_input, name)(spec.steps, step)

    return build


def _square(spec: AttackSpec, epsilon: float) -> Any:
    from defense.attacks.square import Square

    return Square(spec.steps)


ATTACKS = {
    "fgsm": Kind("FGSM", _foolbox("LinfFastGradientAttack", "L2FastGradientAttack"), 1),
    "bim": Kind("BIM", _descent("LinfBasicIterativeAttack"), 20),
    "mifgsm": Kind("MI-FGSM", _descent("LinfMomentumIterativeFastGradientMethod"), 20),
    "pgd": Kind("PGD", _descent("LinfPGD", "L2PGD"), 20, norms=("linf", "l2")),
    "apgd": Kind("APGD-CE", _apgd("ce"), 20),
    "apgd-dlr": Kind("APGD-DLR", _apgd("dlr"), 20),
    "di2fgsm": Kind("DI2-FGSM", _diverse("DI2FGSM"), 20),
    "mdi2fgsm": Kind("MDI2-FGSM", _diverse("MDI2FGSM"), 20),
    "deepfool": Kind("DeepFool", _minimal("LinfDeepFoolAttack", candidates=10), 50),
    "cw": Kind("C&W", _minimal("L2CarliniWagnerAttack", binary_search_steps=5), 200, norms=("l2",)),
    "square": Kind("Square", _square, 500, gradients=False),
    "noise": Kind(
        "noise",
        _foolbox("LinfAdditiveUniformNoiseAttack", "L2AdditiveUniformNoiseAttack"),
        1,
        gradients=False,
        norms=("linf", "l2"),
    ),
}
"""The attacks by name; a new one is one more line."""
