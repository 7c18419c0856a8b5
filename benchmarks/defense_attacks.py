"""Make the gray-box adversarial images that the figures of the defense rest on.

    python benchmarks/defense_attacks.py PHOTOS WEIGHTS -o runs/robustness

PHOTOS holds `images/` and `labels.csv`, WEIGHTS the weights of the three classifiers. The images
go into the store of the run, where `sesr robustness` with the same output folder finds them. Can
be stopped and started again at any time.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from defense.attacks.spec import parse_attack
from defense.classifier import DefendedClassifier
from defense.compose import Compose
from defense.evaluation.adversarial import AdversarialStore, Target
from defense.evaluation.classifiers import load_classifier
from defense.evaluation.image_set import read_image_set

CLASSIFIERS = {
    "mobilenet_v2": "mobilenet_v2_1.0_224.weights.h5",
    "mobilenet:alpha=0.75": "mobilenet_v1_0.75_224.weights.h5",
    "mobilenet_v3_large:minimalistic=true,include_preprocessing=false": (
        "mobilenet_v3_large_minimalistic_1.0_224.weights.h5"
    ),
}


def main() -> None:
    """Parse the command line and attack."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--classifiers", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--attacks", default="pgd,apgd")
    parser.add_argument("--epsilons", default="2,8")
    parser.add_argument("--first", type=int, default=200)
    parser.add_argument("--skip", type=int, default=0)
    arguments = parser.parse_args()
    photos: Path = arguments.photos
    data = read_image_set(photos / "images", photos / "labels.csv", arguments.first, arguments.skip)
    store = AdversarialStore(arguments.output / "adversarial")
    for index in arguments.classifiers:
        name, file = list(CLASSIFIERS.items())[index]
        classifier = load_classifier(name, arguments.weights / file)
        bare = DefendedClassifier(classifier.model, Compose([]), input_range=classifier.input_range)
        target = Target(bare, classifier.fingerprint)
        clean = target.predict(data.images, 25).argmax(axis=1) == data.labels
        print(f"{name}: clean {clean.mean():.3f}", flush=True)
        for attack in arguments.attacks.split(","):
            for epsilon in arguments.epsilons.split(","):
                began = time.perf_counter()
                spec = parse_attack(attack)
                images = store.attack(target, spec, float(epsilon) / 255, data)
                right = target.predict(images, 25).argmax(axis=1) == data.labels
                seconds = time.perf_counter() - began
                print(
                    f"{spec.label} {epsilon}/255: {right.mean():.3f}, {seconds:.0f} s", flush=True
                )


if __name__ == "__main__":
    main()
