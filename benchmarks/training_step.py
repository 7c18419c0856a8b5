"""Measure what collapsing saves in training.

    python benchmarks/training_step.py

Times one training step of M5 x2 on the same batch (32 crops of 64x64) three ways: collapsed, as
this project trains; expanded, as the network is written down; and the plain network of collapsed
size, which is the floor. Prints JSON; only the ratios carry over to other machines.
"""

from __future__ import annotations

import argparse
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from sesr.network.collapse import collapse
from sesr.network.model import build_sesr, without_clip
from sesr.training.step import make_train_step
from timing import median_time


def main() -> None:
    """Parse the command line, measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="M5")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--crop", type=int, default=64)
    parser.add_argument("--runs", type=int, default=9, help="steps of each; the median counts")
    arguments = parser.parse_args()
    networks = {
        "plain": collapse(build_sesr(arguments.model, 2)),
        "collapsed": build_sesr(arguments.model, 2),
        "expanded": build_sesr(arguments.model, 2, expanded=True),
    }
    seconds = {
        name: _step_time(network, arguments.batch_size, arguments.crop, arguments.runs)
        for name, network in networks.items()
    }
    figures = {f"{name}_ms": round(1e3 * value, 1) for name, value in seconds.items()}
    figures["collapsed_over_plain"] = round(seconds["collapsed"] / seconds["plain"], 2)
    figures["expanded_over_collapsed"] = round(seconds["expanded"] / seconds["collapsed"], 2)
    print(json.dumps(figures, indent=2))


def _step_time(network: keras.Model, batch_size: int, crop: int, runs: int) -> float:
    """Seconds of the median step."""
    optimizer = keras.optimizers.Adam(1e-4)
    unclipped = without_clip(network)
    optimizer.build(unclipped.trainable_variables)
    step = make_train_step(unclipped, optimizer, "l1")
    random = np.random.default_rng(0)
    low = random.random((1, batch_size, crop, crop, 1), dtype=np.float32)
    high = random.random((1, batch_size, 2 * crop, 2 * crop, 1), dtype=np.float32)
    return median_time(lambda: step(low, high), runs)


if __name__ == "__main__":
    main()
