"""Which attacks an evaluation runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from defense.attacks import AttackSpec, parse_attack
from defense.evaluation.threat import (
    MEANING,
    MEETING,
    Cell,
    Knowledge,
    ThreatModel,
    check_knowledge,
)
from sesr.errors import UsageError


@dataclass(frozen=True, slots=True)
class AttackPlan:
    """The attacks of an evaluation, as people write them.

    Attributes:
        attacks: texts for `parse_attack`: what those run that have gradients.
        epsilons: bounds of the perturbations, in 1/255.
        threats: who attacks, keys of `MEANING`.
        norm: "linf" or "l2".
        queries: of the black-box attack, for an image, unless `attacks` holds one for him.
        restarts: runs of each attack; the best counts.
        eot: runs a gradient, for random defenses; of the adaptive attacker, as nobody else has
            gradients of something random.
        survivors: whether those who meet the defense attack with larger perturbations only what
            smaller ones left. That takes less time and is as true, as a smaller perturbation is one
            of the larger too, but hides attacks that do less with more, a sign of masked gradients.
    """

    attacks: tuple[str, ...] = ("fgsm", "pgd", "apgd")
    epsilons: tuple[float, ...] = (2.0, 4.0, 8.0)
    threats: tuple[str, ...] = ("gray-box",)
    norm: str = "linf"
    queries: int = 500
    restarts: int = 1
    eot: int = 1
    survivors: bool = False

    def cells(self) -> list[Cell]:
        """The rows of the evaluation, in the order of `MEANING`: the adaptive attacker first.

        Raises:
            UsageError: unknown norm, threat or attack, or an attacker who can run none of these.

        Example:
            >>> plan = AttackPlan(("pgd",), (8.0,), ("gray-box", "adaptive"))
            >>> [f"{cell.attack.label}, {cell.threat.label}" for cell in plan.cells()]
            ['PGD-20, adaptive, linf 8/255', 'PGD-20, gray-box, linf 8/255']
        """
        if self.norm not in ("linf", "l2"):
            raise UsageError(f"unknown norm {self.norm!r}: the norms are linf and l2")
        known = {check_knowledge(text) for text in self.threats}
        specs = [parse_attack(text, self.norm, self.restarts, self.eot) for text in self.attacks]
        noise = parse_attack("noise", self.norm)
        cells: list[Cell] = []
        for knowledge in sorted(known, key=list(MEANING).index):
            for epsilon in self.epsilons:
                threat = ThreatModel(knowledge, epsilon / 255, noise.norm)
                able = [_against(spec, knowledge) for spec in specs if threat.admits(spec)]
                cells.extend(Cell(threat, spec) for spec in able or self._others(knowledge))
            if not any(cell.threat.knowledge == knowledge for cell in cells):
                raise UsageError(
                    f"the threat {knowledge} can run none of the attacks received, "
                    f"{', '.join(self.attacks)}, at the epsilons "
                    f"{', '.join(f'{epsilon:g}' for epsilon in self.epsilons)}: give pgd, say"
                )
        cells = list(dict.fromkeys(cells))
        return _chained(cells) if self.survivors else cells

    def _others(self, knowledge: str) -> list[AttackSpec]:
        """What an attacker runs who can run none of `attacks`."""
        if knowledge == "black-box":
            return [parse_attack(f"square:{self.queries}", self.norm, self.restarts)]
        return [parse_attack("noise", self.norm)] if knowledge == "noise" else []


def _against(spec: AttackSpec, knowledge: Knowledge) -> AttackSpec:
    """The attack as this attacker runs it."""
    return spec if knowledge == "adaptive" else replace(spec, eot=1)


def _chained(cells: Sequence[Cell]) -> list[Cell]:
    """The same rows, where the defense is met each after that of the next smaller perturbation."""
    made: dict[Cell, Cell] = {}
    last: dict[tuple[Knowledge, AttackSpec], Cell] = {}
    for cell in sorted(cells, key=lambda cell: cell.threat.epsilon):
        who = cell.threat.knowledge, cell.attack
        made[cell] = cell
        if cell.threat.knowledge in MEETING:
            made[cell] = last[who] = replace(cell, smaller=last.get(who))
    return [made[cell] for cell in cells]
