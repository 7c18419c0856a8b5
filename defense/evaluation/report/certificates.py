"""Certified accuracy over the distance: table, curve and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from defense.evaluation.certified import Certified, CertifyPlan
from defense.evaluation.report.document import versions
from defense.evaluation.report.figures import drawing, save_figure
from defense.evaluation.report.folder import write_pages
from defense.evaluation.runner import Evaluation
from defense.evaluation.statistics import wilson_interval


def write_certificates(
    evaluation: Evaluation,
    found: Sequence[Certified],
    plan: CertifyPlan,
    radii: Sequence[float],
    command: str,
    folder: Path,
) -> str:
    """Write certify.md, certify.json and certify.png.

    Args:
        evaluation: the one that `certify_defenses` used.
        found: what it returned.
        plan: how it was certified.
        radii: L2 distances of the table, in units where white is 1.
        command: that makes this report again.
        folder: made if missing.

    Returns:
        The table.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table = "\n".join(certificate_table(found, radii, plan.n))
    content = {
        "command": command,
        "classifier": evaluation.classifier.name,
        "classifier_fingerprint": evaluation.classifier.fingerprint,
        "seed": evaluation.seed,
        "n0": plan.n0,
        "n": plan.n,
        "level": plan.level,
        "versions": versions(),
        "images": list(evaluation.data.names),
        "labels": evaluation.data.labels.tolist(),
        "defenses": [_json(one, radii, plan.n) for one in found],
    }
    page = "\n".join(
        [
            f"# Certified accuracy of {evaluation.classifier.name}",
            "",
            f"{len(evaluation.data)} images; {plan.n0} draws choose a class, {plan.n:,} fresh ones "
            f"bound its share at level {plan.level:g}. Nothing that changes an image by less than "
            "the L2 distance (white is 1) can change the vote, except with probability "
            f"{plan.level:g} a photograph; 95 % intervals in brackets. Where the chosen class is "
            "wrong, no bound was made.",
            "",
            _ceiling(found, plan.n),
            "",
            table,
            "",
            "![Certified accuracy over the distance](certify.png)",
            "",
            "Made by:",
            "",
            "```sh",
            command,
            "```",
            "",
        ]
    )
    write_pages(folder / "certify", content, page)
    save_certificates(found, folder / "certify.png")
    return table


def _ceiling(found: Sequence[Certified], n: int) -> str:
    """How far the draws can prove anything."""
    each = {one.found.sigma: max(one.found.furthest(n), 0.0) for one in found}
    told = " and ".join(
        f"L2 {furthest:.3g} behind noise of sigma {sigma:g}" for sigma, furthest in each.items()
    )
    return f"So many draws prove nothing beyond {told}; the table has - there."


def certificate_table(found: Sequence[Certified], radii: Sequence[float], n: int) -> list[str]:
    """Certified accuracy at several distances, a defense a line, as Markdown.

    Args:
        found: of the defenses.
        radii: the distances.
        n: fresh draws, which say how far anything can be proven; - stands beyond.
    """
    head = ["defense", "vote", *(f"L2 {radius:g}" for radius in radii), "abstained", "s an image"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for one in found:
        cells = [f"`{one.defense}`", _share(one.found.right)]
        cells += [
            _share(one.found.right & (one.found.radii >= r)) if r <= one.found.furthest(n) else "-"
            for r in radii
        ]
        cells += [str(one.found.abstained), f"{one.seconds:.1f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def save_certificates(found: Sequence[Certified], path: Path) -> None:
    """Draw certified accuracy over the distance, a line a defense."""
    figure, axes = drawing(6.4, 4.2)
    furthest = max(float(one.found.radii.max()) for one in found)
    for one in found:
        distances = np.linspace(0, max(furthest, 0.01) * 1.05, 200)
        axes.plot(distances, one.found.curve(distances.tolist()), label=one.defense)
    axes.set_xlabel("L2 distance, white is 1")
    axes.set_ylabel("certified accuracy")
    axes.set_ylim(-0.02, 1.02)
    axes.legend(fontsize="small")
    save_figure(figure, path)


def _share(hits: npt.NDArray[np.bool_]) -> str:
    low, high = wilson_interval(int(hits.sum()), len(hits))
    return f"{hits.mean():.1%} ({low:.0%} to {high:.0%})"


def _json(one: Certified, radii: Sequence[float], n: int) -> dict[str, Any]:
    furthest = one.found.furthest(n)
    return {
        "defense": one.defense,
        "sigma": one.found.sigma,
        "vote": float(one.found.right.mean()),
        "furthest": furthest,
        "certified": {
            f"{radius:g}": one.found.accuracy(radius) if radius <= furthest else None
            for radius in radii
        },
        "abstained": one.found.abstained,
        "seconds_an_image": one.seconds,
        "radii": one.found.radii.tolist(),
        "tallies": [tally.to_json() for tally in one.found.tallies],
    }
