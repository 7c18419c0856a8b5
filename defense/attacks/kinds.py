"""The attacks that text can name, and how each is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

Norm = Literal["linf", "l2"]

Builder = Callable[[int, Norm, float], Any]
"""Makes a foolbox attack from its steps, its norm and epsilon."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Attacks of one name.

    Attributes:
        title: for tables.
        build: makes the foolbox attack.
        steps: unless the text gives another number.
        gradients: whether it needs the model's gradient.
        norms: in which its perturbations can be bounded.
    """

    title: str
    build: Builder
    steps: int
    gradients: bool = True
    norms: tuple[Norm, ...] = ("linf",)


def own(module: str, name: str, **options: Any) -> Builder:
    """Builder of a `LinfAttack`, whose module needs foolbox and is imported when used."""

    def build(steps: int, norm: Norm, epsilon: float) -> Any:
        told = options if norm == "linf" else {**options, "norm": norm}
        return getattr(import_module(module), name).of(steps, epsilon, **told)

    return build


def _foolbox(
    linf: str = "", l2: str = "", settings: Callable[[int], dict[str, Any]] = lambda steps: {}
) -> Builder:
    """Builder of foolbox's own attacks, by their names for each norm."""

    def build(steps: int, norm: Norm, epsilon: float) -> Any:
        import foolbox

        return getattr(foolbox.attacks, linf if norm == "linf" else l2)(**settings(steps))

    return build


def _descent(steps: int) -> dict[str, Any]:
    """Steps of 2.5 epsilon over their number."""
    return {"steps": steps, "rel_stepsize": 2.5 / steps}


ATTACKS = {
    "fgsm": Kind("FGSM", _foolbox("LinfFastGradientAttack"), 1),
    "bim": Kind("BIM", _foolbox("LinfBasicIterativeAttack", settings=_descent), 20),
    "mifgsm": Kind(
        "MI-FGSM", _foolbox("LinfMomentumIterativeFastGradientMethod", settings=_descent), 20
    ),
    "pgd": Kind("PGD", _foolbox("LinfPGD", "L2PGD", _descent), 20, norms=("linf", "l2")),
    "apgd": Kind(
        "APGD-CE", own("defense.attacks.apgd", "APGD", loss="ce"), 20, norms=("linf", "l2")
    ),
    "apgd-dlr": Kind(
        "APGD-DLR", own("defense.attacks.apgd", "APGD", loss="dlr"), 20, norms=("linf", "l2")
    ),
    "di2fgsm": Kind("DI2-FGSM", own("defense.attacks.diverse_input", "DI2FGSM"), 20),
    "mdi2fgsm": Kind("MDI2-FGSM", own("defense.attacks.diverse_input", "MDI2FGSM"), 20),
    "deepfool": Kind(
        "DeepFool",
        _foolbox("LinfDeepFoolAttack", settings=lambda n: {"steps": n, "candidates": 10}),
        50,
    ),
    "cw": Kind(
        "C&W",
        _foolbox(
            l2="L2CarliniWagnerAttack", settings=lambda n: {"steps": n, "binary_search_steps": 5}
        ),
        200,
        norms=("l2",),
    ),
    "square": Kind(
        "Square",
        own("defense.attacks.square", "Square"),
        500,
        gradients=False,
        norms=("linf", "l2"),
    ),
    "noise": Kind(
        "noise",
        _foolbox("LinfAdditiveUniformNoiseAttack", "L2AdditiveUniformNoiseAttack"),
        1,
        gradients=False,
        norms=("linf", "l2"),
    ),
}
"""The attacks by name; a new one is a file with a `LinfAttack`, and a line here."""
