"""What an evaluation, a comparison and a search leave in their folders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from defense.evaluation.comparison import Compared, comparison_table
from defense.evaluation.report.document import EvaluationReport, versions
from defense.evaluation.report.figures import save_curves, save_examples, save_frontier
from defense.evaluation.row import EvaluationRow
from defense.evaluation.runner import Evaluation
from defense.evaluation.search import Point, propose
from sesr.files import write_atomically


def write_report(
    evaluation: Evaluation, defense: str, rows: Sequence[EvaluationRow], command: str, folder: Path
) -> EvaluationReport:
    """Write report.md, report.json, curves.png and examples.png.

    Args:
        evaluation: the one that gave the rows.
        defense: its text.
        rows: what `Evaluation.run` returned.
        command: that makes this report again.
        folder: made if missing.
    """
    report = EvaluationReport.of(evaluation, defense, rows, command)
    report.save(folder)
    save_curves(report, folder / "curves.png")
    save_examples(evaluation, rows, folder / "examples.png")
    return report


def write_comparison(
    evaluation: Evaluation, found: Sequence[Compared], classifier: str, command: str, folder: Path
) -> str:
    """Write compare.md and compare.json.

    Args:
        evaluation: the one that `compare_defenses` used.
        found: what it returned.
        classifier: as the user named it.
        command: that makes this table again.
        folder: made if missing.

    Returns:
        The table.
    """
    table = comparison_table(found)
    content = {
        "command": command,
        "classifier": classifier,
        "seed": evaluation.seed,
        "versions": versions(),
        "images": list(evaluation.data.names),
        "defenses": [one.to_json() for one in found],
    }
    page = f"# Defenses of {classifier}\n\n{table}\n\nMade by:\n\n```sh\n{command}\n```\n"
    write_pages(folder / "compare", content, page)
    return table


def write_search(
    evaluation: Evaluation, found: Sequence[Compared], classifier: str, command: str, folder: Path
) -> str:
    """Write search.md, search.json and frontier.png; arguments as for `write_comparison`.

    Returns:
        The proposed defense with its figures, a line.
    """
    points = [Point.of(one) for one in found]
    bare = evaluation.clean().accuracy
    proposed = propose(points, bare)
    save_frontier(points, proposed, folder / "frontier.png")
    content = {
        "command": command,
        "images": list(evaluation.data.names),
        "bare_clean": bare,
        "proposed": proposed.to_json(),
        "points": [point.to_json() for point in points],
    }
    page = f"# Search for {classifier}\n\nProposed: `{proposed.defense}`\n\n"
    page += f"{comparison_table(found)}\n\n```sh\n{command}\n```\n"
    write_pages(folder / "search", content, page)
    return (
        f"{proposed.defense}: clean {proposed.clean:.1%} (bare {bare:.1%}), "
        f"gray-box {proposed.robust:.1%}"
    )


def write_pages(stem: Path, content: dict[str, Any], page: str) -> None:
    """Write STEM.json and STEM.md, each in one piece."""
    write_atomically(stem.with_suffix(".json"), (json.dumps(content, indent=1) + "\n").encode())
    write_atomically(stem.with_suffix(".md"), page.encode())
