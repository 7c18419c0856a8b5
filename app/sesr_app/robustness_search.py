"""`sesr robustness search`."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from sesr_app.robustness_options import (
    Batch,
    ClassifierName,
    First,
    InputRange,
    Seed,
    Setup,
    Skip,
    Weights,
    numbers,
    require_defense,
    whole_numbers,
)


def search(
    classifier: ClassifierName,
    images: Annotated[Path, typer.Option(help="Folder of images, all of one size.")],
    labels: Annotated[Path, typer.Option(help="CSV with the columns image and label.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the result.")],
    sizes: Annotated[str, typer.Option(help="Output sizes.")] = "192,208,224,240,256,320",
    qualities: Annotated[str, typer.Option(help="Of JPEG; it is left out as well.")] = "50,75",
    sigmas: Annotated[str, typer.Option(help="Of wavelets; left out as well.")] = "0.02,0.04",
    enlarger: Annotated[str, typer.Option(help="What comes before resizing.")] = "sesr:M5",
    attack: Annotated[str, typer.Option(help="Made on the bare classifier.")] = "pgd",
    epsilons: Annotated[str, typer.Option(help="In 1/255, with commas.")] = "2,8",
    weights: Weights = None,
    input_range: InputRange = "",
    first: First = None,
    skip: Skip = 0,
    seed: Seed = 0,
    batch: Batch = 25,
) -> None:
    """Find the output size and strength of a defense for one classifier.

    Draws clean against gray-box robust accuracy for a grid of sizes, JPEG qualities and wavelet
    sigmas, with plain resizing beside them, and proposes the most robust point that costs at
    most 3 points of clean accuracy. Search on other images than you report on.
    """
    require_defense("sesr robustness search")
    from defense.attacks.spec import parse_attack
    from defense.compose import Compose
    from defense.evaluation.compare import compare, comparison_table
    from defense.evaluation.search import Point, candidates, propose, save_frontier
    from defense.evaluation.threat import plan_cells
    from sesr.files import write_atomically
    from sesr_app.progress import progress_bar

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
    setup = Setup(
        classifier, weights, input_range, images, labels, output, first, skip, seed, batch
    )
    evaluation = setup.evaluation(Compose([]), ["gray-box"])
    with progress_bar() as advance:
        found = compare(evaluation, texts, cells, advance)
    points = [Point.of(one) for one in found]
    bare = evaluation.clean().accuracy
    proposed = propose(points, bare)
    save_frontier(points, proposed, output / "frontier.png")
    command = shlex.join(["sesr", *sys.argv[1:]])
    content = {
        "command": command,
        "images": list(evaluation.data.names),
        "bare_clean": bare,
        "proposed": proposed.to_json(),
        "points": [point.to_json() for point in points],
    }
    write_atomically(output / "search.json", (json.dumps(content, indent=1) + "\n").encode())
    page = f"# Search for {classifier}\n\nProposed: `{proposed.defense}`\n\n"
    page += f"{comparison_table(found)}\n\n```sh\n{command}\n```\n"
    write_atomically(output / "search.md", page.encode())
    print(
        f"{proposed.defense}: clean {proposed.clean:.1%} (bare {bare:.1%}), "
        f"gray-box {proposed.robust:.1%}"
    )
