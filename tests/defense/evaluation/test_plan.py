"""Who attacks, and what he runs."""

from __future__ import annotations

import pytest

from defense.evaluation import AttackPlan, ThreatModel
from defense.evaluation.threat import check_knowledge
from sesr.errors import UsageError


def test_rows_are_planned_for_those_who_can_run_them() -> None:
    threats = ("adaptive", "black-box", "noise", "gray-box")
    cells = AttackPlan(("pgd", "fgsm"), (25.5,), threats).cells()
    names = [(c.threat.knowledge, c.attack.name) for c in cells]
    assert names == [
        ("gray-box", "pgd"),
        ("gray-box", "fgsm"),
        ("black-box", "square"),
        ("noise", "noise"),
        ("adaptive", "pgd"),
        ("adaptive", "fgsm"),
    ]
    with pytest.raises(UsageError, match="did you mean gray-box"):
        check_knowledge("grey-box")
    with pytest.raises(UsageError, match="above 0"):
        ThreatModel("noise", 0)
