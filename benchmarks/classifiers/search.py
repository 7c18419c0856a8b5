"""RAN-e's search on small images: which blocks lose their activations, by accuracy and cycles.

    python benchmarks/classifiers/search.py TRAIN TEST [--weight 0 --weight 1] [--target NPU]

TRAIN and TEST are folders of class folders. For every weight of the cycles in the loss, a network
with a learnable slope for each block is trained, the choice that its slopes come to is built, given
the weights found, and trained on; beside it the network with every block collapsed and the one
with none, trained from the start for as many steps in all. Blocks are written from the input to
the output, 1 for collapsed. Short runs on few images: the accuracies compare, they are not the best
that the networks reach.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras

from sesr.classifiers.search import (
    ChoiceCost,
    choice_of,
    measure_cost,
    search_choice,
    take_weights,
    with_choice,
)
from sesr.classifiers.search.cycles import network_cycles
from sesr.classifiers.staged import build_staged
from sesr.classifiers.stages import STAGED, StagedNetwork
from sesr.classifiers.training.brief import train_briefly
from sesr.classifiers.training.config import ClassifierConfig
from sesr.classifiers.training.labelled import LabelledImages
from sesr.classifiers.training.trainer import accuracy
from sesr.export.npu.target import Target, find_target
from sesr_datasets.labelled.class_folders import read_class_folders


def main() -> None:
    """Parse the command line, measure the blocks, search and train, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--network", default="ran_e_small", choices=STAGED)
    parser.add_argument("--target", default="ethos-u55-128")
    parser.add_argument("--weight", type=float, action="append")
    parser.add_argument("--steps", type=int, default=600, help="of a search")
    parser.add_argument("--more", type=int, default=300, help="of the found network")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--kernels", type=int, nargs="+", help="of the blocks, in place of theirs")
    arguments = parser.parse_args()
    spec, target = STAGED[arguments.network], find_target(arguments.target)
    if arguments.kernels:
        spec = with_kernels(spec, arguments.kernels)
    data, test = read_class_folders(arguments.train), read_class_folders(arguments.test)
    cost = measure_cost(spec, len(data.classes), target)
    print(f"cycles with every block collapsed: {cost.collapsed:,}; each with its activations: ")
    print(", ".join(f"{extra:+,}" for extra in cost.extra), flush=True)
    print("| weight | blocks | slopes | cycles promised | by Vela | right |")
    print("|---|---|---|---|---|---|")
    bench = Bench(spec, cost, target, data, test, arguments)
    for row in bench.rows(arguments.weight or [0.0, 0.3, 1.0]):
        print(row, flush=True)


def with_kernels(spec: StagedNetwork, kernels: Sequence[int]) -> StagedNetwork:
    """The same network with kernels of other sides."""
    left = iter(kernels)
    stages = tuple(
        replace(stage, kernels=tuple(next(left) for _ in stage.kernels)) for stage in spec.stages
    )
    return replace(spec, stages=stages)


class Bench:
    """Searches and trains."""

    def __init__(
        self,
        spec: StagedNetwork,
        cost: ChoiceCost,
        target: Target,
        data: LabelledImages,
        test: LabelledImages,
        arguments: Any,
    ) -> None:
        self.spec, self.cost, self.target = spec, cost, target
        self.data, self.test, self.arguments = data, test, arguments

    def rows(self, weights: Sequence[float]) -> Iterator[str]:
        """A line for every weight, and for the two that need no search."""
        for weight in weights:
            config = self.config(self.arguments.steps)
            found = search_choice(self.spec, config, self.data, self.cost, weight, told)
            slopes = " ".join(f"{slope:.2f}" for slope in found.slopes)
            yield self.row(f"{weight:g}", found.network, slopes, found.supernet)
        for name, collapsed in (("all collapsed", True), ("none", False)):
            choice = [collapsed] * len(self.cost.extra)
            yield self.row(name, with_choice(self.spec, choice), "", None)

    def row(
        self, name: str, network: StagedNetwork, slopes: str, supernet: keras.Model | None
    ) -> str:
        """Train a network, from the weights of a search or from the start."""
        keras.utils.set_random_seed(0)
        model = build_staged(network, len(self.data.classes), network.size)
        steps = self.arguments.more
        if supernet is None:
            steps += self.arguments.steps
        else:
            take_weights(supernet, model)
        train_briefly(model, self.data, self.config(steps), progress=told)
        choice = choice_of(network)
        classes = len(self.data.classes)
        return (
            f"| {name} | {''.join('01'[one] for one in choice)} | {slopes} | "
            f"{self.cost.cycles(choice):,} | {network_cycles(network, classes, self.target):,} | "
            f"{accuracy(model, self.test):.1%} |"
        )

    def config(self, steps: int) -> ClassifierConfig:
        """Of so many steps."""
        return ClassifierConfig(
            steps=steps,
            batch_size=self.arguments.batch,
            warmup=steps // 10,
            ema=0.98,
            validate_every=steps,
        )


def told(done: int, total: int) -> None:
    """Where a training is, on one line."""
    print(f"\r{done}/{total} ", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
