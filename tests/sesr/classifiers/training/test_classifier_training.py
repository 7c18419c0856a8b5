"""A training run of a classifier: its batches, and going on where it was stopped."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sesr.classifiers.shipped import load_trained
from sesr.classifiers.training.batches import Batches, covered, moved
from sesr.classifiers.training.card import ClassifierCard
from sesr.classifiers.training.config import ClassifierConfig
from sesr.classifiers.training.labelled import LabelledImages
from sesr.classifiers.training.publish import file_accuracy, publish_classifier
from sesr.classifiers.training.recipes import find_classifier_recipe
from sesr.classifiers.training.trainer import ClassifierTrainer, accuracy
from sesr.errors import ModelError, TrainingError, UsageError
from sesr.training.run.log import LogRow

SHORT = ClassifierConfig(
    steps=6, batch_size=8, warmup=1, validate_every=3, dispatch=1, ema=0.5, learning_rate=0.01
)


class Silent:
    """A listener that stops a run after some steps."""

    def __init__(self, stop: int = sys.maxsize) -> None:
        self.stop = stop

    def on_steps(self, step: int, loss: float) -> None:
        if step > self.stop:
            raise KeyboardInterrupt

    def on_validation(self, row: LogRow, text: str, best: bool) -> None:
        assert 0 <= row.figures["accuracy"] <= 1


def colored(count: int = 12) -> LabelledImages:
    """Red and blue images with noise."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 60, (2 * count, 32, 32, 3), dtype=np.uint8)
    images[:count, ..., 0] += 180
    images[count:, ..., 2] += 180
    return LabelledImages(images, np.repeat([0, 1], count), ("blue", "red"))


def trained(output: Path, config: ClassifierConfig = SHORT, stop: int = sys.maxsize) -> Any:
    data, held = colored().split(0.25, config.seed)
    trainer = ClassifierTrainer(config, data, held, output, Silent(stop))
    trainer.run()
    return trainer


def test_stopped_and_gone_on_is_the_same(tmp_path: Path) -> None:
    whole = trained(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "parts", stop=4)
    parts = trained(tmp_path / "parts")
    assert parts.step == whole.step == SHORT.steps
    for one, other in zip(whole.variables, parts.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_other_images_are_another_run(tmp_path: Path) -> None:
    trained(tmp_path, replace(SHORT, data="one"))
    with pytest.raises(TrainingError, match="data one \\(now other\\)"):
        trained(tmp_path, replace(SHORT, data="other"))


def test_learns_and_publishes(tmp_path: Path) -> None:
    config = replace(SHORT, steps=30, validate_every=30, cutout=0)
    trainer = trained(tmp_path, config)
    data, held = colored().split(0.25, config.seed)
    best = tmp_path / "best.keras"
    card = publish_classifier(config, best, data, held, "a part", tmp_path)
    assert card == ClassifierCard.load(tmp_path / "ran_e_small.json")
    assert card.saw.startswith("It saw 24 images")
    assert (card.classes, card.size) == (("blue", "red"), 32)
    model = load_trained(tmp_path / "ran_e_small.keras")
    assert accuracy(model, data) == 1
    for name in ("ran_e_small.tflite", "ran_e_small_int8.tflite"):
        assert file_accuracy(tmp_path / name, data) == 1
    assert card.accuracy == {"chosen on": {"float32": 1.0, "int8": 1.0}}
    assert trainer.step == 30


def test_batches_depend_on_seed_and_step_only() -> None:
    data, config = colored(), replace(SHORT, batch_size=6)
    first, again, other = (Batches(data, replace(config, seed=s)) for s in (0, 0, 1))
    for step in (3, 0):
        np.testing.assert_array_equal(first(step)[0], again(step)[0])
    assert not np.array_equal(first(0)[0], other(0)[0])


def test_every_image_once_an_epoch() -> None:
    images = np.arange(10, dtype=np.uint8)[:, None, None, None] * np.ones((1, 4, 4, 3), np.uint8)
    data = LabelledImages(images, np.arange(10), tuple("abcdefghij"))
    batches = Batches(data, replace(SHORT, batch_size=5, cutout=0))
    seen = [sorted(np.concatenate([batches(2 * e)[1], batches(2 * e + 1)[1]])) for e in (0, 1)]
    assert seen == [list(range(10))] * 2
    for pixels, label in zip(*batches(0), strict=True):
        assert (pixels == label).all()


def test_moved_and_covered() -> None:
    rng, image = np.random.default_rng(0), np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    np.testing.assert_array_equal(moved(image, 0, rng), image)
    assert moved(image, 3, rng).shape == image.shape
    hidden = [(covered(image, 2, rng)[..., 0] == 128).sum() for _ in range(200)]
    assert set(hidden) <= {4, 2, 1, 6, 9} and max(hidden) == 4
    assert image[0, 0, 0] == 0


def test_split_holds_out_of_every_class() -> None:
    data, held = colored(20).split(0.1, 0)
    assert (len(data), len(held)) == (36, 4)
    assert held.labels.tolist() == [0, 0, 1, 1]
    together = {one.tobytes() for one in (*data.images, *held.images)}
    assert len(together) == 40


def test_class_with_one_image() -> None:
    one = colored().take([0, 1, 12])
    with pytest.raises(UsageError, match=r"class 'red' needs 2 images.*received 1"):
        one.split(0.1, 0)


def test_strange_class_and_size() -> None:
    data = colored()
    with pytest.raises(UsageError, match="class 'blue' is in the validation and not in"):
        data.relabelled(("green", "red"), 32)
    with pytest.raises(UsageError, match="training's size, 48x48; received 32x32"):
        data.relabelled(("blue", "green", "red"), 48)
    assert data.relabelled(("blue", "green", "red"), 32).labels.max() == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 0}, "steps must be at least 1; received 0"),
        ({"warmup": 6}, "warmup must be below steps, 6; received 6"),
        ({"dispatch": 4}, "steps must be a multiple of dispatch, 4; received 6"),
        ({"held_out": 1.0}, "held_out must be above 0 and below 1; received 1.0"),
        ({"precision": "int8"}, "precision must be float32 or bfloat16; received int8"),
        ({"ema": 1.0}, "ema must be in 0 to below 1; received 1.0"),
    ],
)
def test_settings_that_make_no_sense(change: dict[str, Any], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        replace(SHORT, **change)


def test_unknown_recipe() -> None:
    with pytest.raises(UsageError, match="did you mean ran_e_small"):
        find_classifier_recipe("ran_e_smal")


def test_damaged_files(tmp_path: Path) -> None:
    (tmp_path / "x.keras").write_bytes(b"nothing")
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(ModelError, match="not a readable classifier"):
        load_trained(tmp_path / "x.keras")
    with pytest.raises(ModelError, match="not a card of a classifier"):
        ClassifierCard.load(tmp_path / "x.json")
