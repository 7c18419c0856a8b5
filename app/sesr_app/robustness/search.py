"""`sesr robustness search`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from sesr_app.robustness.options import (
    SpreadSetup,
    grouped_options,
    numbers,
    option,
    require_defense,
    whole_numbers,
)
from sesr_app.robustness.spread import open_evaluation
from sesr_app.terminal.text import command_line

if TYPE_CHECKING:
    from defense.evaluation import AttackPlan, Evaluation, PortionWork


@dataclass(frozen=True, slots=True)
class SearchOptions(SpreadSetup):
    """What `sesr robustness search` is told."""

    sizes: str = option("Output sizes.", "192,208,224,240,256,320")
    qualities: str = option("Of JPEG; it is left out as well.", "50,75")
    sigmas: str = option("Of wavelets; left out as well.", "0.02,0.04")
    enlarger: str = option("What comes before resizing.", "sesr:M5")
    attack: str = option("Made on the bare classifier.", "pgd")
    epsilons: str = option("In 1/255, with commas.", "2,8")

    def texts(self) -> list[str]:
        """The defenses of the grid."""
        from defense.evaluation import candidates

        return candidates(
            whole_numbers(self.sizes, "sizes"),
            [None, *whole_numbers(self.qualities, "qualities")],
            [None, *numbers(self.sigmas, "sigmas")],
            self.enlarger,
        )

    def plan(self) -> AttackPlan:
        """The attack to run."""
        from defense.evaluation import AttackPlan

        return AttackPlan((self.attack,), numbers(self.epsilons, "epsilons"))

    def open(self) -> Evaluation:
        """See `SpreadSetup`."""
        from defense import Compose

        return self.evaluation(Compose([]), self.plan().threats)

    def work(self, evaluation: Evaluation, cores: int | None = None) -> PortionWork:
        """See `SpreadSetup`."""
        from defense.evaluation import ComparisonWork

        return ComparisonWork(evaluation, self.texts(), self.plan().cells(), cores)


@click.command("search")
@grouped_options(SearchOptions)
def search_command(options: SearchOptions) -> None:
    """Find the output size and strength of a defense for one classifier.

    Draws clean against gray-box robust accuracy for a grid of sizes, JPEG qualities and wavelet
    sigmas, with plain resizing beside them, and proposes the most robust point that costs at
    most 3 points of clean accuracy. Writes search.html, search.md, search.json and frontier.png.
    Search on other images than you report on.
    """
    require_defense("sesr robustness search")
    from defense.evaluation import compare_defenses
    from defense.evaluation.report import write_search
    from sesr_app.terminal.progress import progress_bar
    from sesr_app.terminal.quiet import quiet_native_logs

    cells, texts, names = options.plan().cells(), options.texts(), options.names()
    evaluation = open_evaluation(options)
    with progress_bar(lines=True) as advance, quiet_native_logs():
        found = compare_defenses(evaluation, texts, cells, advance)
    with quiet_native_logs():
        told = write_search(
            evaluation, found, options.classifier, command_line(), options.output, names
        )
    print(told)
