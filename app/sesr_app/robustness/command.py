"""`sesr robustness`."""

from __future__ import annotations

from pathlib import Path

import click

from sesr.errors import UsageError
from sesr_app.robustness.compare import compare
from sesr_app.robustness.options import (
    Setup,
    command_line,
    numbers,
    require_defense,
    setup_options,
    words,
)
from sesr_app.robustness.search import search
from sesr_app.robustness.train import train

NEEDED = ("classifier", "images", "labels", "output")


@click.group(invoke_without_command=True)
@setup_options(required=False)
@click.option(
    "--defense",
    default="default",
    show_default=True,
    help="Stages, a name such as default, or none.",
)
@click.option(
    "--attacks",
    default="fgsm,pgd,apgd",
    show_default=True,
    help="With commas; after a colon, steps: fgsm,pgd:40",
)
@click.option("--epsilons", default="2,4,8", show_default=True, help="In 1/255, with commas.")
@click.option(
    "--threat",
    default="gray-box",
    show_default=True,
    help="gray-box, adaptive, black-box, noise or transfer, with commas.",
)
@click.option("--norm", default="linf", show_default=True, help="linf or l2.")
@click.option(
    "--queries", default=500, show_default=True, help="Of the black-box attack, for an image."
)
@click.option(
    "--restarts", default=1, show_default=True, help="Runs of each attack; the best counts."
)
@click.option("--eot", default=1, show_default=True, help="Runs a gradient, for random defenses.")
@click.option(
    "--surrogate",
    default="",
    show_default=True,
    help="The classifier that a transfer attack is made on.",
)
@click.option(
    "--surrogate-weights",
    type=click.Path(path_type=Path),
    help="Its weights file, if it is a named one.",
)
@click.pass_context
def robustness(
    context: click.Context,
    defense: str,
    attacks: str,
    epsilons: str,
    threat: str,
    norm: str,
    queries: int,
    restarts: int,
    eot: int,
    surrogate: str,
    surrogate_weights: Path | None,
    setup: Setup,
) -> None:
    """Attack a classifier behind a defense, and report what is left.

    The report (report.md, report.json, curves.png, examples.png) goes into the output folder,
    with the adversarial images and the finished rows: the same command goes on where it was
    stopped, and other defenses of the same classifier reuse the gray-box attacks.
    """
    if context.invoked_subcommand is not None:
        return
    missing = [f"--{name}" for name in NEEDED if not getattr(setup, name)]
    if missing:
        raise UsageError(f"sesr robustness needs {', '.join(missing)}; see --help")
    require_defense("sesr robustness")
    from defense.attacks import parse_attack
    from defense.evaluation.report.document import Report
    from defense.evaluation.report.figures import save_curves, save_examples
    from defense.evaluation.threat import check_knowledge, plan_cells
    from defense.presets import find_defense
    from sesr_app.terminal.progress import progress_bar
    from sesr_app.terminal.quiet import quiet_native_logs

    if norm not in ("linf", "l2"):
        raise UsageError(f"unknown norm {norm!r}: the norms are linf and l2")
    known = [check_knowledge(text) for text in words(threat, "threat")]
    if "transfer" in known and not surrogate:
        raise UsageError("the threat transfer needs another classifier: give --surrogate")
    cells = plan_cells(
        known,
        [parse_attack(text, norm, restarts, eot) for text in words(attacks, "attacks")],
        [value / 255 for value in numbers(epsilons, "epsilons")],
        black_box=parse_attack(f"square:{queries}") if "black-box" in known else None,
        noise=parse_attack("noise", norm),
    )
    evaluation = setup.evaluation(
        find_defense(defense), known, surrogate=surrogate, surrogate_weights=surrogate_weights
    )
    with progress_bar(lines=True) as advance:
        rows = evaluation.run(cells, advance)
    command = command_line()
    report = Report.of(evaluation, defense, rows, command)
    report.save(setup.output)
    save_curves(report, setup.output / "curves.png")
    with quiet_native_logs():
        save_examples(evaluation, rows, setup.output / "examples.png")
    print(f"{setup.output / 'report.md'}: {report.summary}")


robustness.add_command(compare)
robustness.add_command(search)
robustness.add_command(train)
