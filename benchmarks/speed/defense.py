"""Measure what the defense costs beside the classifier that it stands before.

    python benchmarks/speed/defense.py --network sesr/models/m2_x2_rgb.tflite

Times JPEG 75, wavelet 0.02 and super resolution x2 of a batch of 299x299 images, each and
together, and MobileNetV2 on what they put out, 598x598, on the same cores. The weights of the
classifier do not matter for its time and are random. Prints JSON, milliseconds for an image.
"""

from __future__ import annotations

import argparse
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
import tensorflow as tf
from timing import median_time

from defense import DefendedClassifier, parse_defense


def main() -> None:
    """Parse the command line, measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", default="M2", help="a name, or a path of a model")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    images = np.random.default_rng(0).random((arguments.batch, 299, 299, 3), dtype=np.float32)
    stages = ["jpeg:75", "wavelet:0.02", f"sesr:{arguments.network}"]

    def milliseconds(text: str) -> float:
        defend = parse_defense(text)
        return 1e3 * median_time(lambda: defend(images), arguments.runs) / len(images)

    figures = {stage: milliseconds(stage) for stage in stages}
    figures["defense"] = milliseconds(",".join(stages))
    network = keras.applications.MobileNetV2(weights=None, classifier_activation=None)
    # Prepared as the defended classifier has it: any size, batch normalisation folded.
    classify = tf.function(DefendedClassifier(network, "none", input_range=(-1, 1)))
    large = tf.constant(parse_defense(stages[-1])(images))
    seconds = median_time(lambda: classify(large).numpy(), arguments.runs)
    figures["mobilenet_v2_598"] = 1e3 * seconds / len(images)
    figures = {name: round(value, 1) for name, value in figures.items()}
    figures["defense_over_classifier"] = round(figures["defense"] / figures["mobilenet_v2_598"], 2)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
