"""Who attacks, and what he runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from defense.evaluation import AttackPlan, ThreatModel
from defense.evaluation.threat import check_knowledge
from sesr.errors import UsageError


def test_rows_are_planned_for_those_who_can_run_them() -> None:
    threats = ("noise", "gray-box", "black-box", "adaptive")
    cells = AttackPlan(("pgd", "fgsm"), (25.5,), threats).cells()
    names = [(c.threat.knowledge, c.attack.name) for c in cells]
    assert names == [
        ("adaptive", "pgd"),
        ("adaptive", "fgsm"),
        ("black-box", "square"),
        ("gray-box", "pgd"),
        ("gray-box", "fgsm"),
        ("noise", "noise"),
    ]
    with pytest.raises(UsageError, match="did you mean gray-box"):
        check_knowledge("grey-box")
    with pytest.raises(UsageError, match="above 0"):
        ThreatModel("noise", 0)


@pytest.mark.parametrize(
    ("attacks", "threats"), [(("noise",), ("gray-box",)), (("noise",), ("adaptive", "noise"))]
)
def test_an_attacker_without_an_attack_is_refused(
    attacks: tuple[str, ...], threats: tuple[str, ...]
) -> None:
    with pytest.raises(UsageError, match=f"the threat {threats[0]} can run none of .* noise, at"):
        AttackPlan(attacks, (8.0,), threats).cells()


def test_the_black_box_attack_is_of_the_norm_that_was_asked_for() -> None:
    for norm in ("linf", "l2"):
        cells = AttackPlan(("pgd",), (64.0,), ("black-box", "noise", "adaptive"), norm).cells()
        assert {(cell.attack.norm, cell.threat.norm) for cell in cells} == {(norm, norm)}
        assert [cell.attack.name for cell in cells] == ["pgd", "square", "noise"]


def test_who_meets_the_defense_may_go_on_with_what_smaller_perturbations_left() -> None:
    threats = ("adaptive", "black-box", "gray-box")
    plan = AttackPlan(("pgd",), (8.0, 2.0, 4.0), threats, survivors=True)
    cells = plan.cells()
    plain = replace(plan, survivors=False).cells()
    assert [replace(cell, smaller=None) for cell in cells] == plain
    before = {
        (c.threat.knowledge, round(c.threat.epsilon * 255)): c.smaller
        and round(c.smaller.threat.epsilon * 255)
        for c in cells
    }
    for who in ("adaptive", "black-box"):
        assert [before[who, epsilon] for epsilon in (2, 4, 8)] == [None, 2, 4]
    assert [before["gray-box", epsilon] for epsilon in (2, 4, 8)] == [None] * 3
    twice = AttackPlan(("pgd", "pgd:20"), (2.0, 2.0, 8.0), ("adaptive",), survivors=True).cells()
    assert [cell.smaller and round(cell.smaller.threat.epsilon * 255) for cell in twice] == [
        None,
        2,
    ]


def test_only_who_has_gradients_of_the_defense_averages_them() -> None:
    """The bare classifier draws nothing, and a vote is an average already."""
    threats = ("adaptive", "black-box", "transfer", "gray-box", "noise")
    plan = AttackPlan(("pgd", "square:20", "noise"), (8.0,), threats, restarts=2, eot=8)
    found = {(c.threat.knowledge, c.attack.name): c.attack.eot for c in plan.cells()}
    assert {who: eot for who, eot in found.items() if eot > 1} == {
        ("adaptive", "pgd"): 8,
        ("adaptive", "square"): 8,
    }
    assert found[("black-box", "square")] == found[("gray-box", "pgd")] == 1
    (blind,) = AttackPlan(("pgd",), (8.0,), ("black-box",), restarts=3).cells()
    assert (blind.attack.name, blind.attack.restarts) == ("square", 3)
    with pytest.raises(UsageError, match="restarts and eot must be 1 or more"):
        AttackPlan(("pgd",), (8.0,), ("gray-box",), eot=0).cells()
