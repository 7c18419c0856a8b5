"""Signs that an evaluation flatters its defense."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from defense.evaluation.row import EvaluationRow, worst_case
from defense.evaluation.statistics import wilson_interval
from defense.evaluation.threat import Knowledge, size_of

_MARGIN = 0.02
"""Differences up to this share of the images are taken for chance."""

_BROKEN = 0.1
"""An undefended classifier above this accuracy has not been attacked in earnest."""


_FEW_VOTES = 50
"""Draws of a vote below which images change sides by chance."""

_FEW_GRADIENTS = 4
"""Draws of a gradient below which noise leads an attack astray."""


def red_flags(
    rows: Sequence[EvaluationRow], classes: int, votes: int = 0, seeded: bool = False
) -> list[str]:
    """What a sceptical reader should know before believing the rows.

    Args:
        rows: of one evaluation, the clean row among them.
        classes: of the classifier.
        votes: draws of an image, of a smoothed defense; 0 of others.
        seeded: whether the noise of the defense has a seed in its text or parameters.

    Returns:
        Sentences; none if nothing was found.

    References: N. Carlini et al., "On Evaluating Adversarial Robustness", 2019; A. Athalye,
    N. Carlini and D. Wagner, "Obfuscated Gradients Give a False Sense of Security", ICML 2018.
    """
    table = _Table(rows)
    flags = _missing_rows(table)
    for epsilon in table.epsilons:
        flags += _at_epsilon(table, epsilon)
    flags += _over_epsilon(table)
    flags += _undefended(table)
    flags += _gradients(rows)
    flags += _ends_at_chance(table, classes)
    if votes:
        flags += _smoothing(table, votes, seeded)
    return flags


class _Table:
    """Rows by who attacks, and how much."""

    def __init__(self, rows: Sequence[EvaluationRow]) -> None:
        self.rows = [row for row in rows if row.cell is not None]
        self.epsilons = sorted({row.cell.threat.epsilon for row in self.rows if row.cell})

    def size(self, epsilon: float) -> str:
        norms = [row.cell.threat.norm for row in self.rows if row.cell]
        return size_of(epsilon, norms[0])

    def find(self, knowledge: Knowledge, epsilon: float) -> list[EvaluationRow]:
        return [
            row
            for row in self.rows
            if row.cell
            and row.cell.threat.knowledge == knowledge
            and row.cell.threat.epsilon == epsilon
        ]

    def has(self, knowledge: Knowledge) -> bool:
        return any(self.find(knowledge, epsilon) for epsilon in self.epsilons)

    def worst(self, knowledge: Knowledge, epsilon: float) -> float | None:
        rows = self.find(knowledge, epsilon)
        return float(worst_case(rows).mean()) if rows else None


def _missing_rows(table: _Table) -> list[str]:
    flags = []
    if not table.has("adaptive"):
        flags.append(
            "No adaptive attack was run: these figures say nothing about an attacker who knows "
            "the defense."
        )
    if not table.has("black-box"):
        flags.append("No black-box attack was run, which would show where gradients mislead.")
    return flags


def _at_epsilon(table: _Table, epsilon: float) -> list[str]:
    flags = []
    size = table.size(epsilon)
    adaptive, gray = table.worst("adaptive", epsilon), table.worst("gray-box", epsilon)
    black, noise = table.worst("black-box", epsilon), table.worst("noise", epsilon)
    if adaptive is not None and gray is not None and adaptive > gray + _MARGIN:
        flags.append(
            f"At {size} the adaptive attack leaves more ({adaptive:.1%}) than the gray-box one "
            f"({gray:.1%}): its gradients do not lead where they should."
        )
    if adaptive is not None and black is not None and black < adaptive - _MARGIN:
        flags.append(
            f"At {size} the black-box attack ({black:.1%}) beats the adaptive one "
            f"({adaptive:.1%}): the gradients are masked."
        )
    for knowledge in ("adaptive", "gray-box"):
        flags += _single_step(table.find(knowledge, epsilon), f"{knowledge}, {size}")
    if adaptive is not None and noise is not None and noise <= adaptive:
        flags.append(
            f"At {size} random noise ({noise:.1%}) does as much as the adaptive attack "
            f"({adaptive:.1%}): the attack does not work."
        )
    return flags


def _single_step(rows: list[EvaluationRow], where: str) -> list[str]:
    """A single step that beats every iterative attack on the model that was attacked."""

    def attacked(row: EvaluationRow) -> float:
        # Gray-box attacks see the bare classifier; what transfers best is another question.
        return float(np.mean(row.correct if row.bare_correct is None else row.bare_correct))

    single = [attacked(r) for r in rows if r.cell and r.cell.attack.name == "fgsm"]
    iterated = [attacked(r) for r in rows if r.cell and r.cell.attack.steps > 1]
    if single and iterated and min(single) < min(iterated) - _MARGIN:
        return [
            f"{where}: a single step ({min(single):.1%}) beats the iterative attacks "
            f"({min(iterated):.1%}) on the model they were made on."
        ]
    return []


def _over_epsilon(table: _Table) -> list[str]:
    flags = []
    if any(row.cell and row.cell.smaller for row in table.rows):
        flags.append(
            "Larger perturbations met only what smaller ones left: an attack that does less with "
            "more, a sign of masked gradients, could not show."
        )
    for knowledge in ("adaptive", "gray-box"):
        found = [(e, table.worst(knowledge, e)) for e in table.epsilons]
        steps = [(e, w) for e, w in found if w is not None]
        for (small, before), (large, after) in pairwise(steps):
            if after > before + 2 * _MARGIN:
                flags.append(
                    f"{knowledge}: more images survive {table.size(large)} ({after:.1%}) than "
                    f"{table.size(small)} ({before:.1%})."
                )
    return flags


def _undefended(table: _Table) -> list[str]:
    """The attacks have to break the bare classifier before they can tell anything."""
    bare = [
        (row.cell.threat.epsilon, float(np.mean(row.bare_correct)))
        for row in table.rows
        if row.cell and row.bare_correct is not None
    ]
    if not bare:
        return []
    largest = max(epsilon for epsilon, _ in bare)
    left = min(accuracy for epsilon, accuracy in bare if epsilon == largest)
    if left <= _BROKEN:
        return []
    return [
        f"At {table.size(largest)} the undefended classifier is still right on {left:.1%}: the "
        "attacks are too weak to tell anything."
    ]


def _gradients(rows: Sequence[EvaluationRow]) -> list[str]:
    shares = [row.no_gradient for row in rows if row.no_gradient]
    if not shares:
        return []
    return [
        f"The gradient through the defense is zero for {max(shares):.1%} of the images: attacks "
        "that need it cannot work."
    ]


def _ends_at_chance(table: _Table, classes: int) -> list[str]:
    if not table.has("adaptive"):
        return []
    epsilon = max(e for e in table.epsilons if table.find("adaptive", e))
    survivors = worst_case(table.find("adaptive", epsilon))
    low, _ = wilson_interval(int(survivors.sum()), len(survivors))
    if low <= 1 / classes:
        return []
    return [
        f"At the largest epsilon, {table.size(epsilon)}, the adaptive attacks leave "
        f"{survivors.mean():.1%}: go on to larger ones until the curve ends at chance."
    ]


def _smoothing(table: _Table, votes: int, seeded: bool) -> list[str]:
    """What flatters a vote over draws of noise."""
    flags = []
    if votes < _FEW_VOTES:
        flags.append(
            f"Only {votes} draws vote on an image: which side close ones fall on is chance; take "
            f"{_FEW_VOTES} or more."
        )
    if seeded:
        flags.append(
            "The noise of the defense has a fixed seed: who learns it faces a classifier without "
            "noise."
        )
    adaptive = [row.cell.attack for row in table.rows if row.cell and _is_adaptive(row)]
    if adaptive and max(attack.eot for attack in adaptive) < _FEW_GRADIENTS:
        flags.append(
            f"No adaptive attack averages {_FEW_GRADIENTS} draws of noise or more for a gradient: "
            "the noise leads it astray; give --eot 8 or more."
        )
    return flags


def _is_adaptive(row: EvaluationRow) -> bool:
    return row.cell is not None and row.cell.threat.knowledge == "adaptive"
