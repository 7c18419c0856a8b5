"""What evaluations leave in their folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from defense import parse_defense
from defense.attacks import parse_attack
from defense.evaluation import Cell, Evaluation, ThreatModel, compare_defenses
from defense.evaluation.report import write_comparison, write_report, write_search

NOISE = "noise:0.1,bicubic:8"


@pytest.mark.parametrize(
    ("write", "name"), [(write_comparison, "compare"), (write_search, "search")]
)
def test_flags_of_votes_are_raised(
    write: Any, name: str, evaluation: Evaluation, tmp_path: Path
) -> None:
    cells = [Cell(ThreatModel("adaptive", 0.05), parse_attack("pgd:2"))]
    found = compare_defenses(evaluation, ["none", NOISE], cells)
    write(evaluation, found, "color", "sesr again", tmp_path)
    plain, noisy = json.loads((tmp_path / f"{name}.json").read_text())["defenses"]
    assert (plain["votes"], noisy["votes"], noisy["sigma"]) == (0, 7, 0.1)
    for flag in ("Only 7 draws vote", "No adaptive attack averages"):
        assert any(text.startswith(flag) for text in noisy["red_flags"])
        assert not any(text.startswith(flag) for text in plain["red_flags"])
    assert "Only 7 draws vote" in (tmp_path / f"{name}.html").read_text()


def test_norm_and_vote_are_told(evaluation: Evaluation, tmp_path: Path) -> None:
    """In units where white is 1, as certificates of the same norm are."""
    threat = ThreatModel("adaptive", 0.25, "l2")
    cells = [Cell(threat, parse_attack(name, "l2")) for name in ("pgd:2", "apgd:2")]
    noisy = evaluation.behind(parse_defense(NOISE))
    told = "7 draws of noise of sigma 0.1 vote on each image."
    report = write_report(noisy, NOISE, noisy.run(cells), "sesr again", tmp_path)
    assert " at l2 0.25 in the worst case over all attacks" in report.summary
    assert told in report.summary
    assert {line[1] for line in report.table()[2:]} == {"l2 0.25"}
    found = compare_defenses(evaluation, ["none", NOISE], cells)
    write_comparison(evaluation, found, "color", "sesr again", tmp_path)
    for name in ("report.md", "report.html", "compare.md", "compare.html"):
        text = (tmp_path / name).read_text()
        assert "l2 0.25" in text
        assert text.count(told) == 1
        assert "/255" not in text
