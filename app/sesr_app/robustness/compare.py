"""`sesr robustness compare`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from sesr_app.robustness.options import (
    Setup,
    grouped_options,
    numbers,
    option,
    require_defense,
    whole_numbers,
    words,
)
from sesr_app.terminal.text import command_line


@dataclass(frozen=True, slots=True)
class CompareOptions(Setup):
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


@click.command("compare")
@grouped_options(CompareOptions)
def compare_command(options: CompareOptions) -> None:
    """Put several defenses of one classifier in one table.

    By default those of the paper: none, nearest neighbour, bicubic, FSRCNN and SESR, with JPEG
    and wavelets and without, at twice the image's size and at other sizes, beside plain
    resizing. Writes compare.html, compare.md and compare.json; can be stopped and goes on.
    """
    require_defense("sesr robustness compare")
    from defense import Compose
    from defense.evaluation import AttackPlan, compare_defenses
    from defense.evaluation.report import write_comparison
    from sesr_app.terminal.progress import progress_bar
    from sesr_app.terminal.quiet import quiet_native_logs

    plan = AttackPlan(
        words(options.attacks, "attacks"),
        numbers(options.epsilons, "epsilons"),
        words(options.threat, "threat"),
    )
    cells, texts, names = plan.cells(), options.texts(), options.names()
    evaluation = options.evaluation(Compose([]), plan.threats)
    with progress_bar(lines=True) as advance:
        found = compare_defenses(evaluation, texts, cells, advance)
    with quiet_native_logs():
        told = write_comparison(
            evaluation, found, options.classifier, command_line(), options.output, names
        )
    print(told)
