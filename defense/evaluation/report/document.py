"""The report of an evaluation: JSON with everything, and Markdown to read."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from defense.attacks import Norm
from defense.evaluation.image_set import ImageSet
from defense.evaluation.report.red_flags import red_flags
from defense.evaluation.row import EvaluationRow, worst_case
from defense.evaluation.runner import Evaluation
from defense.evaluation.statistics import wilson_interval
from defense.evaluation.threat import MEANING, Knowledge, pixels, size_of
from defense.smoothing import seeded, split_noise
from defense.transforms import Compose, Transform
from sesr import __version__
from sesr.files import write_atomically

_LIBRARIES = ("tensorflow", "keras", "foolbox", "numpy", "opencv-python-headless", "PyWavelets")


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """Everything that one evaluation found.

    Attributes:
        classifier: its name.
        defense: its text, as the user gave it.
        parameters: of classifier, defense and run, for the JSON.
        data: the images.
        rows: the clean row first.
        classes: of the classifier.
    """

    classifier: str
    defense: str
    parameters: dict[str, Any]
    data: ImageSet
    rows: tuple[EvaluationRow, ...]
    classes: int

    @classmethod
    def of(
        cls, evaluation: Evaluation, defense: str, rows: Sequence[EvaluationRow], command: str
    ) -> EvaluationReport:
        """Put together what an evaluation found.

        Args:
            evaluation: the one that gave the rows.
            defense: its text.
            rows: what `Evaluation.run` returned.
            command: that makes this report again.
        """
        classifier = evaluation.classifier
        parameters = {
            "command": command,
            "classifier": classifier.name,
            "classifier_fingerprint": classifier.fingerprint,
            "input_range": classifier.input_range,
            "defense": defense,
            "defense_parameters": repr(evaluation.defense),
            "surrogate": evaluation.surrogate.name if evaluation.surrogate else None,
            "seed": evaluation.seed,
            "batch": evaluation.batch,
            **voting(evaluation, evaluation.defense),
            "versions": versions(),
        }
        shape = evaluation.defended(evaluation.data.images[:1]).shape
        return cls(
            classifier.name, defense, parameters, evaluation.data, tuple(rows), int(shape[-1])
        )

    @property
    def summary(self) -> str:
        """The headline in one line without markup."""
        return " ".join(self.headline()).replace("**", "")

    @property
    def flags(self) -> list[str]:
        """Red flags, see `defense.evaluation.report.red_flags`."""
        votes, seeded = self.parameters.get("votes", 0), self.parameters.get("seeded_noise", False)
        return red_flags(self.rows, self.classes, votes, seeded)

    @property
    def groups(self) -> dict[tuple[Knowledge, float], list[EvaluationRow]]:
        """Rows by attacker and epsilon, in the order of the rows."""
        found: dict[tuple[Knowledge, float], list[EvaluationRow]] = {}
        for row in self.rows:
            if row.cell:
                key = (row.cell.threat.knowledge, row.cell.threat.epsilon)
                found.setdefault(key, []).append(row)
        return found

    def worst(self, epsilon: float) -> float:
        """Share of images that survive every attack of every attacker at one epsilon."""
        rows = [r for (_, e), group in self.groups.items() if e == epsilon for r in group]
        return float(worst_case(rows).mean())

    @property
    def epsilons(self) -> list[float]:
        """All epsilons, from small to large."""
        return sorted({epsilon for _, epsilon in self.groups})

    @property
    def norm(self) -> Norm:
        """That bounds all perturbations."""
        return next((row.cell.threat.norm for row in self.rows if row.cell), "linf")

    def to_json(self) -> dict[str, Any]:
        """Every parameter, every row and every image."""
        return {
            **self.parameters,
            "images": list(self.data.names),
            "labels": self.data.labels.tolist(),
            "image_size": self.data.size,
            "norm": self.norm,
            "classes": self.classes,
            "red_flags": self.flags,
            "worst_case": {pixels(e): self.worst(e) for e in self.epsilons},
            "rows": [_row_json(row) for row in self.rows],
        }

    def to_markdown(self) -> str:
        """The headline, the table and the red flags."""
        return "\n".join(
            [
                f"# {self.classifier} behind `{self.defense}`",
                "",
                *self.headline(),
                "",
                *_markdown(self.table()),
                "",
                *self._notes(),
                "",
                "## Red flags",
                "",
                *(f"- {flag}" for flag in self.flags or ["None found."]),
                "",
                "## Curves and examples",
                "",
                "![Accuracy over epsilon](curves.png)",
                "",
                "![Example images](examples.png)",
                "",
                "Made by:",
                "",
                "```sh",
                self.parameters["command"],
                "```",
                "",
            ]
        )

    def save(self, folder: Path) -> None:
        """Write report.json and report.md."""
        folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps(self.to_json(), indent=1) + "\n"
        write_atomically(folder / "report.json", content.encode())
        write_atomically(folder / "report.md", self.to_markdown().encode())

    def headline(self) -> list[str]:
        """The lowest row, which is the only one that is true of every attacker."""
        clean = self.rows[0]
        lines = []
        if self.epsilons:
            known = ", ".join(dict.fromkeys(knowledge for knowledge, _ in self.groups))
            each = ", ".join(
                f"{self.worst(e):.1%} at {size_of(e, self.norm)}" for e in self.epsilons
            )
            lines.append(
                f"**Right on {each} in the worst case over all attacks ({known})**, "
                f"{len(self.data)} images."
            )
        bare = float(np.mean(clean.bare_correct or 0))
        lines.append(f"Clean: {bare:.1%} without the defense, {clean.accuracy:.1%} with it.")
        return lines + vote_lines([self.parameters])

    def table(self) -> list[list[str]]:
        """A header, the clean row, every attack, and the worst cases, in bold by asterisks."""
        lines = [
            ["attacker", "epsilon", "attack", "undefended", "defended", "95 % interval"],
            _line("none", "", "clean", self.rows[0].bare_correct, self.rows[0].correct),
        ]
        for (knowledge, epsilon), rows in self.groups.items():
            size = size_of(epsilon, self.norm)
            for row in rows:
                label = row.cell.attack.label if row.cell else ""
                lines.append(_line(knowledge, size, label, row.bare_correct, row.correct))
            if len(rows) > 1:
                worst = tuple(map(bool, worst_case(rows)))
                bare = _worst_bare(rows)
                lines.append(_line(knowledge, size, "**worst case per image**", bare, worst))
        for epsilon in self.epsilons:
            rows = [r for (_, e), group in self.groups.items() if e == epsilon for r in group]
            worst = tuple(map(bool, worst_case(rows)))
            size = size_of(epsilon, self.norm)
            lines.append(_line("**all**", size, "**worst case per image**", None, worst))
        return lines

    def _notes(self) -> list[str]:
        present = dict.fromkeys(knowledge for knowledge, _ in self.groups)
        return [f"- {knowledge}: {MEANING[knowledge]}." for knowledge in present]


def voting(evaluation: Evaluation, defense: Transform) -> dict[str, Any]:
    """How a defense in front of the classifier votes, for the JSON; 0 where it does not."""
    votes = evaluation.votes_behind(defense)
    return {
        "votes": votes,
        "sigma": split_noise(Compose([defense]))[0] if votes else None,
        "seeded_noise": seeded(defense),
    }


def vote_lines(found: Sequence[dict[str, Any]]) -> list[str]:
    """What a reader must know of each defense that votes; of dictionaries as `voting` makes."""
    return [
        f"Behind {one['defense']}, {one['votes']} draws of noise of sigma {one['sigma']:g} vote on "
        "each image."
        for one in found
        if one.get("votes")
    ]


def versions() -> dict[str, str]:
    """Of everything that takes part in a result."""
    found = {"sesr": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed under this name"
    return found


def _worst_bare(rows: list[EvaluationRow]) -> tuple[bool, ...] | None:
    bare = [row.bare_correct for row in rows if row.bare_correct is not None]
    return tuple(map(bool, np.all(bare, axis=0))) if bare else None


def _line(
    knowledge: str,
    epsilon: str,
    attack: str,
    bare: tuple[bool, ...] | None,
    defended: tuple[bool, ...],
) -> list[str]:
    without = "" if bare is None else f"{np.mean(bare):.1%}"
    low, high = wilson_interval(sum(defended), len(defended))
    interval = f"{low:.1%} to {high:.1%}"
    return [knowledge, epsilon, attack, without, f"{np.mean(defended):.1%}", interval]


def _markdown(lines: list[list[str]]) -> list[str]:
    """A table of which the first line is the header."""
    header, *body = (f"| {' | '.join(cells)} |" for cells in lines)
    return [header, "|---" * len(lines[0]) + "|", *body]


def _row_json(row: EvaluationRow) -> dict[str, Any]:
    interval = wilson_interval(sum(row.correct), len(row.correct))
    values = asdict(row)
    cell = values.pop("cell")
    smaller = cell and cell["smaller"]
    return {
        "threat": cell and cell["threat"],
        "attack": cell and cell["attack"],
        "survivors_of": smaller and smaller["threat"]["epsilon"],
        "accuracy": row.accuracy,
        "interval_95": [round(bound, 4) for bound in interval],
        "bare_accuracy": None if row.bare_correct is None else float(np.mean(row.bare_correct)),
        **values,
    }
