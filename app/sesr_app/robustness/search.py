"""`sesr robustness search`."""

from __future__ import annotations

from dataclasses import dataclass

import click

from sesr_app.robustness.options import (
    Setup,
    grouped_options,
    numbers,
    option,
    require_defense,
    whole_numbers,
)
from sesr_app.terminal.text import command_line


@dataclass(frozen=True, slots=True)
class SearchOptions(Setup):
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
    from defense import Compose
    from defense.evaluation import AttackPlan, compare_defenses
    from defense.evaluation.report import write_search
    from sesr_app.terminal.progress import progress_bar
    from sesr_app.terminal.quiet import quiet_native_logs

    plan = AttackPlan((options.attack,), numbers(options.epsilons, "epsilons"))
    cells, texts, names = plan.cells(), options.texts(), options.names()
    evaluation = options.evaluation(Compose([]), plan.threats)
    with progress_bar(lines=True) as advance:
        found = compare_defenses(evaluation, texts, cells, advance)
    with quiet_native_logs():
        told = write_search(
            evaluation, found, options.classifier, command_line(), options.output, names
        )
    print(told)
