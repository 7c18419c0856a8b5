"""Does NN-mass order networks by what they reach, without training any? RAN-i on small images.

    python benchmarks/classifiers/nn_mass.py TRAIN TEST [--budget 150000] [--steps 300]

TRAIN and TEST are folders of class folders. Networks of ConvNeXt's blocks with about as many
parameters each, from shallow and wide to deep and narrow, are trained for as many steps; the last
line is Spearman's rank correlation of NN-mass, twice the width summed over all blocks, with
the share of right answers. Its authors' networks are far larger, and trained 350 epochs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

from sesr.classifiers.convnext import build_convnext
from sesr.classifiers.scaling import ConvNextNetwork
from sesr.classifiers.training.brief import train_briefly
from sesr.classifiers.training.config import ClassifierConfig
from sesr.classifiers.training.labelled import LabelledImages
from sesr.classifiers.training.trainer import accuracy
from sesr_datasets.labelled.class_folders import read_class_folders

DEPTHS = (
    *((1, 1, 1, 1), (2, 2, 1, 1), (1, 1, 3, 1), (2, 2, 2, 2)),
    *((1, 1, 6, 1), (2, 2, 6, 2), (4, 4, 4, 4), (3, 3, 9, 3)),
)


def main() -> None:
    """Parse the command line, train every network, print a table and the correlation."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--budget", type=int, default=150_000, help="parameters")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    data, test = read_class_folders(arguments.train), read_class_folders(arguments.test)
    networks = [of_depths(depths, arguments.budget, data) for depths in DEPTHS]
    print("| depths | widths | parameters | MMACs | NN-mass | right |")
    print("|---|---|---|---|---|---|")
    reached = []
    for network in networks:
        reached.append(trained_accuracy(network, data, test, arguments))
        classes = len(data.classes)
        print(
            f"| {network.depths} | {network.widths} | {network.parameters(classes):,} | "
            f"{network.macs(classes) / 1e6:.2f} | {network.nn_mass:,} | {reached[-1]:.1%} |",
            flush=True,
        )
    masses = [network.nn_mass for network in networks]
    print(f"\nrank correlation: {rank_correlation(masses, reached):+.2f}")


def of_depths(depths: tuple[int, ...], budget: int, data: LabelledImages) -> ConvNextNetwork:
    """The widest network of some depths within a budget of parameters."""

    def of_width(first: int) -> ConvNextNetwork:
        widths = tuple(first * 2**stage for stage in range(len(depths)))
        return ConvNextNetwork("compared", "Compared", depths, widths, data.side)

    first = 1
    while of_width(first + 1).parameters(len(data.classes)) <= budget:
        first += 1
    return of_width(first)


def trained_accuracy(
    network: ConvNextNetwork, data: LabelledImages, test: LabelledImages, arguments: Any
) -> float:
    """Share of right answers after some steps."""
    keras.utils.set_random_seed(arguments.seed)
    model = build_convnext(network, len(data.classes), data.side)
    config = ClassifierConfig(
        steps=arguments.steps,
        batch_size=arguments.batch,
        warmup=arguments.steps // 10,
        validate_every=arguments.steps,
        ema=0.98,
        seed=arguments.seed,
    )
    train_briefly(model, data, config, progress=told)
    return accuracy(model, test)


def rank_correlation(first: Any, second: Any) -> float:
    """Spearman's: that of the ranks, of which equal values share one."""
    ranks = [
        [np.sum(values < value) + np.sum(values == value) / 2 for value in values]
        for values in (np.asarray(first), np.asarray(second))
    ]
    return float(np.corrcoef(ranks)[0, 1])


def told(done: int, total: int) -> None:
    """Where a training is, on one line."""
    print(f"\r{done}/{total} ", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
