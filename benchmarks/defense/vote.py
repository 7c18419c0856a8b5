"""Measure what a vote over noise costs beside one inference.

    python benchmarks/defense/vote.py [--draws 25] [--defense noise:0.08,bicubic:224]

Prints JSON: milliseconds of one inference of the defended classifier without noise and of
`Smoothed.predict` for one image of 299x299, and how many inferences that is; they take turns, so
that a busy machine slows both. The weights of MobileNetV2 do not matter for its time; they are
random.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from statistics import median
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
import tensorflow as tf

from defense import DefendedClassifier, Smoothed
from defense.presets import PRESETS

DEFENSE = PRESETS["certified"].text


def main() -> None:
    """Parse the command line, measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=25)
    parser.add_argument("--defense", default=DEFENSE)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    image = np.random.default_rng(0).random((1, 299, 299, 3), dtype=np.float32)
    model = keras.applications.MobileNetV2(weights=None, classifier_activation=None)
    _, _, cleaning = arguments.defense.partition(",")
    single = tf.function(DefendedClassifier(model, cleaning or "none", input_range=(-1, 1)))
    vote = Smoothed.from_text(
        model, arguments.defense, arguments.draws, seed=0, input_range=(-1, 1)
    )
    one, many = in_turns(lambda: single(image), lambda: vote.predict(image), arguments.runs)
    figures = {"inference_ms": one, "vote_ms": many, "inferences": many / one}
    print(json.dumps({name: round(value, 1) for name, value in figures.items()}, indent=2))


def in_turns(one: Callable[[], Any], other: Callable[[], Any], runs: int) -> tuple[float, float]:
    """Median milliseconds of two functions, each of which has run before."""
    times: tuple[list[float], list[float]] = ([], [])
    for run in range(runs + 1):
        for function, found in zip((one, other), times, strict=True):
            began = time.perf_counter()
            function()
            if run:
                found.append(1e3 * (time.perf_counter() - began))
    return median(times[0]), median(times[1])


if __name__ == "__main__":
    main()
