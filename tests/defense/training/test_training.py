"""Training the network of a defense for the classifier behind it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from defense import Compose, DefendedClassifier, parse_defense
from defense.classifiers import Classifier
from defense.evaluation.image_set import ImageSet
from defense.evaluation.runner import Evaluation
from defense.training.attack import descend
from defense.training.config import DefenseConfig
from defense.training.lessons import Lessons, make_lessons
from defense.training.prepare import prepare_trainer
from defense.training.step import map_error
from defense.training.student import (
    Student,
    network_card,
    network_position,
    trainable_network,
)
from defense.training.trainer import DefenseTrainer
from defense.training.validation import Judge
from defense.training.vote import VoteJudge
from networks import small_network
from photos import make_photo
from runs import Killed, Listener
from sesr.catalog.card import ModelCard
from sesr.catalog.shipped import find_model
from sesr.errors import TrainingError, UsageError
from sesr.network.load import load_network
from sesr.reporting.progress import no_advance
from sesr.training.publish import publish

SIDE, CLASSES = 16, 4
TINY = DefenseConfig(
    defense="sesr:M2:rgb,bicubic:24",
    teacher="bicubic:24",
    crops=12,
    noisy=8,
    side=SIDE,
    steps=6,
    clean=1,
    gray=2,
    adaptive=2,
    gray_epsilons=(8, 16),
    gray_steps=2,
    adaptive_epsilon=4,
    warmup=1,
    ema=0.5,
    validate_every=2,
)


def toy_model() -> keras.Model:
    """Looks at textures and not at colours, so that faint noise misleads it."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            keras.layers.Conv2D(8, 3, activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(CLASSES),
        ],
        name="toy",
    )
    kernel, bias = model.layers[0].get_weights()
    model.layers[0].set_weights([kernel - kernel.mean(axis=(0, 1), keepdims=True), bias])
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([40 * kernel, bias])
    return model


@pytest.fixture(scope="module", name="classifier")
def _classifier() -> Classifier:
    bare = DefendedClassifier(toy_model(), Compose([]), input_range=(-1, 1))
    return Classifier("toy", bare.classifier, (-1, 1), "toy")


@pytest.fixture(scope="module", name="lessons")
def _lessons(classifier: Classifier, tmp_path_factory: pytest.TempPathFactory) -> Lessons:
    crops = np.stack([make_photo(SIDE, SIDE, seed) for seed in range(TINY.crops)])
    return make_lessons(crops, classifier, TINY, tmp_path_factory.mktemp("lessons"))


@pytest.fixture(scope="module", name="judge")
def _judge(classifier: Classifier, tmp_path_factory: pytest.TempPathFactory) -> Judge:
    images = np.stack([make_photo(SIDE, SIDE, seed) for seed in range(50, 56)]) / np.float32(255)
    model = DefendedClassifier(classifier.model, Compose([]), input_range=(-1, 1))
    labels = np.argmax(model(images), axis=-1)
    folder = tmp_path_factory.mktemp("judge")
    evaluation = Evaluation(classifier, Compose([]), ImageSet.of(images, labels), folder, batch=4)
    return Judge(evaluation, (4.0, 8.0), 4.0)


Make = Callable[..., tuple[DefenseTrainer, Listener]]


@pytest.fixture(scope="module", name="make")
def _make(classifier: Classifier, lessons: Lessons, judge: Judge) -> Make:
    def make(
        folder: Path, config: DefenseConfig = TINY, kill_at: int | None = None
    ) -> tuple[DefenseTrainer, Listener]:
        listener = Listener(kill_at)
        return DefenseTrainer(config, lessons, [classifier], [judge], folder, listener), listener

    return make


