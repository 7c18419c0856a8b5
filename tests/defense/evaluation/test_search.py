"""The search for the output size and strength of a defense."""

from __future__ import annotations

from pathlib import Path

from defense.evaluation.report.figures import save_frontier
from defense.evaluation.search import Point, candidates, frontier, propose


def test_search_proposes_the_most_robust_affordable_point(tmp_path: Path) -> None:
    points = [
        Point("none", 0.80, 0.0, True),
        Point("a", 0.79, 0.5, False),
        Point("b", 0.78, 0.6, False),
        Point("c", 0.70, 0.9, False),
        Point("d", 0.77, 0.1, False),
    ]
    assert propose(points, bare=0.80).defense == "b"
    assert propose(points, bare=0.80, allowed=0.2).defense == "c"
    assert propose(points, bare=0.99).defense == "none"
    assert [p.defense for p in frontier(points)] == ["none", "a", "b", "c"]
    save_frontier(points, points[2], tmp_path / "frontier.png")
    assert (tmp_path / "frontier.png").stat().st_size > 1000
    texts = candidates([200, 224], [None, 75], [None, 0.02], "sesr:M5")
    assert len(texts) == 1 + 2 + 2 * 4
    assert "jpeg:75,wavelet:0.02,sesr:M5,bicubic:200" in texts
