"""The defended classifier, its rebuilding for other sizes, and the check of logits."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from defense import Compose, DefendedClassifier, parse_defense, without_softmax
from defense.batch import ImageBatch
from defense.classifiers import any_size, check_logits, fixed_size
from defense.presets import PRESETS
from sesr.errors import UsageError

layers = keras.layers


def small_classifier(size: int | None = 32, activation: str | None = None) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((size, size, 3)),
            layers.Conv2D(6, 3, strides=2, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(5, activation=activation),
        ],
        name="small",
    )


@pytest.fixture(name="images")
def _images() -> ImageBatch:
    return np.random.default_rng(0).random((3, 32, 32, 3), dtype=np.float32)


def test_is_the_classifier_of_the_transformed_images(images: ImageBatch) -> None:
    classifier = small_classifier(None)
    text = "jpeg:60,wavelet:0.03,bicubic:x2"
    defended = DefendedClassifier(classifier, text, input_range=(-1, 1))
    expected = classifier(parse_defense(text)(images) * 2 - 1)
    np.testing.assert_allclose(defended(images), expected, atol=1e-5)
    np.testing.assert_allclose(defended.predict(images, verbose=0), expected, atol=1e-5)
    np.testing.assert_allclose(tf.function(defended)(tf.constant(images)), expected, atol=1e-5)


def test_an_empty_defense_changes_nothing(images: ImageBatch) -> None:
    classifier = small_classifier(None)
    np.testing.assert_array_equal(
        DefendedClassifier(classifier, Compose([]))(images), classifier(images)
    )
    assert classifier.trainable_variables, "the classifier itself was frozen"


def test_two_views_give_the_mean_of_two_answers(images: ImageBatch) -> None:
    classifier = small_classifier(None)
    defended = DefendedClassifier(classifier, "views:mirror,bicubic:40")
    large = parse_defense("bicubic:40")(images)
    expected = (classifier(large) + classifier(large[:, :, ::-1])) / 2
    np.testing.assert_allclose(defended(images), expected, atol=1e-5)
    mirrored = np.ascontiguousarray(images[:, :, ::-1])
    np.testing.assert_allclose(defended(mirrored), expected, atol=1e-5)
    assert not np.allclose(classifier(large), classifier(large[:, :, ::-1]))


def test_gradients_pass_both_views(images: ImageBatch) -> None:
    classifier = small_classifier(None)
    defended = DefendedClassifier(classifier, "views:mirror")
    with tf.GradientTape() as tape:
        image = tf.constant(images)
        tape.watch(image)
        total = tf.reduce_sum(defended(image)[:, 0])
    with tf.GradientTape() as other:
        mirrored = tf.constant(images[:, :, ::-1])
        other.watch([image, mirrored])
        parts = tf.reduce_sum((classifier(image) + classifier(mirrored))[:, 0]) / 2
    whole = other.gradient(parts, [image, mirrored])
    expected = whole[0] + whole[1][:, :, ::-1]
    np.testing.assert_allclose(tape.gradient(total, image), expected, atol=1e-6)


def test_foolbox_takes_it_as_it_is(images: ImageBatch) -> None:
    import foolbox

    keras.utils.set_random_seed(0)
    defended = DefendedClassifier(small_classifier(), "jpeg:90,bicubic:24")
    model = foolbox.TensorFlowModel(defended, bounds=(0, 1), device="/CPU:0")
    labels = tf.argmax(defended(images), axis=1)
    attack = foolbox.attacks.LinfPGD(steps=3)
    _, clipped, _ = attack(model, tf.constant(images), labels, epsilons=[0.1])
    # What the attack raises is the cross-entropy; the label's own logit may rise with the others.
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits
    assert np.all(loss(labels, defended(clipped[0])) > loss(labels, defended(images)))


def test_a_defense_can_be_named() -> None:
    named = DefendedClassifier(small_classifier(), "strong")
    assert named.defense == PRESETS["strong"].transform
    with pytest.raises(UsageError, match="named defenses are default"):
        DefendedClassifier(small_classifier(), "storng")


def test_any_callable_will_do(images: ImageBatch) -> None:
    def classifier(x: Any) -> Any:
        return tf.reduce_mean(x, axis=(1, 2))

    defended = DefendedClassifier(classifier, "bicubic:64", input_range=(0, 255))
    expected = 255 * parse_defense("bicubic:64")(images).mean(axis=(1, 2))
    np.testing.assert_allclose(defended.predict(images, verbose=0), expected, rtol=1e-4)


def test_a_fixed_size_is_rebuilt_with_the_same_weights(images: ImageBatch) -> None:
    fixed, free = small_classifier(32), small_classifier(None)
    free.set_weights(fixed.get_weights())
    large = np.concatenate([images, images], axis=2)
    np.testing.assert_array_equal(any_size(fixed)(large), free(large))
    assert fixed_size(fixed) == (32, 32)
    assert fixed_size(free) is None
    assert DefendedClassifier(fixed, "bicubic:50")(images).shape == (3, 5)


@pytest.mark.parametrize("size", [64, 97])
@pytest.mark.parametrize("nested", [False, True])
def test_mobilenet_v2_becomes_the_one_of_that_size(size: int, nested: bool) -> None:
    def build(side: int) -> keras.Model:
        return keras.applications.MobileNetV2(
            (side, side, 3), alpha=0.35, weights=None, classes=7, classifier_activation=None
        )

    model, expected = build(224), build(size)
    expected.set_weights(model.get_weights())
    images = np.random.default_rng(0).random((1, size, size, 3), dtype=np.float32)
    if nested:
        model = keras.Sequential([keras.Input((224, 224, 3)), model])
    np.testing.assert_allclose(any_size(model)(images), expected(images), atol=1e-6)


def test_other_padding_stays(images: ImageBatch) -> None:
    """ResNet's padding is the same at every size; it does not follow the parity."""
    inputs = keras.Input((32, 32, 3))
    x = layers.ZeroPadding2D(1)(inputs)
    x = layers.Conv2D(4, 3, strides=2)(x)
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(x))
    assert any_size(model)(images[:, :31, :31]).shape == (3, 4)
    assert [layer.__class__.__name__ for layer in any_size(model).layers][1] == "ZeroPadding2D"


