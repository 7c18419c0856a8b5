"""Signs that an evaluation flatters its defense."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from defense.attacks import parse_attack
from defense.evaluation import Cell, ThreatModel
from defense.evaluation.report.red_flags import red_flags
from defense.evaluation.row import EvaluationRow


def row(
    knowledge: Any, attack: str, right: int, epsilon: float = 8 / 255, bare: int | None = None
) -> EvaluationRow:
    def correct(count: int) -> tuple[bool, ...]:
        return tuple(i < count for i in range(100))

    attacked = Cell(ThreatModel(knowledge, epsilon), parse_attack(attack))
    undefended = None if bare is None else correct(bare)
    return EvaluationRow(attacked, correct(right), undefended)


CLEAN = EvaluationRow(None, (True,) * 100, (True,) * 100)
SOUND = [
    CLEAN,
    row("gray-box", "fgsm", 60, bare=10),
    row("gray-box", "pgd", 50, bare=0),
    row("black-box", "square", 40),
    row("noise", "noise", 95),
    row("adaptive", "fgsm", 20),
    row("adaptive", "pgd", 0),
]
CELL = SOUND[6].cell
assert CELL is not None
CHAINED = replace(SOUND[6], cell=replace(CELL, smaller=CELL))


def test_a_sound_evaluation_raises_no_flag() -> None:
    assert red_flags(SOUND, classes=1000) == []


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        ({6: None, 5: None}, "No adaptive attack was run"),
        ({3: None}, "No black-box attack was run"),
        ({6: row("adaptive", "pgd", 70), 5: None}, "leaves more (70.0%) than the gray-box"),
        ({6: row("adaptive", "pgd", 45), 5: None}, "the gradients are masked"),
        ({6: row("adaptive", "pgd", 30)}, "adaptive, linf 8/255: a single step (20.0%) beats"),
        ({2: row("gray-box", "pgd", 50, bare=30)}, "gray-box, linf 8/255: a single step (10.0%)"),
        ({4: row("noise", "noise", 0)}, "random noise (0.0%) does as much"),
        ({2: row("gray-box", "pgd", 50, bare=30), 1: None}, "still right on 30.0%"),
        ({6: replace(SOUND[6], no_gradient=0.5)}, "is zero for 50.0% of the images"),
        ({5: row("adaptive", "pgd", 10), 6: None}, "go on to larger ones"),
        ({6: CHAINED}, "met only what smaller ones left"),
        (
            {4: row("gray-box", "pgd", 80, epsilon=16 / 255, bare=0)},
            "more images survive linf 16/255",
        ),
    ],
)
def test_each_flag_is_raised(change: dict[int, EvaluationRow | None], flag: str) -> None:
    rows = [change.get(i, r) for i, r in enumerate(SOUND)]
    flags = red_flags([r for r in rows if r is not None], classes=1000)
    assert any(flag in text for text in flags), flags


def test_votes_that_flatter_are_flagged() -> None:
    few = red_flags(SOUND, classes=1000, votes=10, seeded=True)
    assert [flag.partition(":")[0] for flag in few] == [
        "Only 10 draws vote on an image",
        "The noise of the defense has a fixed seed",
        "No adaptive attack averages 4 draws of noise or more for a gradient",
    ]
    averaged = [
        replace(r, cell=replace(r.cell, attack=replace(r.cell.attack, eot=8))) if r.cell else r
        for r in SOUND
    ]
    assert red_flags(averaged, classes=1000, votes=100) == []
