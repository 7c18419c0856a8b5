"""Votes over draws of noise, and what they prove."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from defense import Compose, DefendedClassifier, RandomResize, Smoothed
from defense.batch import ImageBatch
from defense.smoothing import ABSTAINS, QuickAnswer, Tally, litert_answer, split_noise
from defense.smoothing.binomial import even_odds, lower_bound
from sesr.errors import UsageError

SIDE, SIGMA = 8, 0.05


def gray_images(*values: float) -> ImageBatch:
    images = [np.full((SIDE, SIDE, 3), value, np.float32) for value in values]
    return np.stack(images)


class Threshold(keras.Model):
    """Class 1 where one pixel is bright: the vote's share and its radius are known exactly."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        value = inputs[:, 0, 0, :1]
        return 40 * tf.concat([0.5 - value, value - 0.5, 0 * value - 9], axis=-1)


def threshold(draws: int = 50, seed: int | None = 0, **options: Any) -> Smoothed:
    return Smoothed(DefendedClassifier(Threshold(), "none"), SIGMA, draws, seed, **options)


def test_lower_bound_is_clopper_and_pearsons() -> None:
    # Of all hits the bound is level ** (1 / count); else the binomial tail at it is the level.
    assert lower_bound(100, 100, 0.001) == pytest.approx(0.001 ** (1 / 100))
    from scipy.stats import binom

    bound = lower_bound(93, 120, 0.01)
    assert binom.sf(92, 120, bound) == pytest.approx(0.01)


def test_the_radius_is_the_distance_to_the_border() -> None:
    """Of a half space, where Cohen's bound is tight: never more, and nearly as much."""
    distances = np.array([0.02, 0.05, 0.1])
    found = threshold().certify(gray_images(*(0.5 + distances)), n=4_000)
    assert (found.answers == 1).all()
    assert (found.radii <= distances).all()
    assert (found.radii >= distances - 0.01).all()


def test_what_is_too_close_is_not_proven() -> None:
    found = threshold().certify(gray_images(0.5), n=100)
    assert found.radii[0] == -1
    assert found.answers[0] == ABSTAINS
    assert found.abstained == 1
    assert threshold().predict(gray_images(0.5, 0.9)).tolist() == [ABSTAINS, 1]
    assert threshold().vote(gray_images(0.3, 0.9)).tolist() == [0, 1]


def test_certified_accuracy_counts_the_true_class_only() -> None:
    images = gray_images(0.6, 0.6, 0.4, 0.5)
    found = threshold().certify(images, labels=[1, 0, 0, 1], n=200)
    assert found.right.tolist()[:3] == [True, False, True]
    assert found.tallies[1].draws == 0  # wrong already: not bounded
    assert found.accuracy(0) == pytest.approx(0.5)
    assert found.accuracy(0.05) == pytest.approx(0.5)
    assert found.accuracy(0.2) == 0
    assert found.curve([0, 0.2]) == [found.accuracy(0), 0]


def test_seeded_draws_repeat_and_others_do_not() -> None:
    images = gray_images(0.51)

    def hits(seed: int | None) -> int:
        return threshold(seed=seed).certify(images, n=500).tallies[0].hits

    assert hits(3) == hits(3)
    assert len({hits(None) for _ in range(6)}) > 1


def test_every_call_of_a_seeded_vote_draws_anew() -> None:
    one, other = threshold(seed=5), threshold(seed=5)
    first, second = one._votes(gray_images(0.51)), one._votes(gray_images(0.51))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, other._votes(gray_images(0.51)))


@pytest.mark.parametrize("certifies", [True, False])
def test_every_image_of_a_seed_has_noise_of_its_own(certifies: bool) -> None:
    """So that errors are independent; and the same noise whatever images stand beside it."""

    def noises(*values: float) -> list[ImageBatch]:
        """That was added to each of some gray images, 20 draws of each."""
        seen: list[ImageBatch] = []

        def noted(batch: ImageBatch) -> Any:
            seen.append(batch)
            return Threshold()(batch)

        smoothed = threshold(draws=20, seed=3, batch=100)
        smoothed._answer = noted
        images = gray_images(*values)
        smoothed.certify(images, n0=20, n=10) if certifies else smoothed.vote(images)
        draws = [batch for batch in seen if len(batch) == 20]
        return [batch - image for batch, image in zip(draws, images, strict=True)]

    one, other = noises(0.4, 0.6)
    np.testing.assert_array_equal(one, *noises(0.4))
    np.testing.assert_array_equal(other, *noises(0.6))
    assert not np.allclose(one, other, atol=0.01)


