"""Threat models: what an attacker may change, and what he knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from defense.attacks import AttackSpec, Norm
from sesr.errors import UsageError, did_you_mean

Knowledge = Literal["adaptive", "black-box", "transfer", "gray-box", "noise"]

MEANING: dict[Knowledge, str] = {
    "adaptive": "the attacker knows classifier and defense, and has gradients through both",
    "black-box": "the attacker sees the logits of the defended classifier, no more",
    "transfer": "the attacker knows another classifier only",
    "gray-box": "the attacker knows the classifier, not that it is defended",
    "noise": "nobody attacks; random noise of the same size",
}
"""What the attacker knows, in the order of all reports: who meets the defense comes first, because
only his figures are true of a defense that is known."""

MEETING: tuple[Knowledge, ...] = ("adaptive", "black-box")
"""Who attacks the defended classifier itself."""


@dataclass(frozen=True, slots=True)
class ThreatModel:
    """Who attacks, and how much he may change.

    Attributes:
        knowledge: what the attacker knows, a key of `MEANING`.
        epsilon: bound of the perturbation, a fraction of full scale.
        norm: "linf", the largest change of a value, or "l2", the Euclidean length.

    Raises:
        UsageError: unknown knowledge, or an epsilon that is not above 0.

    Example:
        >>> ThreatModel("gray-box", 8 / 255).label
        'gray-box, linf 8/255'
    """

    knowledge: Knowledge
    epsilon: float
    norm: Norm = "linf"

    def __post_init__(self) -> None:
        check_knowledge(self.knowledge)
        if not self.epsilon > 0:
            raise UsageError(f"epsilon must be above 0; received {self.epsilon!r}")

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.knowledge}, {self.size}"

    @property
    def size(self) -> str:
        """How much he may change, for people: "linf 8/255", and "l2 0.5" where white is 1."""
        return size_of(self.epsilon, self.norm)

    def admits(self, spec: AttackSpec) -> bool:
        """Whether this attacker can run that attack."""
        if self.knowledge == "noise":
            return spec.name == "noise"
        if spec.name == "noise":
            return False
        return self.knowledge != "black-box" or not spec.kind.gradients


@dataclass(frozen=True, slots=True)
class Cell:
    """One attack by one attacker: a row of the report.

    Attributes:
        threat: the attacker.
        attack: what he runs.
        smaller: the same with the next smaller perturbation, if what that fools is lost already
            and only what survived it is attacked.
    """

    threat: ThreatModel
    attack: AttackSpec
    smaller: Cell | None = None


def check_knowledge(text: str) -> Knowledge:
    """Return the name of a threat if there is one.

    Raises:
        UsageError: there is none; the message gives the nearest.
    """
    for knowledge in get_args(Knowledge):
        if text == knowledge:
            return knowledge  # type: ignore[no-any-return]
    hint = did_you_mean(text, MEANING)
    raise UsageError(f"unknown threat {text!r}: {hint}the threats are {', '.join(MEANING)}")


def size_of(epsilon: float, norm: Norm) -> str:
    """An epsilon with its norm, in the units that go with it.

    Example:
        >>> size_of(8 / 255, "linf"), size_of(0.5, "l2")
        ('linf 8/255', 'l2 0.5')
    """
    return f"l2 {epsilon:.4g}" if norm == "l2" else f"linf {pixels(epsilon)}/255"


def axis_of(norm: Norm) -> tuple[str, float]:
    """What an axis of epsilons is called, and what they are multiplied by."""
    return ("l2 epsilon, white is 1", 1.0) if norm == "l2" else ("linf epsilon in 1/255", 255.0)


def pixels(epsilon: float) -> str:
    """Epsilon in units of 1/255: "8", or "0.5"."""
    return f"{epsilon * 255:.4g}"
