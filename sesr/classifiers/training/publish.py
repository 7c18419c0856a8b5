"""From the best network of a run to the files that are used."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from sesr.classifiers.int8 import pinned_inputs, to_float_file, to_int8_file
from sesr.classifiers.shipped import load_trained
from sesr.classifiers.training.card import ClassifierCard
from sesr.classifiers.training.config import ClassifierConfig
from sesr.classifiers.training.labelled import LabelledImages
from sesr.engine.interpreter import open_interpreter
from sesr.files import write_atomically

CALIBRATION = 500
"""Images that the ranges of int8 are found on."""


def publish_classifier(
    config: ClassifierConfig,
    best: Path,
    data: LabelledImages,
    held: LabelledImages,
    chosen_on: str,
    folder: Path,
) -> ClassifierCard:
    """Write the network as `.keras`, as `.tflite` in float32 and in int8, and its card.

    Args:
        config: of the run.
        best: `.keras` file of its best network.
        data, held: what it learned from, and what it was chosen by.
        chosen_on: the name of the latter.
        folder: where to.
    """
    model = load_trained(best)
    stem = folder / config.network
    chosen = np.random.default_rng(config.seed).permutation(len(data))[:CALIBRATION]
    contents = {
        stem.with_suffix(".keras"): best.read_bytes(),
        stem.with_suffix(".tflite"): to_float_file(model),
        stem.with_name(f"{config.network}_int8.tflite"): to_int8_file(
            model, pinned_inputs(data.images[np.sort(chosen)])
        ),
    }
    for path, content in contents.items():
        write_atomically(path, content)
    files = list(contents)
    reached = {
        numbers: round(file_accuracy(path, held), 4)
        for numbers, path in zip(("float32", "int8"), files[1:], strict=True)
    }
    card = replace(
        ClassifierCard.describe(
            config.network, data.classes, data.side, len(data) + len(held), len(held)
        ),
        training={**asdict(config), "chosen_on": f"{len(held)} images: {chosen_on}"},
        accuracy={"chosen on": reached},
    ).with_hashes(files)
    card.save(stem.with_suffix(".json"))
    return card


def file_accuracy(path: Path, data: LabelledImages) -> float:
    """Share of images whose class has the largest logit of a LiteRT file, float32 or int8."""
    interpreter = open_interpreter(path, threads=1)
    image, logits = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    right = 0
    for pixels, label in zip(data.images, data.labels, strict=True):
        centered = pixels.astype(np.float32)
        given = centered - 128 if image["dtype"] == np.int8 else centered / 127.5 - 1
        interpreter.set_tensor(image["index"], given[np.newaxis].astype(image["dtype"]))
        interpreter.invoke()
        right += int(np.argmax(interpreter.get_tensor(logits["index"])) == label)
    return right / len(data)
