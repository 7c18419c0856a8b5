"""Measure what collapsing saves in training.

    python benchmarks/speed/training_step.py

Times one training step of M5 x2 on the same batch (32 crops of 64x64) three ways: collapsed, as
this project trains; expanded, as the network is written down; and the plain network of collapsed
size, which is the floor. Prints JSON: time, and memory beyond what the libraries take; only the
ratios of the times carry over to other machines.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
from timing import median_time

from sesr.network.collapse import collapse
from sesr.network.sesr import build_sesr, without_clip
from sesr.training.step import make_train_step

FORMS = ("plain", "collapsed", "expanded")


def main() -> None:
    """Parse the command line, measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="M5")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--crop", type=int, default=64)
    parser.add_argument("--runs", type=int, default=9, help="steps of each; the median counts")
    arguments = parser.parse_args()
    sizes = (arguments.model, arguments.batch_size, arguments.crop, arguments.runs)
    # A process of its own for each, as the largest memory of a process never shrinks.
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
        measured = {form: pool.submit(_measure, form, *sizes).result() for form in FORMS}
    plain, collapsed, expanded = (measured[form] for form in FORMS)
    figures = {f"{form}_ms": round(1e3 * seconds, 1) for form, (seconds, _) in measured.items()}
    figures |= {f"{form}_mb": round(memory) for form, (_, memory) in measured.items()}
    figures["collapsed_over_plain"] = round(collapsed[0] / plain[0], 2)
    figures["expanded_over_collapsed"] = round(expanded[0] / collapsed[0], 2)
    print(json.dumps(figures, indent=2))


def _measure(form: str, model: str, batch_size: int, crop: int, runs: int) -> tuple[float, float]:
    """Seconds of the median step, and the MB that the process grew by while it trained."""
    network = build_sesr(model, 2, expanded=form == "expanded")
    if form == "plain":
        network = collapse(network)
    optimizer = keras.optimizers.Adam(1e-4)
    unclipped = without_clip(network)
    optimizer.build(unclipped.trainable_variables)
    step = make_train_step(unclipped, optimizer, "l1")
    random = np.random.default_rng(0)
    low = random.random((1, batch_size, crop, crop, 1), dtype=np.float32)
    high = random.random((1, batch_size, 2 * crop, 2 * crop, 1), dtype=np.float32)
    before = _peak_memory()
    seconds = median_time(lambda: step(low, high), runs)
    return seconds, _peak_memory() - before


def _peak_memory() -> float:
    """Largest memory of this process so far, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    main()