def test_the_batch_of_draws_does_not_matter() -> None:
    small, large = (threshold(batch=b).certify(gray_images(0.58), n=500) for b in (7, 500))
    assert small.tallies[0].draws == large.tallies[0].draws == 500
    assert small.tallies[0].hits == large.tallies[0].hits


def test_a_stopped_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = gray_images(0.4, 0.6, 0.7)
    options: dict[str, Any] = {"n": 100, "folder": tmp_path, "fingerprint": "toy"}

    def killed(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        threshold().certify(images, progress=killed, **options)
    assert len(list(tmp_path.iterdir())) == 2
    asked = []

    def answer(batch: ImageBatch) -> Any:
        asked.append(len(batch))
        return Threshold()(batch)

    resumed = threshold().certify(images, answer=answer, **options)
    assert sum(asked) == 200  # n0 and n of the last image only
    whole = threshold().certify(images, n=100)
    np.testing.assert_array_equal(resumed.radii, whole.radii)
    # Other numbers, and another classifier, are other results.
    threshold().certify(images, **{**options, "n": 50})
    threshold().certify(images, **{**options, "fingerprint": "other"})
    assert len(list(tmp_path.iterdir())) == 9
    next(tmp_path.iterdir()).write_text("damaged")
    np.testing.assert_array_equal(threshold().certify(images, **options).radii, whole.radii)


def test_it_is_a_model_with_gradients() -> None:
    smoothed = threshold(draws=4, seed=None)
    images = tf.constant(gray_images(0.49, 0.52))
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = smoothed(images)
        loss = tf.reduce_sum(logits[:, 1])
    gradient = tape.gradient(loss, images).numpy()
    np.testing.assert_allclose(tf.reduce_sum(tf.exp(logits), axis=1), 1, atol=1e-4)
    assert (gradient[:, 0, 0, 0] > 0).all()
    assert not np.array_equal(smoothed(images), smoothed(images))


def test_text_begins_with_the_noise() -> None:
    assert split_noise("noise:0.1")[1] == Compose([])
    model = keras.Sequential(
        [keras.Input((None, None, 3)), keras.layers.GlobalAveragePooling2D()], name="mean"
    )
    smoothed = Smoothed.from_text(model, "noise:0.05,bicubic:4", draws=12, seed=0)
    assert smoothed.sigma == 0.05
    assert str(smoothed.defended.defense) == "bicubic:4"
    colors = np.float32([[0.9, 0.1, 0.1], [0.1, 0.2, 0.8]])
    images = np.broadcast_to(colors[:, None, None], (2, SIDE, SIDE, 3)).astype(np.float32)
    assert smoothed.predict(images).tolist() == [0, 2]


@pytest.mark.parametrize("views", ["", ",views:mirror"])
def test_litert_gives_the_same_logits(views: str) -> None:
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((None, None, 3)),
            layers.Conv2D(6, 3, strides=2, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(5),
        ]
    )
    images = np.random.default_rng(0).random((5, 30, 26, 3), dtype=np.float32)
    text = f"bicubic:20,sesr:M2:rgb,bicubic:28{views}"
    defended = DefendedClassifier(model, text, input_range=(-1, 1))
    answer = litert_answer(defended, (30, 26))
    assert answer is not None
    votes = []
    for by in (None, QuickAnswer(defended)):
        smoothed = Smoothed(defended, 0.3, draws=50, seed=1)
        if by:
            smoothed.answer_by(by)
        votes.append(smoothed.shares(images))
    np.testing.assert_array_equal(*votes)
    assert (votes[0].max(axis=1) < 1).any()
    np.testing.assert_allclose(answer(images), defended(images), atol=1e-3)
    assert litert_answer(DefendedClassifier(model, "jpeg:75"), (30, 26)) is None


