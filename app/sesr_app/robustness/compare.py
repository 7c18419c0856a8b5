"""`sesr robustness compare`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sesr_app.robustness.options import (
    Setup,
    command_line,
    numbers,
    require_defense,
    setup_options,
    whole_numbers,
    words,
)


@click.command
@setup_options(required=True)
@click.option(
    "--defenses",
    default="",
    show_default=True,
    help="Defenses instead of the paper's table, semicolons between.",
)
@click.option(
    "--sizes",
    default="224",
    show_default=True,
    help="Output sizes besides twice the image, with commas.",
)
@click.option(
    "--network",
    "networks",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A further network to compare.",
)
@click.option("--attacks", default="pgd", show_default=True, help="With commas.")
@click.option("--epsilons", default="2,8", show_default=True, help="In 1/255, with commas.")
@click.option("--threat", default="gray-box", show_default=True, help="With commas.")
def compare(
    defenses: str,
    sizes: str,
    networks: tuple[Path, ...],
    attacks: str,
    epsilons: str,
    threat: str,
    setup: Setup,
) -> None:
    """Put several defenses of one classifier in one table.

    By default those of the paper: none, nearest neighbour, bicubic, FSRCNN and SESR, with JPEG
    and wavelets and without, at twice the image's size and at other sizes, beside plain
    resizing. Writes compare.md and compare.json; can be stopped and goes on.
    """
    require_defense("sesr robustness compare")
    from defense.attacks import parse_attack
    from defense.evaluation.comparison import compare as run
    from defense.evaluation.comparison import comparison_table, paper_defenses
    from defense.evaluation.report.document import versions
    from defense.evaluation.threat import check_knowledge, plan_cells
    from defense.transforms.compose import Compose
    from sesr.files import write_atomically
    from sesr_app.terminal.progress import progress_bar

    known = [check_knowledge(text) for text in words(threat, "threat")]
    cells = plan_cells(
        known,
        [parse_attack(text) for text in words(attacks, "attacks")],
        [value / 255 for value in numbers(epsilons, "epsilons")],
        black_box=parse_attack("square"),
        noise=parse_attack("noise"),
    )
    texts = [part.strip() for part in defenses.split(";") if part.strip()]
    if not texts:
        paths = [str(path) for path in networks or []]
        texts = paper_defenses(whole_numbers(sizes, "sizes"), paths)
    evaluation = setup.evaluation(Compose([]), known)
    with progress_bar(lines=True) as advance:
        found = run(evaluation, texts, cells, advance)
    table = comparison_table(found)
    command = command_line()
    content = {
        "command": command,
        "classifier": setup.classifier,
        "seed": setup.seed,
        "versions": versions(),
        "images": list(evaluation.data.names),
        "defenses": [one.to_json() for one in found],
    }
    write_atomically(setup.output / "compare.json", (json.dumps(content, indent=1) + "\n").encode())
    page = f"# Defenses of {setup.classifier}\n\n{table}\n\nMade by:\n\n```sh\n{command}\n```\n"
    write_atomically(setup.output / "compare.md", page.encode())
    print(table)
