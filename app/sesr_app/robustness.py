"""`sesr robustness`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from sesr.errors import UsageError
from sesr_app import robustness_compare, robustness_search
from sesr_app.robustness_options import (
    Batch,
    ClassifierName,
    First,
    Images,
    InputRange,
    Labels,
    Output,
    Seed,
    Setup,
    Skip,
    Weights,
    numbers,
    require_defense,
    words,
)

robustness = typer.Typer(
    help="Attack a classifier behind a defense, and report what is left.",
    invoke_without_command=True,
    rich_markup_mode=None,
)
robustness.command("compare")(robustness_compare.compare)
robustness.command("search")(robustness_search.search)

NEEDED = ("classifier", "images", "labels", "output")


@robustness.callback()
def evaluate_robustness(
    context: typer.Context,
    classifier: ClassifierName = "",
    images: Images = None,
    labels: Labels = None,
    output: Output = None,
    defense: Annotated[
        str, typer.Option(help="Stages, a name such as default, or none.", metavar="STAGES")
    ] = "default",
    attacks: Annotated[
        str, typer.Option(help="With commas; after a colon, steps: fgsm,pgd:40")
    ] = "fgsm,pgd,apgd",
    epsilons: Annotated[str, typer.Option(help="In 1/255, with commas.")] = "2,4,8",
    threat: Annotated[
        str, typer.Option(help="gray-box, adaptive, black-box, noise or transfer, with commas.")
    ] = "gray-box",
    norm: Annotated[str, typer.Option(help="linf or l2.")] = "linf",
    queries: Annotated[int, typer.Option(help="Of the black-box attack, for an image.")] = 500,
    restarts: Annotated[int, typer.Option(help="Runs of each attack; the best counts.")] = 1,
    eot: Annotated[int, typer.Option(help="Runs a gradient, for random defenses.")] = 1,
    surrogate: Annotated[
        str, typer.Option(help="The classifier that a transfer attack is made on.")
    ] = "",
    surrogate_weights: Annotated[
        Path | None, typer.Option(help="Its weights file, if it is a named one.")
    ] = None,
    weights: Weights = None,
    input_range: InputRange = "",
    first: First = None,
    skip: Skip = 0,
    seed: Seed = 0,
    batch: Batch = 25,
) -> None:
    """Attack a classifier behind a defense, and report what is left.

    The report (report.md, report.json, curves.png, examples.png) goes into the output folder,
    with the adversarial images and the finished rows: the same command goes on where it was
    stopped, and other defenses of the same classifier reuse the gray-box attacks.
    """
    if context.invoked_subcommand is not None:
        return
    given = {"classifier": classifier, "images": images, "labels": labels, "output": output}
    missing = [f"--{name}" for name in NEEDED if not given[name]]
    if missing or images is None or labels is None or output is None:
        raise UsageError(f"sesr robustness needs {', '.join(missing)}; see --help")
    require_defense("sesr robustness")
    from defense.attacks.spec import parse_attack
    from defense.evaluation.figures import save_curves, save_examples
    from defense.evaluation.report import Report
    from defense.evaluation.threat import check_knowledge, plan_cells
    from defense.presets import find_defense
    from sesr_app.progress import progress_bar
    from sesr_app.quiet import quiet_native_logs

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
    setup = Setup(
        classifier, weights, input_range, images, labels, output, first, skip, seed, batch
    )
    evaluation = setup.evaluation(
        find_defense(defense), known, surrogate=surrogate, surrogate_weights=surrogate_weights
    )
    with progress_bar() as advance:
        rows = evaluation.run(cells, advance)
    command = shlex.join(["sesr", *sys.argv[1:]])
    report = Report.of(evaluation, defense, rows, command)
    report.save(output)
    save_curves(report, output / "curves.png")
    with quiet_native_logs():
        save_examples(evaluation, rows, output / "examples.png")
    print(f"{output / 'report.md'}: {report.summary}")
