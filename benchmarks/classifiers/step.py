"""What it costs to train a collapsible classifier: a step beside one of the plain network.

    python benchmarks/classifiers/step.py [--network ran_e_small] [--batch 128]

The plain network has the collapsed convolutions and trains these; the expanded one computes every
bottleneck as it is written. They take turns; seconds of the processor, the least of some steps.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import keras
import numpy as np

from sesr.classifiers import build_classifier, find_classifier
from sesr.classifiers.dense import with_dense_blocks
from sesr.classifiers.staged import build_staged
from sesr.classifiers.stages import STAGED
from sesr.classifiers.training.config import ClassifierConfig
from sesr.classifiers.training.step import ClassifierStep
from sesr.classifiers.training.trainer import make_classifier_optimizer

CLASSES = 10


def main() -> None:
    """Parse the command line, time the three, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", default="ran_e_small", choices=STAGED)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=10)
    arguments = parser.parse_args()
    name, size = arguments.network, find_classifier(arguments.network).size
    model = build_classifier(name, CLASSES)
    models = {
        "plain": with_dense_blocks(model),
        "collapsed": model,
        "expanded": build_staged(STAGED[name], CLASSES, size, expanded=True),
    }
    runs = {kind: stepping(one, arguments.batch) for kind, one in models.items()}
    times: dict[str, list[float]] = {kind: [] for kind in runs}
    for _ in range(arguments.repeats):
        for kind, run in runs.items():
            began = time.process_time()
            run()
            times[kind].append(time.process_time() - began)
    fastest = {kind: min(found) for kind, found in times.items()}
    print("| training | s of processor | times the plain network |")
    print("|---|---|---|")
    for kind, seconds in fastest.items():
        print(f"| {kind} | {seconds:.3f} | {seconds / fastest['plain']:.2f} |")


def stepping(model: keras.Model, batch: int) -> Callable[[], float]:
    """A step of the training, made once."""
    optimizer = make_classifier_optimizer(ClassifierConfig())
    optimizer.build(model.trainable_variables)
    step = ClassifierStep(model, optimizer, 0.1)
    side = model.input_shape[1]
    images = np.zeros((1, batch, side, side, 3), np.uint8)
    labels = np.zeros((1, batch), np.int64)
    step(images, labels)
    return lambda: step(images, labels)


if __name__ == "__main__":
    main()
