"""How many single draws of noise are answered rightly, by defences before several classifiers.

    python benchmarks/defense/draws.py IMAGES LABELS.csv --classifier NAME WEIGHTS --sigma 0.08

Prints a table: for every defence (`--defense`, without its noise) and classifier the share of draws
answered rightly and, in brackets, of images answered rightly in all draws. It is what a network for
votes is chosen by, long before a certificate, and whether one trained for some classifiers serves
another.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from defense import DefendedClassifier
from defense.classifiers import Classifier, load_classifier
from defense.evaluation import ImageSet, read_image_set
from defense.smoothing import litert_answer
from defense.transforms import add_noise

DEFENSES = ("bicubic:224", "bicubic:192", "bicubic:192,sesr:attacked_08:rgb")


def main() -> None:
    """Parse the command line, ask every classifier behind every defence, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--classifier", nargs=2, action="append", required=True)
    parser.add_argument("--defense", action="append")
    parser.add_argument("--sigma", type=float, default=0.08)
    parser.add_argument("--first", type=int, default=60)
    parser.add_argument("--skip", type=int, default=200)
    parser.add_argument("--draws", type=int, default=4)
    arguments = parser.parse_args()
    data = read_image_set(arguments.images, arguments.labels, arguments.first, arguments.skip)
    classifiers = [load_classifier(name, Path(path)) for name, path in arguments.classifier]
    print(f"| {arguments.sigma:g} | {' | '.join(one.name for one in classifiers)} |")
    print("|---" * (1 + len(classifiers)) + "|")
    for defense in arguments.defense or DEFENSES:
        cells = [cell(one, defense, data, arguments.sigma, arguments.draws) for one in classifiers]
        print(f"| `{defense}` | {' | '.join(cells)} |", flush=True)


def cell(classifier: Classifier, defense: str, data: ImageSet, sigma: float, draws: int) -> str:
    """Shares of one defence before one classifier."""
    defended = DefendedClassifier(classifier.model, defense, input_range=classifier.input_range)
    answer = litert_answer(defended, data.images.shape[1:3])
    if answer is None:
        raise SystemExit(f"{defense}: leave noise, JPEG and wavelets out")
    right = np.array(
        [
            answer(add_noise(data.images, sigma, np.random.default_rng(draw))).argmax(axis=1)
            == data.labels
            for draw in range(draws)
        ]
    )
    return f"{right.mean():.1%} ({right.all(axis=0).mean():.1%})"


if __name__ == "__main__":
    main()
