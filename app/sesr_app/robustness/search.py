"""`sesr robustness search`."""

from __future__ import annotations

import json

import click

from sesr_app.robustness.options import (
    Setup,
    command_line,
    numbers,
    require_defense,
    setup_options,
    whole_numbers,
)


@click.command
@setup_options(required=True)
@click.option("--sizes", default="192,208,224,240,256,320", show_default=True, help="Output sizes.")
@click.option(
    "--qualities", default="50,75", show_default=True, help="Of JPEG; it is left out as well."
)
@click.option(
    "--sigmas", default="0.02,0.04", show_default=True, help="Of wavelets; left out as well."
)
@click.option(
    "--enlarger", default="sesr:M5", show_default=True, help="What comes before resizing."
)
@click.option("--attack", default="pgd", show_default=True, help="Made on the bare classifier.")
@click.option("--epsilons", default="2,8", show_default=True, help="In 1/255, with commas.")
def search(
    sizes: str,
    qualities: str,
    sigmas: str,
    enlarger: str,
    attack: str,
    epsilons: str,
    setup: Setup,
) -> None:
    """Find the output size and strength of a defense for one classifier.

    Draws clean against gray-box robust accuracy for a grid of sizes, JPEG qualities and wavelet
    sigmas, with plain resizing beside them, and proposes the most robust point that costs at
    most 3 points of clean accuracy. Search on other images than you report on.
    """
    require_defense("sesr robustness search")
    from defense.attacks import parse_attack
    from defense.evaluation.comparison import compare, comparison_table
    from defense.evaluation.search import Point, candidates, propose, save_frontier
    from defense.evaluation.threat import plan_cells
    from defense.transforms.compose import Compose
    from sesr.files import write_atomically
    from sesr_app.terminal.progress import progress_bar

    spec = parse_attack(attack)
    cells = plan_cells(
        ["gray-box"], [spec], [e / 255 for e in numbers(epsilons, "epsilons")], None, spec
    )
    texts = candidates(
        whole_numbers(sizes, "sizes"),
        [None, *whole_numbers(qualities, "qualities")],
        [None, *numbers(sigmas, "sigmas")],
        enlarger,
    )
    evaluation = setup.evaluation(Compose([]), ["gray-box"])
    with progress_bar(lines=True) as advance:
        found = compare(evaluation, texts, cells, advance)
    points = [Point.of(one) for one in found]
    bare = evaluation.clean().accuracy
    proposed = propose(points, bare)
    save_frontier(points, proposed, setup.output / "frontier.png")
    command = command_line()
    content = {
        "command": command,
        "images": list(evaluation.data.names),
        "bare_clean": bare,
        "proposed": proposed.to_json(),
        "points": [point.to_json() for point in points],
    }
    write_atomically(setup.output / "search.json", (json.dumps(content, indent=1) + "\n").encode())
    page = f"# Search for {setup.classifier}\n\nProposed: `{proposed.defense}`\n\n"
    page += f"{comparison_table(found)}\n\n```sh\n{command}\n```\n"
    write_atomically(setup.output / "search.md", page.encode())
    print(
        f"{proposed.defense}: clean {proposed.clean:.1%} (bare {bare:.1%}), "
        f"gray-box {proposed.robust:.1%}"
    )
