"""Classifiers by name and from files: one table, one loader, one set of errors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from defense.classifiers import (
    check_name,
    find_application,
    load_classifier,
    signed_applications,
)
from defense.classifiers.applications import APPLICATIONS, ShippedClassifier
from defense.export.classifier import build_classifier, check_classifier
from sesr.classifiers import CLASSIFIERS
from sesr.errors import ModelError, UsageError

Attempt = Callable[[str, Path], Any]
NAME = "mobilenet_v1_075"


@pytest.fixture(scope="module", name="weights")
def _weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("weights") / "v1.weights.h5"
    keras.utils.set_random_seed(0)
    find_application(NAME).build(None).save_weights(path)
    return path


def test_both_loaders_give_the_same_network(weights: Path) -> None:
    loaded, exported = load_classifier(NAME, weights), build_classifier(NAME, 224, str(weights))
    assert loaded.input_range == (-1, 1)
    for ours, theirs in zip(loaded.model.get_weights(), exported.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert exported.input_shape == (1, 224, 224, 3)


def test_another_range_of_a_file_has_results_of_its_own(tmp_path: Path) -> None:
    """A range that was corrected must not find what was made with the wrong one."""
    path = tmp_path / "net.keras"
    layers = [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(3)]
    keras.Sequential(layers).save(path)
    ranges = (None, (0.0, 1.0), (-1.0, 1.0), (0.0, 255.0))
    prints = [load_classifier(str(path), input_range=one).fingerprint for one in ranges]
    assert prints[0] == prints[1]
    assert len(set(prints)) == 3


def test_arguments_make_another_network(weights: Path) -> None:
    short = load_classifier(NAME, weights).model
    long = load_classifier("mobilenet:alpha=0.75", weights).model
    for ours, theirs in zip(short.get_weights(), long.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    alike = find_application("mobilenet_v3_large:minimalistic=true,include_preprocessing=false")
    assert alike == find_application("mobilenet_v3_minimalistic")
    assert alike.input_range == (-1, 1)
    assert find_application("mobilenet_v3_large").input_range == (0, 255)


def test_names_are_sorted_and_exist() -> None:
    assert list(APPLICATIONS) == sorted(APPLICATIONS)
    for application in APPLICATIONS.values():
        if isinstance(application, ShippedClassifier):
            assert application.builder in CLASSIFIERS
            continue
        assert hasattr(keras.applications, application.builder)
        assert hasattr(getattr(keras.applications, application.module), "preprocess_input")
    assert {"mobilenet_v2", NAME, "mobilenet_v3_minimalistic"} <= set(signed_applications())
    assert not {"mobilenet_v3_large", "resnet50"} & set(signed_applications())


LOADERS: list[Attempt] = [
    lambda name, weights: load_classifier(name, weights),
    lambda name, weights: build_classifier(name, 32, str(weights)),
    lambda name, weights: check_classifier(name, str(weights)),
]


@pytest.mark.parametrize("load", LOADERS)
def test_all_refuse_with_the_same_words(load: Attempt, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown classifier 'mobilnet_v2': did you mean mobile"):
        load("mobilnet_v2", tmp_path)
    with pytest.raises(ModelError, match=r"nowhere.h5: no such weights file; give one"):
        load("mobilenet_v2", tmp_path / "nowhere.h5")


@pytest.mark.parametrize("load", LOADERS[:2])
def test_weights_of_another_network_are_refused(load: Attempt, weights: Path) -> None:
    with pytest.raises(ModelError, match="weights of MobileNetV2 cannot be loaded"):
        load("mobilenet_v2", weights)


def test_wrong_arguments_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="wrong argument"):
        find_application("mobilenet:depth=3").build(None)
    with pytest.raises(UsageError, match="'alpha' of a classifier must be name=value"):
        find_application("mobilenet:alpha")
    with pytest.raises(UsageError, match="unknown classifier 'mobilenet_v2:alpha=1'"):
        check_name("mobilenet_v2:alpha=1", signed_applications())
    with pytest.raises(UsageError, match="has an input range of its own"):
        load_classifier("mobilenet_v2", input_range=(0, 1))
    with pytest.raises(ModelError, match="no such model file"):
        load_classifier(str(tmp_path / "none.keras"))


def test_classifier_of_the_package() -> None:
    """Its weights come with it, and it takes the size of image that an export asks for."""
    found = load_classifier("ran_e_small")
    assert (found.input_range, found.model.output_shape) == ((-1, 1), (None, 10))
    image = np.random.default_rng(0).uniform(-1, 1, (1, 32, 32, 3)).astype(np.float32)
    application = find_application("ran_e_small")
    np.testing.assert_array_equal(application.build("imagenet", 32)(image), found.model(image))
    assert application.build("imagenet", 64).input_shape == (None, 64, 64, 3)


def test_classifier_of_the_package_takes_no_weights(tmp_path: Path) -> None:
    path = tmp_path / "other.weights.h5"
    path.write_bytes(b"")
    with pytest.raises(UsageError, match="ran_e_small has its weights with it"):
        load_classifier("ran_e_small", path)