@pytest.fixture(scope="module", name="whole")
def _whole(make: Make, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The best network of a run that nobody stopped."""
    return make(tmp_path_factory.mktemp("whole"))[0].run()


def student_before(classifier: Classifier, network: keras.Model | None = None) -> Student:
    """The tiny defense, with a network or with its own, in front of a classifier."""
    defense = parse_defense(TINY.defense)
    return Student(defense, network or trainable_network(TINY), classifier)


def weights(path: Path) -> list[Any]:
    found: list[Any] = load_network(path).get_weights()
    return found


def test_only_the_network_learns(whole: Path, classifier: Classifier) -> None:
    fresh = DefendedClassifier(toy_model(), Compose([]), input_range=(-1, 1)).classifier
    for old, new in zip(fresh.get_weights(), classifier.model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    start = weights(find_model("M2", 2, 3).keras)
    moved = [np.abs(a - b).max() > 0 for a, b in zip(start, weights(whole), strict=True)]
    assert all(moved)


def test_training_lowers_the_loss(make: Make, tmp_path: Path) -> None:
    config = replace(TINY, steps=60, validate_every=60, warmup=5, clean=2, gray=8, adaptive=0)
    trainer, listener = make(tmp_path, config)
    trainer.run()
    assert np.mean(listener.losses[-10:]) < 0.7 * np.mean(listener.losses[:5])


SMOOTHED = replace(
    TINY, clean=0, gray=0, adaptive=0, noisy=0, smoothed=6, sigmas=(0.05, 0.1), fidelity=10
)


def test_noise_takes_turns_and_is_drawn_anew(lessons: Lessons) -> None:
    spread = []
    for step in range(2):
        images, chosen = lessons.batch(replace(SMOOTHED, smoothed=3), step)
        added = images - lessons.clean(chosen)
        spread += [float(np.std(one)) for one in added]
    assert spread == pytest.approx([0.05, 0.1] * 3, rel=0.15)
    first, _ = lessons.batch(SMOOTHED, 0)
    again, _ = lessons.batch(SMOOTHED, 0)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, lessons.batch(SMOOTHED, 2)[0])


def test_what_is_attacked_stands_behind_the_same_noise(lessons: Lessons) -> None:
    spread: list[float] = []
    for step in range(2):
        images, chosen = lessons.batch(replace(SMOOTHED, smoothed=1, adaptive=2), step)
        spread += map(float, (images - lessons.clean(chosen)).std(axis=(1, 2, 3)))
    assert spread == pytest.approx([0.05, 0.1] * 3, rel=0.15)


def test_smoothed_training_brings_answers_and_images_nearer(
    lessons: Lessons, classifier: Classifier, tmp_path: Path
) -> None:
    images = np.stack([make_photo(SIDE, SIDE, seed) for seed in range(60, 64)]) / np.float32(255)
    data = ImageSet.of(images.astype(np.float32), np.argmax(classifier.model(images * 2 - 1), -1))
    judge = VoteJudge(data, SMOOTHED.sigmas)
    listener = Listener()
    config = replace(SMOOTHED, steps=60, validate_every=60, warmup=5)
    best = DefenseTrainer(config, lessons, [classifier], [judge], tmp_path, listener).run()
    assert np.mean(listener.losses[-10:]) < 0.8 * np.mean(listener.losses[:5])
    assert set(listener.rows[0].figures) == {"draw", "vote", "unanimous"}
    noisy, chosen = lessons.batch(SMOOTHED, 10_000)
    defense = parse_defense(TINY.defense)
    target = parse_defense(TINY.teacher)(lessons.clean(chosen))

    def error(network: keras.Model) -> float:
        shown = Student(defense, network, classifier).show(noisy)
        return float(tf.reduce_mean(tf.square(shown - target)))

    assert error(load_network(best)) < 0.9 * error(trainable_network(config))


@pytest.fixture(scope="module", name="cleaner")
def _cleaner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that keeps the size, with weights that change a lot."""
    card = ModelCard.describe("S4", 1, 3, "relu")
    return publish(small_network("S4", 1, 3), card, tmp_path_factory.mktemp("s4"), {}).keras


def test_a_fresh_network_begins_by_changing_nothing(
    lessons: Lessons, classifier: Classifier, judge: Judge, tmp_path: Path, cleaner: Path
) -> None:
    """So that a step on clean photographs finds the teacher's very answers."""
    config = replace(
        TINY,
        defense=f"bicubic:24,sesr:{cleaner}",
        fresh="S4",
        teacher="bicubic:24",
        clean=4,
        gray=0,
        adaptive=0,
        fidelity=1.0,
    )
    trainer = DefenseTrainer(config, lessons, [classifier], [judge], tmp_path, Listener())
    images = lessons.clean(np.arange(4))
    begun = trainer._steps[0](images, images, (0, 0), 0.0)
    assert begun == pytest.approx(0, abs=1e-6)
    taken = replace(config, fresh="")
    trainer = DefenseTrainer(taken, lessons, [classifier], [judge], tmp_path / "2", Listener())
    assert trainer._steps[0](images, images, (0, 0), 0.0) > 1e-3


def test_the_card_is_that_of_the_fresh_network(cleaner: Path) -> None:
    config = replace(TINY, defense=f"bicubic:24,sesr:{cleaner}", fresh="s4")
    assert network_card(config) == ModelCard.describe("S4", 1, 3, "relu")
    with pytest.raises(UsageError, match=r"fresh M5 is for x2 and x4, and the network of .* x1"):
        network_card(replace(config, fresh="M5"))
    with pytest.raises(UsageError, match="unknown model 'S5'"):
        replace(config, fresh="S5")


def test_maps_are_those_before_every_shrinking() -> None:
    inputs = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, strides=2, name="first")(inputs)
    x = keras.layers.Conv2D(5, 3, activation="relu", name="second")(x)
    y = keras.layers.MaxPooling2D(2)(x)
    z = keras.layers.Conv2D(6, 1, name="third")(y)
    outputs = keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(z))
    model = keras.Model(inputs, outputs)
    images = np.random.default_rng(0).random((2, 13, 13, 3), dtype=np.float32)
    logits, maps = student_before(Classifier("toy", model, (-1, 1), "toy")).features(images)
    np.testing.assert_allclose(logits, model(images * 2 - 1), atol=1e-5)
    assert [tuple(found.shape) for found in maps] == [(2, 4, 4, 5), (2, 2, 2, 6)]
    np.testing.assert_allclose(maps[0], keras.Model(inputs, x)(images * 2 - 1), atol=1e-5)
    assert float(map_error(maps, maps)) == 0
    nothing = [tf.zeros_like(found) for found in maps]
    assert float(map_error(nothing, maps)) == pytest.approx(1, rel=1e-3)


