"""`sesr robustness compare`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sesr.errors import UsageError
from sesr_app.robustness.options import (
    AttackSetup,
    grouped_options,
    numbers,
    option,
    require_defense,
    whole_numbers,
    words,
)
from sesr_app.robustness.spread import open_evaluation
from sesr_app.terminal.text import command_line

if TYPE_CHECKING:
    from defense.evaluation import AttackPlan, Evaluation, PortionWork


@dataclass(frozen=True, slots=True)
class CompareOptions(AttackSetup):
    """What `sesr robustness compare` is told."""

    defenses: str = option("Defenses instead of the paper's table, semicolons between.", "")
    sizes: str = option("Output sizes besides twice the image, with commas.", "224")
    networks: tuple[Path, ...] = option(
        "A further network to compare.",
        None,
        "--network",
        multiple=True,
        type=click.Path(path_type=Path),
    )
    attacks: str = option("With commas.", "pgd")
    epsilons: str = option("In 1/255, with commas.", "2,8")
    threat: str = option("With commas.", "gray-box")

    def texts(self) -> list[str]:
        """The defenses: those named, or the paper's."""
        from defense.evaluation import paper_defenses

        named = [part.strip() for part in self.defenses.split(";") if part.strip()]
        paths = [str(path) for path in self.networks]
        return named or paper_defenses(whole_numbers(self.sizes, "sizes"), paths)

    def plan(self) -> AttackPlan:
        """The attacks to run."""
        from defense.evaluation import AttackPlan

        if "transfer" in words(self.threat, "threat"):
            raise UsageError(
                "defenses are not compared under transfer, which needs a surrogate: run sesr "
                "robustness --threat transfer --surrogate NAME for each"
            )
        return AttackPlan(
            words(self.attacks, "attacks"),
            numbers(self.epsilons, "epsilons"),
            words(self.threat, "threat"),
            self.norm,
            eot=self.eot,
            survivors=self.survivors,
        )

    def open(self) -> Evaluation:
        """See `SpreadSetup`."""
        from defense import Compose

        return self.evaluation(Compose([]), self.plan().threats, draws=self.draws)

    def work(self, evaluation: Evaluation, cores: int | None = None) -> PortionWork:
        """See `SpreadSetup`."""
        from defense.evaluation import ComparisonWork

        return ComparisonWork(evaluation, self.texts(), self.plan().cells(), cores)


@click.command("compare")
@grouped_options(CompareOptions)
def compare_command(options: CompareOptions) -> None:
    """Put several defenses of one classifier in one table.

    By default those of the paper: none, nearest neighbour, bicubic, FSRCNN and SESR, with JPEG
    and wavelets and without, at twice the image's size and at other sizes, beside plain
    resizing. Writes compare.html, compare.md and compare.json; can be stopped and goes on.
    """
    require_defense("sesr robustness compare")
    from defense.evaluation import compare_defenses
    from defense.evaluation.report import write_comparison
    from sesr_app.terminal.progress import progress_bar
    from sesr_app.terminal.quiet import quiet_native_logs

    cells, texts, names = options.plan().cells(), options.texts(), options.names()
    evaluation = open_evaluation(options)
    with progress_bar(lines=True) as advance, quiet_native_logs():
        found = compare_defenses(evaluation, texts, cells, advance)
    with quiet_native_logs():
        told = write_comparison(
            evaluation, found, options.classifier, command_line(), options.output, names
        )
    print(told)