def test_what_litert_has_no_operation_for_is_asked_of_tensorflow(
    capfd: pytest.CaptureFixture[str],
) -> None:
    keras.utils.set_random_seed(0)
    layers = keras.layers
    shrink = layers.Resizing(8, 8, interpolation="bicubic")
    shape = [keras.Input((12, 12, 3)), shrink, layers.Flatten(), layers.Dense(3)]
    defended = DefendedClassifier(keras.Sequential(shape), "none")
    assert litert_answer(defended, (12, 12)) is None
    images = np.random.default_rng(0).random((2, 12, 12, 3), dtype=np.float32)
    np.testing.assert_allclose(QuickAnswer(defended)(images), defended(images), atol=1e-6)
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("sigma", [0, -0.1, 1.5, float("nan"), "a lot"])
def test_a_sigma_that_is_none_is_refused(sigma: Any) -> None:
    with pytest.raises(UsageError, match="sigma of noise must be above 0 and at most 1"):
        Smoothed(DefendedClassifier(Threshold(), "none"), sigma)


@pytest.mark.parametrize("draws", [1, 0, -5, 2.5])
def test_one_draw_is_no_vote(draws: Any) -> None:
    with pytest.raises(UsageError, match=r"draws of Smoothed .* 2 or more .*one draw is no vote"):
        threshold(draws=draws)


@pytest.mark.parametrize("level", [0, 0.5, 1, -0.1, float("nan"), "low"])
def test_a_level_outside_its_range_is_refused_before_any_work(level: Any) -> None:
    smoothed = threshold()
    for ask in (smoothed.predict, smoothed.certify):
        with pytest.raises(UsageError, match=r"level must be above 0 and below 0.5"):
            ask("no images at all", level=level)


def test_draws_that_can_decide_nothing_are_refused() -> None:
    with pytest.raises(UsageError, match=r"5 draws never reach the level 0.001.* take 11 or more"):
        threshold(draws=5).predict(gray_images(0.9))
    assert even_odds(11, 0) <= 0.001 < even_odds(10, 0)


@pytest.mark.parametrize("defense", ["noise:0.1,bicubic:8", "random:8+10"])
def test_a_defense_that_draws_itself_is_refused(defense: str) -> None:
    with pytest.raises(UsageError, match="adds the only noise there may be; the defense has"):
        Smoothed(DefendedClassifier(Threshold(), defense), 0.1)
    nested = Compose([Compose([RandomResize((8, 10))])])
    with pytest.raises(UsageError, match="the defense has random:8"):
        Smoothed(DefendedClassifier(Threshold(), nested), 0.1)


class Dice(Threshold):
    """A classifier that draws something itself."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        return super().call(inputs) + tf.random.normal((1, 3))


def test_a_random_classifier_is_refused() -> None:
    smoothed = Smoothed(DefendedClassifier(Dice(), "none"), 0.1)
    for ask in (smoothed.vote, smoothed.predict, smoothed.certify):
        with pytest.raises(UsageError, match="answers the same image differently each time"):
            ask(gray_images(0.4))


def test_images_of_several_sizes_are_refused() -> None:
    images = [np.zeros((8, 8, 3), np.float32), np.zeros((9, 8, 3), np.float32)]
    for ask in (threshold().vote, threshold().certify):
        with pytest.raises(UsageError, match=r"images of one size; received \(8, 8, 3\), \(9, 8"):
            ask(images)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n0": 0}, "n0 of Smoothed must be a whole number of 1 or more"),
        ({"n": 9}, "n of Smoothed must be a whole number of 10 or more"),
        ({"labels": [1]}, "2 images need as many labels; received 1"),
        ({"folder": Path("here")}, "needs a fingerprint"),
    ],
)
def test_wrong_settings_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        threshold().certify(gray_images(0.4, 0.6), **options)


@pytest.mark.parametrize("text", ["none", "bicubic:8", "bicubic:8,noise:0.1"])
def test_text_without_noise_in_front_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"begins with noise, as in noise:0.12"):
        Smoothed.from_text(Threshold(), text)


def test_a_tally_without_fresh_draws_proves_nothing() -> None:
    assert Tally(1, 0, 0).radius(0.1, 0.001) == -1