def test_training_brings_the_maps_nearer(lessons: Lessons, judge: Judge, tmp_path: Path) -> None:
    """Of a classifier whose answer is always the same, so that there is nothing else to learn."""
    model = toy_model()
    model.layers[-1].set_weights([0 * weight for weight in model.layers[-1].get_weights()])
    bare = DefendedClassifier(model, Compose([]), input_range=(-1, 1))
    dull = Classifier("dull", bare.classifier, (-1, 1), "dull")
    config = replace(SMOOTHED, fidelity=0, features=5, steps=60, validate_every=60, warmup=5)
    best = DefenseTrainer(config, lessons, [dull], [judge], tmp_path, Listener()).run()
    noisy, chosen = lessons.batch(SMOOTHED, 10_000)
    before, after = student_before(dull), student_before(dull, load_network(best))
    wanted = before.features(parse_defense(TINY.teacher)(lessons.clean(chosen)))[1]
    errors = [
        float(map_error(student.features(student.show(noisy))[1], wanted))
        for student in (before, after)
    ]
    assert errors[1] < 0.9 * errors[0]


def test_features_need_maps() -> None:
    dense = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    for model in (dense, lambda images: images):
        with pytest.raises(UsageError, match="'blind': take features 0"):
            student_before(Classifier("blind", model, (0, 1), "blind")).features(np.zeros((1, 4)))


def test_votes_are_counted_over_draws(classifier: Classifier) -> None:
    """Of images whose class no noise of this size can change, and of labels that are wrong."""
    images = np.stack([make_photo(SIDE, SIDE, seed) for seed in range(70, 76)]) / np.float32(255)
    student = student_before(classifier)
    answers = np.argmax(student(images.astype(np.float32)), -1)
    right = VoteJudge(ImageSet.of(images.astype(np.float32), answers), (1e-6,), batch=4)(student)
    wrong = ImageSet.of(images.astype(np.float32), (answers + 1) % CLASSES)
    assert (right.draw, right.vote, right.unanimous, right.mean) == (1, 1, 1, 1)
    assert VoteJudge(wrong, (1e-6,))(student).figures == {"draw": 0, "vote": 0, "unanimous": 0}


def test_a_network_may_be_judged_at_another_size(
    lessons: Lessons, classifier: Classifier, judge: Judge, tmp_path: Path
) -> None:
    config = replace(SMOOTHED, judged="sesr:M2:rgb,bicubic:28")
    trainer = DefenseTrainer(config, lessons, [classifier], [judge], tmp_path, Listener())
    images = np.zeros((1, SIDE, SIDE, 3), np.float32)
    assert trainer._judged["toy"].show(images).shape[1] == 28
    assert trainer._students[0].show(images).shape[1] == 24


