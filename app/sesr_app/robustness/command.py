"""`sesr robustness`."""

# ruff: noqa: RUF009 - `option` makes a field of a dataclass, as `field` does

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sesr.errors import UsageError
from sesr_app.robustness.certify import certify_command
from sesr_app.robustness.compare import compare_command
from sesr_app.robustness.options import (
    AttackSetup,
    grouped_options,
    numbers,
    option,
    require_defense,
    words,
)
from sesr_app.robustness.search import search_command
from sesr_app.robustness.spread import open_evaluation
from sesr_app.robustness.train import train_command
from sesr_app.terminal.config_options import refuse_before_subcommand
from sesr_app.terminal.text import command_line

if TYPE_CHECKING:
    from defense.evaluation import AttackPlan, Evaluation, PortionWork


@dataclass(frozen=True, slots=True)
class ReportOptions(AttackSetup):
    """What `sesr robustness` is told."""

    defense: str = option("Stages, a name such as default, or none.", "default")
    attacks: str = option("With commas; after a colon, steps: fgsm,pgd:40", "fgsm,pgd,apgd")
    epsilons: str = option("In 1/255, with commas.", "2,4,8")
    threat: str = option(
        "adaptive, black-box, transfer, gray-box or noise, with commas.", "gray-box"
    )
    queries: int = option("Of the black-box attack, for an image.", 500, type=click.IntRange(min=1))
    restarts: int = option("Runs of each attack; the best counts.", 1)
    surrogate: str = option("The classifier that a transfer attack is made on.", "")
    surrogate_weights: Path | None = option(
        "Its weights file, if it is a named one.", type=click.Path(path_type=Path)
    )
    surrogate_range: str = option("Of a file: its values for black and white.", "")

    def plan(self) -> AttackPlan:
        """The attacks to run."""
        from defense.evaluation import AttackPlan

        threats = words(self.threat, "threat")
        if "transfer" in threats and not self.surrogate:
            raise UsageError("the threat transfer needs another classifier: give --surrogate")
        return AttackPlan(
            words(self.attacks, "attacks"),
            numbers(self.epsilons, "epsilons"),
            threats,
            self.norm,
            self.queries,
            self.restarts,
            self.eot,
            self.survivors,
        )

    def open(self) -> Evaluation:
        """See `SpreadSetup`."""
        from defense.presets import find_defense

        return self.evaluation(
            find_defense(self.defense),
            self.plan().threats,
            self.surrogate,
            self.surrogate_weights,
            self.surrogate_range,
            self.draws,
        )

    def work(self, evaluation: Evaluation, cores: int | None = None) -> PortionWork:
        """See `SpreadSetup`."""
        from defense.evaluation import ComparisonWork

        return ComparisonWork(evaluation, [self.defense], self.plan().cells(), cores)


@click.group(invoke_without_command=True)
@grouped_options(ReportOptions, required=False)
@click.pass_context
def robustness(context: click.Context, options: ReportOptions) -> None:
    """Attack a classifier behind a defense, and report what is left.

    The report (report.html, report.md, report.json, two pictures) goes into the output folder,
    with the adversarial images and the finished rows: the same command goes on where it was
    stopped, and other defenses of the same classifier reuse the gray-box attacks.
    """
    if context.invoked_subcommand is not None:
        refuse_before_subcommand(context)
        return
    options.require()
    require_defense("sesr robustness")
    from defense.evaluation.report import write_report
    from sesr_app.terminal.progress import progress_bar
    from sesr_app.terminal.quiet import quiet_native_logs

    cells, names = options.plan().cells(), options.names()
    evaluation = open_evaluation(options)
    with progress_bar(lines=True) as advance, quiet_native_logs():
        rows = evaluation.run(cells, advance)
    with quiet_native_logs():
        report = write_report(
            evaluation, options.defense, rows, command_line(), options.output, names
        )
    print(f"{options.output / 'report.md'}: {report.summary}")


robustness.add_command(certify_command)
robustness.add_command(compare_command)
robustness.add_command(search_command)
robustness.add_command(train_command)
