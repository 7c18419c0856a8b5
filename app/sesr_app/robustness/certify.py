"""`sesr robustness certify`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from sesr.errors import UsageError
from sesr_app.robustness.options import (
    SpreadSetup,
    grouped_options,
    numbers,
    option,
    require_defense,
)
from sesr_app.robustness.spread import open_evaluation

if TYPE_CHECKING:
    from defense.evaluation import CertifyPlan, Evaluation, PortionWork


@dataclass(frozen=True, slots=True)
class CertifyOptions(SpreadSetup):
    """What `sesr robustness certify` is told."""

    defenses: str = option(
        "Begin with noise, semicolons between.", "noise:0.12,bicubic:224", "--defenses", "--defense"
    )
    floor: bool = option(
        "Certify the same noise without cleaning beside each.", True, "--floor/--no-floor"
    )
    n0: int = option("Draws that choose a class.", 100)
    n: int = option("Fresh draws that bound its share.", 1_000)
    level: float = option("How often a certificate may be wrong.", 0.001)
    radii: str = option("L2 distances of the table, white is 1.", "0.05,0.1,0.25,0.5")

    def texts(self) -> list[str]:
        """The defenses, each once, with its floor behind it."""
        from defense.evaluation import floor_of

        named = [part.strip() for part in self.defenses.split(";") if part.strip()]
        if not named:
            raise UsageError("--defenses needs one or more, such as noise:0.12,bicubic:224")
        floors = [floor_of(text) for text in named]
        return list(dict.fromkeys([*named, *(floors if self.floor else ())]))

    def plan(self) -> CertifyPlan:
        """How to certify."""
        from defense.evaluation import CertifyPlan

        return CertifyPlan(self.n0, self.n, self.level)

    def open(self) -> Evaluation:
        """See `SpreadSetup`."""
        from defense import Compose

        return self.evaluation(Compose([]), [])

    def work(self, evaluation: Evaluation, cores: int | None = None) -> PortionWork:
        """See `SpreadSetup`."""
        from defense.evaluation import CertificationWork

        return CertificationWork(evaluation, self.texts(), self.plan(), cores)


@click.command("certify")
@grouped_options(CertifyOptions)
def certify_command(options: CertifyOptions) -> None:
    """Prove how far an image may be changed before the vote over noise can change.

    Noise is added to a photograph, the defense cleans it, the classifier answers, and the answers
    of many draws vote (randomized smoothing). Certified accuracy is the share of photographs
    whose true class is proven at a distance, whatever the attack. Writes certify.md, certify.json
    and certify.png; can be stopped and goes on.
    """
    require_defense("sesr robustness certify")
    from defense.evaluation import certify_defenses
    from defense.evaluation.report import write_certificates
    from sesr_app.terminal.progress import progress_bar
    from sesr_app.terminal.quiet import quiet_native_logs
    from sesr_app.terminal.text import command_line

    plan = options.plan()
    texts, radii = options.texts(), (0.0, *numbers(options.radii, "radii"))
    evaluation = open_evaluation(options)
    with progress_bar(lines=True) as advance, quiet_native_logs():
        found = certify_defenses(evaluation, texts, plan, advance)
    print(write_certificates(evaluation, found, plan, radii, command_line(), options.output))