def test_squared_errors_need_one_size(classifier: Classifier, tmp_path: Path) -> None:
    config = replace(SMOOTHED, teacher="bicubic:20")
    data = ImageSet.of(np.zeros((2, SIDE, SIDE, 3), np.float32), [0, 1])
    evaluation = Evaluation(classifier, Compose([]), data, tmp_path)
    crops = np.zeros((2, SIDE, SIDE, 3), np.uint8)
    with pytest.raises(UsageError, match="must be of one size; received 24 and 20"):
        prepare_trainer(config, crops, evaluation, tmp_path, Listener(), no_advance)


def test_a_killed_run_goes_on_as_if_nothing_had_happened(
    make: Make, whole: Path, tmp_path: Path
) -> None:
    with pytest.raises(Killed):
        make(tmp_path, TINY, 3)[0].run()
    trainer, _ = make(tmp_path)
    assert trainer.step == 2
    resumed = trainer.run()
    for a, b in zip(weights(whole), weights(resumed), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    with (tmp_path / "log.csv").open() as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["2", "4", "6"]


def test_a_checkpoint_of_another_run_is_refused(make: Make, whole: Path) -> None:
    with pytest.raises(TrainingError, match=r"another run, with adaptive_steps 2 \(now 1\)"):
        make(whole.parent, replace(TINY, adaptive_steps=1))


def test_other_photographs_are_another_run(
    classifier: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pieces to learn from and photographs to choose by; the settings are the same."""
    config = replace(SMOOTHED, steps=2, validate_every=2)

    def prepared(seed: int, gray: float) -> DefenseTrainer:
        data = ImageSet.of(np.full((2, SIDE, SIDE, 3), gray, np.float32), [0, 1])
        evaluation = Evaluation(classifier, Compose([]), data, tmp_path)
        crops = np.stack([make_photo(SIDE, SIDE, seed)])
        return prepare_trainer(config, crops, evaluation, tmp_path, Listener(), no_advance)

    prepared(0, 0.5).run()
    assert prepared(0, 0.5).step == 2
    with pytest.raises(TrainingError, match="other pieces of photographs"):
        prepared(1, 0.5)
    with pytest.raises(TrainingError, match="other photographs to choose by"):
        prepared(0, 0.6)
    monkeypatch.setattr("defense.training.prepare.start_digest", lambda config: "another")
    with pytest.raises(TrainingError, match="other weights to start from"):
        prepared(0, 0.5)


def test_a_vote_may_ask_twice(classifier: Classifier) -> None:
    network = trainable_network(TINY)
    once, twice = (
        Student(parse_defense(TINY.defense + views), network, classifier)
        for views in ("", ",views:mirror")
    )
    shown = once.show(np.stack([make_photo(SIDE, SIDE, 3)]) / np.float32(255))
    mean = (once.answer(shown) + once.answer(shown[:, :, ::-1])) / 2
    np.testing.assert_allclose(twice.answer(shown), mean, atol=1e-5)
    logits, maps = twice.features(shown)
    np.testing.assert_allclose(logits, mean, atol=1e-5)
    for one, alone in zip(maps, once.features(shown)[1], strict=True):
        np.testing.assert_allclose(one, alone, atol=1e-5)


def test_divergence_is_an_error(
    lessons: Lessons, classifier: Classifier, judge: Judge, tmp_path: Path
) -> None:
    broken = replace(classifier, model=lambda images: np.nan * classifier.model(images))
    config = replace(TINY, adaptive=0)
    trainer = DefenseTrainer(config, lessons, [broken], [judge], tmp_path, Listener())
    with pytest.raises(TrainingError, match="training diverged; lower the learning rate"):
        trainer.run()


def test_what_is_published_answers_as_what_was_trained(
    whole: Path, classifier: Classifier, tmp_path: Path
) -> None:
    network = load_network(whole)
    model = publish(network, ModelCard.describe("M2", 2, 3, "relu"), tmp_path, {})
    student = Student(parse_defense(TINY.defense), network, classifier)
    images = make_photo(SIDE, SIDE, 7)[np.newaxis] / np.float32(255)
    defended = DefendedClassifier(
        classifier.model, f"sesr:{model.keras},bicubic:24", input_range=(-1, 1)
    )
    np.testing.assert_allclose(student(images), defended(images), atol=1e-3)


def test_noise_is_made_on_the_bare_classifier_and_bounded(
    lessons: Lessons, classifier: Classifier
) -> None:
    config = replace(TINY, clean=0, gray=12, adaptive=0)
    images, chosen = lessons.batch(config, 3)
    assert chosen.max() < TINY.noisy
    clean = lessons.images[chosen] / np.float32(255)
    largest = np.abs(images - clean).max(axis=(1, 2, 3))
    assert (largest <= 8 / 255 + 1e-6).all()  # one chunk, so the first epsilon
    assert (largest > 7 / 255).all()
    bare = DefendedClassifier(classifier.model, Compose([]), input_range=(-1, 1))
    before, after = (tf.nn.log_softmax(bare(x)).numpy() for x in (clean, images))
    answers = before.argmax(axis=1)[:, np.newaxis]
    lost = np.take_along_axis(before - after, answers, axis=1)
    assert (lost > 0).all()


def test_the_batch_of_a_step_is_always_the_same(lessons: Lessons) -> None:
    for step in (0, 5):
        first, second = lessons.batch(TINY, step), lessons.batch(TINY, step)
        np.testing.assert_array_equal(first[0], second[0])
    assert not np.array_equal(lessons.batch(TINY, 0)[1], lessons.batch(TINY, 1)[1])
    images, chosen = lessons.batch(TINY, 0)
    quiet = [0, 3, 4]  # those not noisy: a clean one, and two to be attacked
    clean = lessons.images[chosen] / np.float32(255)
    np.testing.assert_allclose(images[quiet], clean[quiet], atol=1e-6)
    assert np.abs(images[1:3] - clean[1:3]).max() > 0.01


@pytest.mark.parametrize("steps", [1, 4])
def test_the_attack_climbs_within_its_bounds(steps: int) -> None:
    images = tf.random.stateless_uniform((3, 8, 8, 3), (0, 1))
    target = tf.random.stateless_uniform((3, 8, 8, 3), (0, 2))

    def loss(x: Any) -> Any:
        return tf.reduce_mean(tf.square(x - target), axis=(1, 2, 3))

    found = descend(loss, images, 0.1, steps, (7, 7))
    assert float(tf.reduce_max(tf.abs(found - images))) == pytest.approx(0.1, abs=1e-6)
    assert 0 <= float(tf.reduce_min(found)) <= float(tf.reduce_max(found)) <= 1
    assert (loss(found).numpy() > loss(images).numpy()).all()
    np.testing.assert_array_equal(found, descend(loss, images, 0.1, steps, (7, 7)))


def test_scores_are_those_of_a_report(classifier: Classifier, judge: Judge) -> None:
    """Of the start, an attack through the defense, and none."""
    scores = judge(student_before(classifier))
    assert 0 <= scores.adaptive <= scores.clean <= 1
    assert scores.mean == pytest.approx((scores.clean + scores.gray + scores.adaptive) / 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bicubic:24", "needs one SESR network, as in .* received 0"),
        ("sesr:M2:rgb,sesr:M2:rgb", "received 2"),
        ("noise:0.1,sesr:M2:rgb,bicubic:24", "take it out and give smoothed and sigmas"),
        ("sesr:M5:y,bicubic:24", "must be for RGB; .* write sesr:M5:rgb"),
    ],
)
def test_a_defense_that_cannot_be_trained_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        network_position(parse_defense(text))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 0}, "steps must be at least 1; received 0"),
        ({"clean": -1}, "clean must be 0 or more"),
        ({"clean": 0, "gray": 0, "adaptive": 0}, "are all 0"),
        ({"noisy": 13}, "noisy must be from 1 to crops = 12; received 13"),
        ({"adaptive_epsilon": 0}, "must be above 0"),
        ({"adaptive_from": -1.0}, "adaptive_from must be from 0 to adaptive_epsilon = 4"),
        ({"adaptive_from": 5.0}, "adaptive_epsilon = 4; received 5"),
        ({"precision": "float16"}, "precision must be one of"),
        ({"smoothed": -1}, "smoothed must be 0 or more"),
        ({"smoothed": 1, "sigmas": ()}, "sigmas is empty"),
        ({"sigmas": (0.1, 0.0)}, "sigma of noise must be above 0"),
        ({"fidelity": -1.0}, "fidelity must be 0 or more"),
        ({"features": float("inf")}, "features must be 0 or more"),
        ({"warmup": 9}, "warmup must be below steps = 6; received 9"),
    ],
)
def test_wrong_settings_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        replace(TINY, **change)