def test_flatten_is_explained_with_both_sizes(images: ImageBatch) -> None:
    model = keras.Sequential(
        [keras.Input((32, 32, 3)), layers.Flatten(), layers.Dense(5)], name="flat"
    )
    assert any_size(model) is None
    np.testing.assert_array_equal(DefendedClassifier(model, Compose([]))(images), model(images))
    defended = DefendedClassifier(model, "bicubic:50")
    with pytest.raises(UsageError, match=r"'flat' was built for 32x32.*50x50: .*bicubic:32x32"):
        defended(images)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_probabilities_are_refused_and_can_be_undone(activation: str, images: ImageBatch) -> None:
    model = small_classifier(activation=activation)
    with pytest.raises(UsageError, match=f"'small' must return logits; it ends in {activation}"):
        DefendedClassifier(model, Compose([]))
    logits = without_softmax(model)(images)
    again = keras.activations.get(activation)(logits)
    np.testing.assert_allclose(again, model(images), atol=1e-6)
    DefendedClassifier(without_softmax(model), Compose([]))


def test_a_nested_softmax_is_found() -> None:
    inner = small_classifier(activation="softmax")
    outer = keras.Sequential([keras.Input((32, 32, 3)), inner])
    with pytest.raises(UsageError, match="softmax"):
        DefendedClassifier(outer)
    layer = keras.Sequential([small_classifier(), layers.Softmax()])
    with pytest.raises(UsageError, match="softmax"):
        DefendedClassifier(layer)
    assert without_softmax(layer).layers[-1].activation.__name__ == "linear"


@pytest.mark.parametrize(
    ("logits", "message"),
    [
        (np.full((4, 5), 0.2), "rows add up to 1"),
        (np.full((4, 5), np.nan), "NaN"),
        (np.zeros((4,)), "two classes"),
        (np.zeros((4, 1)), "two classes"),
    ],
)
def test_what_is_no_logits_is_refused(logits: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_logits(logits, "mine")


def test_wrong_arguments_are_refused(images: ImageBatch) -> None:
    with pytest.raises(UsageError, match="low < high; received"):
        DefendedClassifier(small_classifier(), input_range=(1, 0))
    with pytest.raises(UsageError, match="another callable"):
        DefendedClassifier("mobilenet")
    two = keras.Input((8, 8, 3)), keras.Input((8, 8, 3))
    with pytest.raises(UsageError, match="one batch of RGB images"):
        DefendedClassifier(keras.Model(two, layers.Add()(two)))
    with pytest.raises(UsageError, match="known size"):
        DefendedClassifier(small_classifier(), Compose([]))(images[0])
