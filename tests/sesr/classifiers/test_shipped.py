"""The classifier of the package."""

from pathlib import Path

import numpy as np
import pytest

from sesr.catalog.card import file_sha256
from sesr.classifiers import find_classifier, load_shipped
from sesr.classifiers.training.card import ClassifierCard
from sesr.classifiers.training.publish import file_accuracy
from sesr.errors import ModelError
from sesr_datasets.labelled.class_folders import read_class_folders

FOLDER = Path(__file__).parents[3] / "sesr" / "models" / "classifiers"
CARD = FOLDER / "ran_e_small.json"
TEST = "CIFAR-10 test, 200 a class"


def test_card_describes_the_files() -> None:
    card = ClassifierCard.load(CARD)
    assert card.sha256 == {name: file_sha256(FOLDER / name) for name in card.sha256}
    assert set(card.sha256) == {path.name for path in FOLDER.iterdir()} - {CARD.name}
    spec = find_classifier(card.network)
    assert (card.parameters, card.macs) == (spec.parameters(10), spec.macs(10))
    assert card.saw == (
        "It saw 10,000 images, 1,000 of them only to choose by, and no others before."
    )


def test_card_keeps_what_was_promised() -> None:
    reached = ClassifierCard.load(CARD).accuracy[TEST]
    assert reached["float32"] >= 0.72
    assert abs(reached["float32"] - reached["int8"]) <= 0.01


def test_files_agree_with_each_other() -> None:
    from sesr.engine.interpreter import open_interpreter

    image = np.random.default_rng(0).uniform(-1, 1, (1, 32, 32, 3)).astype(np.float32)
    interpreter = open_interpreter(FOLDER / "ran_e_small.tflite", threads=1)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)
    interpreter.invoke()
    logits = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_allclose(load_shipped("ran_e_small")(image), logits, atol=1e-4)


@pytest.mark.parametrize("numbers", ["float32", "int8"])
def test_accuracy_of_the_card(real_data: Path, numbers: str) -> None:
    folder = real_data / "classification" / "cifar10" / "test"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    suffix = "" if numbers == "float32" else "_int8"
    found = file_accuracy(FOLDER / f"ran_e_small{suffix}.tflite", read_class_folders(folder))
    # Kernels of another processor may round an image or two to the other side.
    assert found == pytest.approx(ClassifierCard.load(CARD).accuracy[TEST][numbers], abs=0.002)


def test_no_weights_of_the_others() -> None:
    with pytest.raises(ModelError, match=r"RAN-e-GT has no weights .* those of ran_e_small: train"):
        load_shipped("ran_e_gt")
