"""Attacks on classifiers whose exact answer is known."""

from __future__ import annotations

from typing import Any

import eagerpy as ep
import foolbox
import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from defense import DefendedClassifier
from defense.attacks import (
    APGD,
    ATTACKS,
    DI2FGSM,
    ExpectationOverTransformation,
    Norm,
    Square,
    foolbox_model,
    parse_attack,
    run_attack,
)
from defense.attacks.apgd import checkpoints_of, dlr
from defense.attacks.diverse_input import shrink_and_pad
from defense.attacks.square import margin
from defense.attacks.squares import _peak
from sesr.errors import UsageError

Array = npt.NDArray[Any]
COUNT, SIDE, CLASSES = 60, 8, 5
EPSILON = 0.004


class Linear:
    """A linear classifier: how much it can be changed within a box is known exactly."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.weights = rng.normal(size=(SIDE * SIDE * 3, CLASSES)).astype(np.float32) * 4
        # Without this the mean colour alone would decide.
        self.weights -= self.weights.mean(axis=0)
        self.images = rng.uniform(0.3, 0.7, (COUNT, SIDE, SIDE, 3)).astype(np.float32)
        self.labels = self.logits(self.images).argmax(axis=1)
        self.model = foolbox_model(self)

    def __call__(self, images: Any) -> Any:
        return tf.matmul(tf.reshape(images, (-1, SIDE * SIDE * 3)), self.weights)

    def logits(self, images: Array) -> Array:
        return np.asarray(self(images))

    def right(self, images: Array) -> Array:
        return self.logits(images).argmax(axis=1) == self.labels

    def survives(self, epsilon: float, norm: Norm = "linf") -> Array:
        """Whether no image in reach is of another class; it meets no bound of [0, 1]."""
        logits = self.logits(self.images)
        own = np.take_along_axis(logits, self.labels[:, np.newaxis], axis=1)
        slope = self.weights[:, np.newaxis, :] - self.weights[:, self.labels, np.newaxis]
        order = 1 if norm == "linf" else 2  # the dual of the norm
        lead = own - logits - epsilon * np.linalg.norm(slope, order, axis=0)
        lead[np.arange(COUNT), self.labels] = np.inf
        return np.asarray(lead.min(axis=1) > 0)


@pytest.fixture(scope="module", name="linear")
def _linear() -> Linear:
    return Linear()


GRADIENT = [name for name, kind in ATTACKS.items() if kind.gradients and "linf" in kind.norms]


@pytest.mark.parametrize("name", GRADIENT)
def test_finds_every_image_that_can_be_fooled(name: str, linear: Linear) -> None:
    """Up to two, because the largest loss need not lie towards the nearest class."""
    survivors = linear.survives(EPSILON)
    assert 0.2 < survivors.mean() < 0.8
    found = run_attack(linear.model, parse_attack(name), linear.images, linear.labels, EPSILON)
    assert np.abs(found - linear.images).max() <= EPSILON + 1e-6
    right = linear.right(found)
    assert np.all(right[survivors])
    # Momentum from where another class was nearest leads some images astray.
    assert right.sum() <= survivors.sum() + (15 if name == "mdi2fgsm" else 2)


def test_apgd_reaches_the_corner_of_the_box(linear: Linear) -> None:
    """Of a margin between two classes, which is linear, the optimum is the sign of its slope."""
    pair = linear.weights[:, :2]

    def two(images: Any) -> Any:
        return tf.matmul(tf.reshape(images, (-1, len(pair))), pair)

    labels = np.asarray(two(linear.images)).argmax(axis=1)
    found = run_attack(foolbox_model(two), parse_attack("apgd"), linear.images, labels, EPSILON)
    slope = (
        np.where(labels, pair[:, :1] - pair[:, 1:], 0).T
        + np.where(labels, 0, pair[:, 1:] - pair[:, :1]).T
    )
    corner = linear.images + EPSILON * np.sign(slope).reshape(linear.images.shape)
    # Weights near zero change the loss by less than its rounding.
    assert np.mean(np.abs(found - corner) < 1e-4) > 0.999


@pytest.mark.parametrize("name", ["pgd:40", "apgd", "apgd-dlr"])
def test_finds_every_image_that_can_be_fooled_within_a_ball(name: str, linear: Linear) -> None:
    epsilon = 0.05
    survivors = linear.survives(epsilon, "l2")
    assert 0.2 < survivors.mean() < 0.8
    spec = parse_attack(name, norm="l2")
    found = run_attack(linear.model, spec, linear.images, linear.labels, epsilon)
    lengths = np.sqrt(np.square(found - linear.images).sum(axis=(1, 2, 3)))
    assert lengths.max() <= epsilon * (1 + 1e-4)
    right = linear.right(found)
    assert np.all(right[survivors])
    assert right.sum() <= survivors.sum() + 2


def test_square_comes_near_without_gradients(linear: Linear) -> None:
    survivors = linear.survives(EPSILON)
    found = run_attack(
        linear.model, parse_attack("square:1000"), linear.images, linear.labels, EPSILON
    )
    assert np.abs(found - linear.images).max() <= EPSILON + 1e-6
    right = linear.right(found)
    assert np.all(right[survivors])
    assert right.sum() <= survivors.sum() + 4


def test_square_comes_nearer_within_a_ball(linear: Linear) -> None:
    epsilon = 0.05
    survivors = linear.survives(epsilon, "l2")

    def left(queries: int) -> int:
        spec = parse_attack(f"square:{queries}", norm="l2")
        found = run_attack(linear.model, spec, linear.images, linear.labels, epsilon)
        lengths = np.sqrt(np.square(found - linear.images).sum(axis=(1, 2, 3)))
        assert lengths.max() <= epsilon * (1 + 1e-4)
        assert lengths.max() >= epsilon * 0.99
        right = linear.right(found)
        assert np.all(right[survivors])
        return int(right.sum())

    assert left(300) <= left(1) - 12


@pytest.mark.parametrize(("height", "width"), [(1, 5), (4, 9), (9, 4), (2, 2)])
def test_the_peak_is_summed_up_ring_by_ring(height: int, width: int) -> None:
    """As in the authors' code: boxes that grow by one pixel, each adding less."""
    top, left = height // 2, width // 2
    expected = np.zeros((height, width))
    for ring in range(max(height, width) // 2 + 1):
        rows, columns = slice(max(top - ring, 0), top + ring + 1), slice(max(left - ring, 0), None)
        expected[rows, columns][:, : min(left, ring) + ring + 1] += 1 / (ring + 1) ** 2
    expected /= np.linalg.norm(expected)
    np.testing.assert_allclose(_peak(height, width), expected, rtol=1e-6)


def test_noise_is_not_an_attack(linear: Linear) -> None:
    found = run_attack(linear.model, parse_attack("noise"), linear.images, linear.labels, EPSILON)
    assert linear.right(found).mean() > linear.survives(EPSILON).mean() + 0.2


def test_carlini_wagner_is_bounded_in_l2(linear: Linear) -> None:
    spec = parse_attack("cw:40", norm="l2")
    found = run_attack(linear.model, spec, linear.images[:8], linear.labels[:8], 0.3)
    lengths = np.sqrt(np.square(found - linear.images[:8]).sum(axis=(1, 2, 3)))
    assert lengths.max() <= 0.3 + 1e-5


@pytest.mark.parametrize("name", ["apgd", "di2fgsm", "pgd", "square"])
def test_equal_seeds_give_equal_images(name: str, linear: Linear) -> None:
    def attack(seed: int) -> Array:
        spec = parse_attack(f"{name}:5")
        return run_attack(linear.model, spec, linear.images, linear.labels, EPSILON, seed)

    np.testing.assert_array_equal(attack(1), attack(1))


def test_square_searches_by_the_seed_of_the_run(linear: Linear) -> None:
    def attack(seed: int) -> Array:
        spec = parse_attack("square:5")
        return run_attack(linear.model, spec, linear.images, linear.labels, EPSILON, seed)

    np.testing.assert_array_equal(attack(1), attack(1))
    assert not np.array_equal(attack(1), attack(2))


def test_restarts_of_square_search_elsewhere(linear: Linear) -> None:
    """A search of one query is one draw of stripes; of ten draws some fool where one does not."""
    draws = []

    def noted(images: Any) -> Any:
        draws.append(np.asarray(images))
        return linear(images)

    # Not compiled, so that the function sees the images of every query.
    model = foolbox.TensorFlowModel(noted, bounds=(0, 1), device="/CPU:0")
    spec = parse_attack("square:1", restarts=3)
    run_attack(model, spec, linear.images, linear.labels, EPSILON)
    stripes = {draw.tobytes() for draw in draws if not np.array_equal(draw, linear.images)}
    assert len(stripes) >= 3


def test_square_does_not_end_at_a_lucky_answer(linear: Linear) -> None:
    """Of a vote whose noise turns its first answer to every image."""
    calls = []

    def wavers(images: Any) -> Any:
        calls.append(len(images))
        return -linear(images) if len(calls) == 1 else linear(images)

    spec = parse_attack("square:200")
    model = foolbox.TensorFlowModel(wavers, bounds=(0, 1), device="/CPU:0")
    found = run_attack(model, spec, linear.images, linear.labels, EPSILON)
    steady = run_attack(linear.model, spec, linear.images, linear.labels, EPSILON)
    assert linear.right(found).sum() <= linear.right(steady).sum() + 2


def test_labels_of_any_integer_type_will_do(linear: Linear) -> None:
    for kind in (np.int32, np.uint8, np.int64):
        labels = linear.labels.astype(kind)
        run_attack(linear.model, parse_attack("fgsm"), linear.images, labels, EPSILON)


def test_restarts_keep_the_best(linear: Linear) -> None:
    spec = parse_attack("pgd:2", restarts=3)
    once = run_attack(linear.model, parse_attack("pgd:2"), linear.images, linear.labels, EPSILON)
    found = run_attack(linear.model, spec, linear.images, linear.labels, EPSILON)
    assert linear.right(found).sum() <= linear.right(once).sum() + 1
    assert spec.label == "PGD-2 x3"


def test_checkpoints_are_those_of_the_reference() -> None:
    """Croce and Hein's rule, written out for 100 steps."""
    assert list(checkpoints_of(100))[:5] == [22, 41, 57, 70, 80]
    assert list(checkpoints_of(1)) == [1]


def test_dlr_does_not_change_with_scale_and_shift() -> None:
    logits = np.random.default_rng(0).normal(size=(6, 7)).astype(np.float32)
    labels = ep.astensor(tf.constant([0, 1, 2, 3, 4, 5]))

    def value(array: Array) -> Array:
        return np.asarray(dlr(ep.astensor(tf.constant(array)), labels).numpy())

    np.testing.assert_allclose(value(3 * logits + 5), value(logits), rtol=1e-4)
    ordered = np.sort(logits, axis=1)
    expected = -margin(logits, np.arange(6)) / (ordered[:, -1] - ordered[:, -3])
    np.testing.assert_allclose(value(logits), expected, rtol=1e-4)


@pytest.mark.parametrize("place", [0.0, 0.5, 0.99])
def test_diverse_images_are_small_ones_between_zeros(place: float) -> None:
    matrix = shrink_and_pad(20, 13, place)
    rows = matrix.sum(axis=1)
    np.testing.assert_allclose(np.sort(rows), [0] * 7 + [1] * 13, atol=1e-6)
    assert np.all(np.diff(np.flatnonzero(rows)) == 1)
    np.testing.assert_array_equal(shrink_and_pad(9, 9, place), np.eye(9))


def test_a_defended_classifier_is_attacked_through_its_defense() -> None:
    """Downscaling hides a fine pattern from a gray-box attacker, not from one who knows."""
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(3, 4)).astype(np.float32)
    images = rng.uniform(0.2, 0.8, (20, 16, 16, 3)).astype(np.float32)

    def mean_color(x: Any) -> Any:
        return 20 * tf.matmul(tf.reduce_mean(x, axis=(1, 2)), weights)

    defended = DefendedClassifier(mean_color, "jpeg:90,bicubic:8")
    labels = np.asarray(defended(images)).argmax(axis=1)
    found = run_attack(foolbox_model(defended), parse_attack("pgd"), images, labels, 0.1)
    left = np.asarray(defended(found)).argmax(axis=1) == labels
    bare = foolbox_model(mean_color)
    on_bare = run_attack(bare, parse_attack("pgd"), images, labels, 0.1)
    exact = np.asarray(mean_color(on_bare)).argmax(axis=1) == labels
    assert left.sum() <= exact.sum() + 2


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("pdg", {}, "unknown attack 'pdg': did you mean pgd?"),
        ("zzzz", {}, "the attacks are fgsm, bim"),
        ("pgd:many", {}, "'pgd:many' needs a number of steps"),
        ("pgd:0", {}, "needs a number of steps"),
        ("cw", {}, "'cw' has no norm 'linf': it has l2"),
        ("pgd", {"restarts": 0}, "restarts and eot must be 1 or more"),
    ],
)
def test_wrong_text_is_explained(text: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        parse_attack(text, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: APGD(0),
        lambda: APGD(loss="mse"),
        lambda: APGD(norm="l1"),
        lambda: DI2FGSM(probability=2),
        lambda: Square(queries=0),
        lambda: Square(norm="l1"),
        lambda: ExpectationOverTransformation(APGD(), 0),
    ],
)
def test_wrong_settings_are_refused(make: Any) -> None:
    with pytest.raises(UsageError, match="received"):
        make()


def test_wrong_calls_are_refused(linear: Linear) -> None:
    spec = parse_attack("apgd-dlr")
    with pytest.raises(UsageError, match="one for each image"):
        run_attack(linear.model, spec, linear.images, linear.labels[:3], EPSILON)
    with pytest.raises(UsageError, match="whole numbers"):
        run_attack(linear.model, spec, linear.images, linear.labels * 0.5, EPSILON)
    with pytest.raises(UsageError, match="epsilon"):
        run_attack(linear.model, spec, linear.images, linear.labels, 0)
    three = foolbox_model(lambda x: tf.reduce_mean(x, axis=(1, 2)))
    with pytest.raises(UsageError, match="four classes"):
        run_attack(three, spec, linear.images, linear.labels % 3, EPSILON)
