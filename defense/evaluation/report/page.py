"""The report of an evaluation, a comparison or a search as one HTML file.

Every figure is taken from what the JSON beside it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from defense.evaluation.report.document import EvaluationReport, vote_lines
from defense.evaluation.report.fooled import Fooled, Verdict
from defense.evaluation.row import worst_case
from defense.evaluation.search import Point, frontier
from defense.evaluation.threat import MEANING, axis_of
from sesr.reporting.html import (
    Markup,
    bullets,
    element,
    facts,
    grid,
    page,
    picture,
    section,
    share,
)
from sesr.reporting.scatter import ChartAxis, ChartPoint, scatter

_WIDEST = 224
"""Pixels of an embedded picture; larger ones are shrunk."""


def report_page(
    report: EvaluationReport,
    content: dict[str, Any],
    fooled: Sequence[Fooled],
    names: Sequence[str],
) -> bytes:
    """The page of one defense.

    Args:
        report: what was found.
        content: of its JSON.
        fooled: examples to show.
        names: of the classes; those that are missing are numbers.
    """
    header, *rows = report.table()
    return page(
        f"{report.classifier} behind {report.defense}",
        *(element("p", _bold(line)) for line in report.headline()),
        grid(header, [[_bold(cell) for cell in row] for row in rows]),
        section("Accuracy over epsilon", _curve(report)),
        _flags({report.defense: content["red_flags"]}),
        _attackers([row["threat"]["knowledge"] for row in content["rows"] if row["threat"]]),
        _examples(fooled, report.defense, names),
        *_origin(content),
    )


def comparison_page(
    content: dict[str, Any], fooled: Sequence[Fooled], shown: str, names: Sequence[str]
) -> bytes:
    """The page of several defenses side by side.

    Args:
        content: of the JSON of a comparison or a search.
        fooled: examples to show.
        shown: the defense that they stand behind.
        names: of the classes; those that are missing are numbers.
    """
    return page(
        f"Defenses of {content['classifier']}",
        *_proposal(content),
        *(element("p", line) for line in vote_lines(content["defenses"])),
        _comparison(content["defenses"]),
        section("Clean against robust accuracy", *_frontier(content)),
        _flags({one["defense"]: one["red_flags"] for one in content["defenses"]}),
        _attackers([row["threat"] for row in content["defenses"][0]["rows"]]),
        _examples(fooled, shown, names),
        *_origin(content),
    )


def _proposal(content: dict[str, Any]) -> list[Markup]:
    if "proposed" not in content:
        return []
    best = content["proposed"]
    figures = f": clean {share(best['clean'])} (bare {share(content['bare_clean'])}), "
    under = f"under attack {share(best['robust'])}."
    return [element("p", "Proposed: ", element("code", best["defense"]), figures, under)]


def _comparison(defenses: Sequence[dict[str, Any]]) -> Markup:
    titles = [", ".join(filter(None, (r["attack"], r["threat"]))) for r in defenses[0]["rows"]]
    header = ["", "defense", "parameters", "MACs", *titles, "worst case per image"]
    return grid(header, [_compared(number, one) for number, one in enumerate(defenses, 1)])


def _compared(number: int, one: dict[str, Any]) -> list[object]:
    return [
        number,
        element("code", one["defense"]),
        one["parameters"] or "",
        f"{one['macs'] / 1e9:.2f} G" if one["macs"] else "",
        *(_with_interval(row) for row in one["rows"]),
        share(one["worst_case"]),
    ]


def _with_interval(row: dict[str, Any]) -> Markup:
    low, high = row["interval_95"]
    interval = element("span", f"{low:.0%} to {high:.0%}", class_="quiet")
    return element("span", share(row["accuracy"]), " ", interval)


def _frontier(content: dict[str, Any]) -> list[Markup]:
    """The chart, of the points of a search or of the worst cases of a comparison."""
    found = [Point(**one) for one in content["points"]]
    axes = (
        ChartAxis.over("clean accuracy", [point.clean for point in found], share),
        ChartAxis.over(content["robust_means"], [point.robust for point in found], share),
    )
    marks = [
        ChartPoint(point.clean, point.robust, str(number), point.defense, point.baseline)
        for number, point in enumerate(found, 1)
    ]
    edge = [(point.clean, point.robust) for point in frontier(found)]
    note = (
        f"Each defense by its number in the table; {content['robust_means']}. The line joins those "
        "that no other beats in both; the second color marks plain resizing and no defense."
    )
    return [scatter(marks, *axes, "Clean against robust accuracy", edge), element("p", note)]


def _curve(report: EvaluationReport) -> Markup:
    """The worst case over the attacks of every attacker, by its epsilon."""
    title, unit = axis_of(report.norm)
    points = [
        ChartPoint(epsilon * unit, left, knowledge, knowledge, knowledge == "adaptive")
        for (knowledge, epsilon), rows in report.groups.items()
        for left in [float(worst_case(rows).mean())]
    ]
    if not points:
        return Markup("")
    x = ChartAxis.over(title, [point.x for point in points], "{:g}".format)
    y = ChartAxis.over("accuracy, worst case per image", [point.y for point in points], share)
    return scatter(points, x, y, "Accuracy over epsilon")


def _flags(found: dict[str, list[str]]) -> Markup:
    """Every flag once, with the defenses that raise it unless all do."""
    by_flag: dict[str, list[str]] = {}
    for defense, flags in found.items():
        for flag in flags:
            by_flag.setdefault(flag, []).append(defense)
    lines = [
        flag if len(having) == len(found) else f"{', '.join(having)}: {flag}"
        for flag, having in by_flag.items()
    ]
    return section("Red flags", bullets(lines or ["None found."], "flags" if lines else ""))


def _attackers(threats: Sequence[str]) -> Markup:
    """What each attacker knew; a threat may be written with its bound behind it."""
    named = dict.fromkeys(threat.partition(",")[0] for threat in threats)
    known: dict[str, object] = {n: meaning for n, meaning in MEANING.items() if n in named}
    return section("What the attacker knew", facts(known)) if known else Markup("")


def _examples(fooled: Sequence[Fooled], defense: str, names: Sequence[str]) -> Markup:
    if not fooled:
        return section("Examples that fooled the classifier", element("p", "There are none."))
    intro = element(
        "p",
        "Right before the attack, wrong after it. The last picture is what ",
        element("code", defense),
        " makes of the attacked one; under each stands what the classifier says of it.",
    )
    shown = (_example(one, names) for one in fooled)
    return section("Examples that fooled the classifier", intro, *shown)


def _example(one: Fooled, names: Sequence[str]) -> Markup:
    clean, attacked, defended = one.images
    said = [_said(answer, one.label, names) for answer in one.answers]
    title = f"{one.name}, {_named(one.label, names)}: {one.cell.attack.label}, "
    title += f"{one.cell.threat.label}, {'saved' if one.saved else 'not saved'}"
    last = f"defended, one draw; vote of {one.votes}" if one.votes else "defended"
    pictures = (
        picture(_embedded(clean), f"{one.name}, clean", f"clean: {said[0]}"),
        picture(_embedded(attacked), f"{one.name}, attacked", f"attacked: {said[1]}"),
        picture(
            _embedded(one.difference), f"{one.name}, difference", f"difference, x{one.gain:.0f}"
        ),
        picture(_embedded(defended), f"{one.name}, defended", f"{last}: {said[2]}"),
    )
    return element("div", element("h3", title), element("div", *pictures, class_="strip"))


def _said(answer: Verdict, label: int, names: Sequence[str]) -> str:
    found, part = answer
    return f"{_named(found, names)}, {part:.0%} ({'right' if found == label else 'wrong'})"


def _named(label: int, names: Sequence[str]) -> str:
    return names[label] if label < len(names) else f"class {label}"


def _embedded(image: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """8 bits, shrunk to what a page shows."""
    import cv2

    height, width = image.shape[:2]
    factor = min(1.0, _WIDEST / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if factor < 1 else image
    shown: npt.NDArray[np.uint8] = np.rint(small.clip(0, 1) * 255).astype(np.uint8)
    return shown


def _origin(content: dict[str, Any]) -> list[Markup]:
    """What it takes to make the page again."""
    height, width = content["image_size"]
    settings = {
        "images": f"{len(content['images'])}, {width}x{height}",
        "classes": content["classes"],
        "norm of epsilon": content["norm"],
        "seed": content["seed"],
        "batch": content["batch"],
        "classifier fingerprint": content["classifier_fingerprint"],
        "input range": content["input_range"],
    }
    return [
        section("Settings", facts(settings)),
        section("Versions", facts(content["versions"])),
        section("Made by", element("pre", content["command"])),
    ]


def _bold(text: str) -> Markup:
    """Text whose asterisks mark what is bold."""
    parts = text.split("**")
    return element("span", *(element("b", p) if n % 2 else p for n, p in enumerate(parts)))
