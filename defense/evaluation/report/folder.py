"""What an evaluation, a comparison and a search leave in their folders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from defense.evaluation.comparison import Compared, comparison_table
from defense.evaluation.report.document import EvaluationReport, versions, vote_lines, voting
from defense.evaluation.report.figures import save_curves, save_examples, save_frontier
from defense.evaluation.report.fooled import fooled_images
from defense.evaluation.report.page import comparison_page, report_page
from defense.evaluation.report.red_flags import red_flags
from defense.evaluation.row import EvaluationRow, worst_case
from defense.evaluation.runner import Evaluation
from defense.evaluation.search import Point, propose
from defense.presets import find_defense
from sesr.files import write_atomically


def write_report(
    evaluation: Evaluation,
    defense: str,
    rows: Sequence[EvaluationRow],
    command: str,
    folder: Path,
    names: Sequence[str] = (),
) -> EvaluationReport:
    """Write report.md, report.json, report.html, curves.png and examples.png.

    Args:
        evaluation: the one that gave the rows.
        defense: its text.
        rows: what `Evaluation.run` returned.
        command: that makes this report again.
        folder: made if missing.
        names: of the classes, for the page.
    """
    report = EvaluationReport.of(evaluation, defense, rows, command)
    report.save(folder)
    save_curves(report, folder / "curves.png")
    save_examples(evaluation, rows, folder / "examples.png")
    page = report_page(report, report.to_json(), fooled_images(evaluation, rows), names)
    write_atomically(folder / "report.html", page)
    return report


def write_comparison(
    evaluation: Evaluation,
    found: Sequence[Compared],
    classifier: str,
    command: str,
    folder: Path,
    names: Sequence[str] = (),
) -> str:
    """Write compare.md, compare.json and compare.html.

    Args:
        evaluation: the one that `compare_defenses` used.
        found: what it returned.
        classifier: as the user named it.
        command: that makes this table again.
        folder: made if missing.
        names: of the classes, for the page.

    Returns:
        The table.
    """
    table = comparison_table(found)
    points = [replace(Point.of(one), robust=_worst(one)) for one in found]
    content = {
        **_content(evaluation, found, classifier, command),
        "robust_means": "worst case over all attacks per image",
        "points": [point.to_json() for point in points],
    }
    lines = [f"# Defenses of {classifier}", table, *vote_lines(content["defenses"]), "Made by:"]
    text = "\n\n".join([*lines, f"```sh\n{command}\n```\n"])
    best = max(points, key=lambda point: (point.robust, point.clean))
    write_pages(folder / "compare", content, text, _page(evaluation, found, content, best, names))
    return table


def write_search(
    evaluation: Evaluation,
    found: Sequence[Compared],
    classifier: str,
    command: str,
    folder: Path,
    names: Sequence[str] = (),
) -> str:
    """Write search.md, search.json, search.html and frontier.png.

    Args:
        evaluation, found, classifier, command, folder, names: as for `write_comparison`.

    Returns:
        The proposed defense with its figures, a line.
    """
    points = [Point.of(one) for one in found]
    bare = evaluation.clean().accuracy
    proposed = propose(points, bare)
    save_frontier(points, proposed, folder / "frontier.png")
    content = {
        **_content(evaluation, found, classifier, command),
        "bare_clean": bare,
        "proposed": proposed.to_json(),
        "robust_means": "accuracy under attack, mean over the attacks",
        "points": [point.to_json() for point in points],
    }
    lines = [f"# Search for {classifier}", f"Proposed: `{proposed.defense}`"]
    lines += [comparison_table(found), *vote_lines(content["defenses"])]
    text = "\n\n".join([*lines, f"```sh\n{command}\n```\n"])
    write_pages(
        folder / "search", content, text, _page(evaluation, found, content, proposed, names)
    )
    return (
        f"{proposed.defense}: clean {proposed.clean:.1%} (bare {bare:.1%}), "
        f"gray-box {proposed.robust:.1%}"
    )


def _content(
    evaluation: Evaluation, found: Sequence[Compared], classifier: str, command: str
) -> dict[str, Any]:
    """What the JSON of a comparison and of a search share."""
    classes = int(evaluation.defended(evaluation.data.images[:1]).shape[-1])
    return {
        "command": command,
        "classifier": classifier,
        "classifier_fingerprint": evaluation.classifier.fingerprint,
        "input_range": evaluation.classifier.input_range,
        "seed": evaluation.seed,
        "batch": evaluation.batch,
        "versions": versions(),
        "images": list(evaluation.data.names),
        "image_size": evaluation.data.size,
        "classes": classes,
        "norm": next((row.cell.threat.norm for row in found[0].rows if row.cell), "linf"),
        "defenses": [_compared(evaluation, one, classes) for one in found],
    }


def _compared(evaluation: Evaluation, one: Compared, classes: int) -> dict[str, Any]:
    vote = voting(evaluation, find_defense(one.defense))
    return {
        **one.to_json(),
        **vote,
        "worst_case": _worst(one),
        "red_flags": red_flags(one.rows, classes, vote["votes"], vote["seeded_noise"]),
    }


def _worst(one: Compared) -> float:
    """Share of images that survive every attack."""
    return float(worst_case(one.rows[1:] or one.rows).mean())


def _page(
    evaluation: Evaluation,
    found: Sequence[Compared],
    content: dict[str, Any],
    shown: Point,
    names: Sequence[str],
) -> bytes:
    """The page, with examples behind one of the defenses."""
    rows = next(one.rows for one in found if one.defense == shown.defense)
    fooled = fooled_images(evaluation.behind(find_defense(shown.defense)), rows)
    return comparison_page(content, fooled, shown.defense, names)


def write_pages(stem: Path, content: dict[str, Any], text: str, page: bytes | None = None) -> None:
    """Write STEM.json, STEM.md and, if there is one, STEM.html, each in one piece."""
    write_atomically(stem.with_suffix(".json"), (json.dumps(content, indent=1) + "\n").encode())
    write_atomically(stem.with_suffix(".md"), text.encode())
    if page is not None:
        write_atomically(stem.with_suffix(".html"), page)
