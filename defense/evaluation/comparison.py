"""Several defenses of one classifier side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from defense.evaluation.image_set import ImageSet
from defense.evaluation.row import EvaluationRow
from defense.evaluation.runner import Evaluation
from defense.evaluation.statistics import wilson_interval
from defense.evaluation.threat import Cell
from defense.parse import parse_defense
from defense.presets import find_defense
from defense.transforms.compose import Compose
from defense.transforms.super_resolve import SuperResolve
from sesr.errors import UsageError
from sesr.reporting.progress import Advance, no_advance

_PREPARATION = "jpeg:75,wavelet:0.02"
"""What the paper puts before super resolution."""
_ENLARGERS = ("nearest:x2", "bicubic:x2", "fsrcnn:x2", "sesr:M2", "sesr:M3", "sesr:M5", "sesr:XL")
"""What the paper compares, as far as there are weights for it."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One defense of a comparison.

    Attributes:
        defense: its text.
        parameters: of its networks.
        macs: multiply-accumulates of its networks for one image.
        rows: clean, then one for each attack.
    """

    defense: str
    parameters: int
    macs: int
    rows: tuple[EvaluationRow, ...]

    def to_json(self) -> dict[str, Any]:
        """All figures of the line."""
        return {
            "defense": self.defense,
            "parameters": self.parameters,
            "macs": self.macs,
            "rows": [
                {
                    "threat": row.cell.threat.label if row.cell else "clean",
                    "attack": row.cell.attack.label if row.cell else None,
                    "accuracy": row.accuracy,
                    "interval_95": wilson_interval(sum(row.correct), len(row.correct)),
                    "correct": row.correct,
                }
                for row in self.rows
            ],
        }


def paper_defenses(sizes: Sequence[int], models: Sequence[str] = ()) -> list[str]:
    """The defenses of the paper's table, for every one of some output sizes.

    Args:
        sizes: output sizes besides the paper's own, which is twice the image.
        models: paths of further networks.

    Returns:
        Texts for `parse_defense`; networks without weights in the package are left out.

    Example:
        >>> paper_defenses([224])[:4]
        ['none', 'jpeg:75,wavelet:0.02', 'bicubic:224', 'jpeg:75,wavelet:0.02,bicubic:224']
    """
    enlargers = [e for e in _ENLARGERS if _available(e)] + [f"sesr:{path}" for path in models]
    texts = ["none", _PREPARATION]
    for size in sizes:
        texts += [f"bicubic:{size}", f"{_PREPARATION},bicubic:{size}"]
    for ending in ("", *(f",bicubic:{size}" for size in sizes)):
        for enlarger in enlargers:
            texts += [f"{enlarger}{ending}", f"{_PREPARATION},{enlarger}{ending}"]
    return texts


def compare_defenses(
    evaluation: Evaluation,
    texts: Sequence[str],
    cells: Sequence[Cell],
    advance: Advance = no_advance,
) -> list[Compared]:
    """Evaluate several defenses with the same attacks.

    Args:
        evaluation: of the classifier; its own defense does not matter.
        texts: the defenses.
        cells: the attacks; gray-box ones are made once for all.
        advance: called with the work done.

    Raises:
        UsageError: one of the texts is no defense; found out before anything runs.
    """
    chains = {text: find_defense(text) for text in texts}
    sides = _sides(evaluation, list(chains.values()))
    found = []
    for number, (text, chain) in enumerate(chains.items()):
        advance(text, number, len(chains))
        # Taken out, so that what was compiled for one defense does not outlast it.
        rows = sides.pop(0).run(cells)
        found.append(Compared(text, *network_cost(chain, evaluation.data.size), tuple(rows)))
    advance("done", len(chains), len(chains))
    return found


def _sides(
    evaluation: Evaluation, chains: Sequence[Compose], cores: int | None = None
) -> list[Evaluation]:
    """The evaluation behind each defense.

    Raises:
        UsageError: one of them does not fit the classifier.
    """
    sides = [evaluation.behind(chain, cores) for chain in chains]
    for side in sides:
        # Of what size a defense puts out, only a run can tell.
        side.defended.compute_output_shape((None, *evaluation.data.size, 3))
    return sides


class ComparisonWork:
    """What `compare_defenses` needs, made one portion of the images at a time.

    Args:
        evaluation, texts, cells: as for `compare_defenses`.
        cores: for votes to keep busy; by default all.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        texts: Sequence[str],
        cells: Sequence[Cell],
        cores: int | None = None,
    ) -> None:
        evaluation.check_gradients([cell.threat.knowledge for cell in cells])
        self._sides = _sides(evaluation, [find_defense(text) for text in texts], cores)
        self._cells = cells
        self.size = evaluation.batch

    def is_done(self, data: ImageSet, start: int) -> bool:
        """See `PortionWork`."""
        return all(side.portion(data, start).is_done(self._cells) for side in self._sides)

    def files(self, data: ImageSet, start: int) -> list[Path]:
        """See `PortionWork`."""
        portions = (side.portion(data, start) for side in self._sides)
        return list({path: None for portion in portions for path in portion.files(self._cells)})

    def make(self, data: ImageSet, start: int, folder: Path) -> None:
        """See `PortionWork`."""
        for side in self._sides:
            side.portion(data, start, folder).make(self._cells)


def network_cost(defense: Compose, size: tuple[int, int]) -> tuple[int, int]:
    """Parameters of a defense's networks, and their multiply-accumulates for one image.

    Example:
        >>> network_cost(parse_defense("bicubic:150,sesr:M2:rgb"), (299, 299))
        (10608, 238680000)
    """
    parameters = macs = 0
    image = np.zeros((1, *size, 3), np.float32)
    for stage in defense.transforms:
        if isinstance(stage, SuperResolve):
            card = stage.trained.card
            parameters += card.parameters
            macs += card.spec.macs(*image.shape[1:3], card.scale, card.channels)
        image = stage(image)
    return parameters, macs


def comparison_table(found: Sequence[Compared]) -> str:
    """The comparison as a Markdown table, 95 % intervals in brackets."""
    cells = [row.cell for row in found[0].rows]
    titles = [f"{c.attack.label}, {c.threat.label}" if c else "clean" for c in cells]
    lines = [
        "| defense | parameters | MACs | " + " | ".join(titles) + " |",
        "|---" * (3 + len(titles)) + "|",
    ]
    for one in found:
        shares = []
        for row in one.rows:
            low, high = wilson_interval(sum(row.correct), len(row.correct))
            shares.append(f"{np.mean(row.correct):.1%} ({low:.0%} to {high:.0%})")
        size = f"{one.macs / 1e9:.2f} G" if one.macs else ""
        lines.append(
            f"| `{one.defense}` | {one.parameters or ''} | {size} | " + " | ".join(shares) + " |"
        )
    return "\n".join(lines)


def _available(enlarger: str) -> bool:
    try:
        parse_defense(enlarger)
    except UsageError:
        return False
    return True
