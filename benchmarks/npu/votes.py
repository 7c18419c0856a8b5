"""Measure what a vote over draws of noise loses where both networks run in int8, as on an NPU.

    python benchmarks/npu/votes.py noise:0.1,bicubic:224,sesr:NET:rgb,bicubic:224 PHOTOS WEIGHTS

PHOTOS holds images/ and labels.csv, WEIGHTS are those of MobileNetV2. Draws are the same in float32
and int8; ranges come from photographs of the set that are not measured on.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from defense import Compose, DefendedClassifier
from defense.batch import ImageBatch
from defense.classifiers import load_classifier
from defense.evaluation import read_image_set
from defense.export.classifier import build_classifier, to_int8_classifier
from defense.export.host_stages import smoothed_network
from defense.transforms import GaussianNoise, SuperResolve, add_noise, answers_a_draw
from sesr.engine import open_interpreter
from sesr.errors import UsageError
from sesr.int8 import quantize
from sesr.lowering import PlainNetwork, possible_lowerings
from sesr.network.load import load_network

CALIBRATION = 16
"""Photographs, from the end of the set."""


class Int8File:
    """An int8 file on LiteRT's fast kernels, which differ from the NPU's by single steps."""

    def __init__(self, content: bytes) -> None:
        self._interpreter = open_interpreter(content, 1)
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]

    def __call__(self, images: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
        """Images (N, H, W, 3), pixel - 128, one after the other."""
        found = []
        for image in images:
            self._interpreter.set_tensor(self._input, image[np.newaxis])
            self._interpreter.invoke()
            found.append(self._interpreter.get_tensor(self._output)[0])
        return np.stack(found)


class Int8Defense:
    """The stages of a smoothed defense after its noise, networks in int8, the rest on the host."""

    def __init__(self, text: str, weights: str, photos: ImageBatch) -> None:
        stage, stages = smoothed_network(text)
        position = stages.index(stage)
        noise = stages[0]
        assert isinstance(noise, GaussianNoise)  # noqa: S101 - tells the type checker
        self._before = Compose(stages[1:position])
        self._after = Compose(stages[position + 1 :])
        self._asks_twice = answers_a_draw(Compose(stages)) > 1
        small = self._before(add_noise(photos, noise.sigma, np.random.default_rng(0)))
        self._network = Int8File(_int8_network(stage, small))
        side = Compose(stages[1:])(photos[:1]).shape[1]
        pixels = [np.rint(image * 255).astype(np.uint8) for image in photos]
        classifier = build_classifier("mobilenet_v2", side, weights)
        self._classifier = Int8File(to_int8_classifier(classifier, pixels))

    def __call__(self, noisy: ImageBatch) -> npt.NDArray[np.int64]:
        """Classes (N,) of images with noise."""
        large = self._network(_to_int8(self._before(noisy)))
        shown = self._after((large.astype(np.float32) + 128) / np.float32(255))
        logits = self._classifier(_to_int8(shown)).astype(int)
        if self._asks_twice:
            logits += self._classifier(_to_int8(shown[:, :, ::-1]))
        return logits.argmax(axis=1)


def main() -> None:
    """Parse the command line, vote twice, print both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("defense")
    parser.add_argument("photos", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--first", type=int, default=40)
    parser.add_argument("--draws", type=int, default=20)
    arguments = parser.parse_args()
    where = (arguments.photos / "images", arguments.photos / "labels.csv")
    data = read_image_set(*where, first=arguments.first)
    others = read_image_set(*where).images[-CALIBRATION:]
    _, stages = smoothed_network(arguments.defense)
    noise, rest = stages[0], Compose(stages[1:])
    assert isinstance(noise, GaussianNoise)  # noqa: S101 - tells the type checker
    classifier = load_classifier("mobilenet_v2", arguments.weights)
    float32 = DefendedClassifier(classifier.model, rest, input_range=classifier.input_range)
    int8 = Int8Defense(arguments.defense, str(arguments.weights), others)
    found: dict[str, list[Any]] = {"float32": [], "int8": []}
    for draw in range(arguments.draws):
        noisy = add_noise(data.images, noise.sigma, np.random.default_rng(draw))
        found["float32"].append(np.asarray(float32(noisy)).argmax(axis=1))
        found["int8"].append(int8(noisy))
    for name, answers in found.items():
        votes = np.array([np.bincount(column).argmax() for column in np.transpose(answers)])
        print(
            f"{name:8} vote right {np.mean(votes == data.labels):.3f}, single draws right "
            f"{np.mean(np.array(answers) == data.labels):.3f}, {len(data)} photographs of "
            f"{arguments.draws} draws"
        )
    print(f"draws that agree: {np.mean(np.array(found['float32']) == found['int8']):.3f}")


def _int8_network(stage: SuperResolve, images: ImageBatch) -> bytes:
    network = PlainNetwork.from_keras(load_network(stage.trained.keras))
    side = images.shape[1]
    lowerings = possible_lowerings(network, side, side)
    if not lowerings:
        raise UsageError(f"{stage}: no int8 form for images of {side}x{side}")
    return quantize(network, lowerings[0], list(images)).convert(side, side)


def _to_int8(images: ImageBatch) -> npt.NDArray[np.int8]:
    return (np.rint(images * 255) - 128).astype(np.int8)


if __name__ == "__main__":
    main()
