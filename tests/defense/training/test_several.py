"""One network trained in front of several classifiers."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from defense.classifiers import Classifier
from defense.evaluation import Evaluation, ImageSet
from defense.training.config import DefenseConfig
from defense.training.prepare import prepare_trainer, served_classifiers
from defense.training.trainer import DefenseTrainer
from defense.transforms import Compose
from photos import make_photo
from runs import Killed, Listener, weights
from sesr.errors import TrainingError, UsageError
from sesr.reporting.progress import no_advance

SIDE, CLASSES = 32, 5
CONFIG = DefenseConfig(
    defense="bicubic:24,sesr:M2:rgb,bicubic:24",
    teacher="bicubic:24",
    crops=6,
    noisy=0,
    side=SIDE,
    steps=4,
    clean=0,
    gray=0,
    smoothed=2,
    warmup=1,
    ema=0.5,
    validate_every=2,
)
CROPS = np.stack([make_photo(SIDE, SIDE, seed) for seed in range(CONFIG.crops)])


def classifier(name: str, seed: int, classes: int = CLASSES) -> Classifier:
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            layers.Conv2D(8, 3, strides=2, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(classes),
        ],
        name=name,
    )
    return Classifier(name, model, (0, 1), name)


FIRST, SECOND = classifier("first", 1), classifier("second", 2)


def trainer(
    folder: Path,
    beside: list[Classifier],
    listener: Listener | None = None,
    config: DefenseConfig = CONFIG,
) -> DefenseTrainer:
    images = CROPS[:3] / np.float32(255)
    data = ImageSet.of(images, np.asarray(FIRST.model(images)).argmax(axis=1))
    evaluation = Evaluation(FIRST, Compose([]), data, folder)
    listener = listener or Listener()
    classifiers = served_classifiers(config, FIRST, beside)
    return prepare_trainer(config, CROPS, evaluation, folder, listener, no_advance, classifiers)


def test_classifiers_take_turns_and_are_all_judged(tmp_path: Path) -> None:
    listener = Listener()
    both = trainer(tmp_path / "both", [SECOND], listener)
    steps, turns = both._steps, []

    def noted(turn: int, *arguments: Any) -> float:
        turns.append(turn)
        return steps[turn](*arguments)

    both._steps = [partial(noted, turn) for turn in range(2)]
    both_weights = weights(both.run())
    assert turns == [0, 1, 0, 1]
    columns = {name.partition("_")[0] for name in listener.rows[0].figures}
    assert columns == {"first", "second"}
    alone = weights(trainer(tmp_path / "alone", []).run())
    assert any(not np.array_equal(a, b) for a, b in zip(both_weights, alone, strict=True))


def test_a_run_for_several_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    whole = weights(trainer(tmp_path / "whole", [SECOND]).run())
    with pytest.raises(Killed):
        trainer(tmp_path / "part", [SECOND], Listener(kill_at=3)).run()
    resumed = weights(trainer(tmp_path / "part", [SECOND]).run())
    for a, b in zip(whole, resumed, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_a_run_does_not_go_on_for_other_classifiers(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        trainer(tmp_path, [], Listener(kill_at=3)).run()
    with pytest.raises(TrainingError, match="classifiers"):
        trainer(tmp_path, [SECOND])


@pytest.mark.parametrize(
    ("changes", "beside", "message"),
    [
        ({"gray": 1, "noisy": 2}, [SECOND], "attacks are made on one classifier; received first,"),
        ({"adaptive": 1}, [SECOND], "train for several with smoothed photographs alone"),
        ({"smoothed": 0, "clean": 2}, [SECOND], "smoothed 0"),
        ({}, [replace(SECOND, gradients=False)], "gradients of its classifiers, and second has"),
        ({}, [FIRST], "every classifier counts once; received first, first"),
        ({}, [classifier("other", 3, 7)], "same classes apart; first, other have 5, 7 of them"),
    ],
)
def test_what_cannot_be_trained_for_several(
    changes: dict[str, int], beside: list[Classifier], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=message):
        trainer(tmp_path, beside, config=replace(CONFIG, **changes))
