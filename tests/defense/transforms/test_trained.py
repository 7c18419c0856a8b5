"""The networks that come with the defense, and how they were trained."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from defense.training.recipes import DEFENSE_RECIPES, find_defense_recipe
from defense.transforms.super_resolve import SuperResolve
from defense.transforms.trained import find_trained, trained_models
from photos import make_photo
from sesr.catalog.card import ModelCard, file_sha256
from sesr.catalog.shipped import TrainedModel, shipped_models
from sesr.engine.litert import LiteRTNetwork
from sesr.errors import UsageError

MODELS = trained_models()
CAME_LATER = {"features": 0.0, "fresh": ""}
"""Settings that older networks had not, and what stands for that."""

each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.stem.name)


def test_there_is_a_network_for_every_recipe() -> None:
    assert {model.stem.name for model in MODELS} == set(DEFENSE_RECIPES)


@each_model
def test_files_have_the_hashes_of_the_card(model: TrainedModel) -> None:
    for path in (model.keras, model.litert):
        assert file_sha256(path) == model.card.sha256[path.suffix]


@each_model
def test_it_is_as_large_as_the_network_that_it_comes_from(model: TrainedModel) -> None:
    card = model.card
    fresh = ModelCard.describe(card.variant, card.scale, card.channels, card.activation)
    assert (card.parameters, card.macs_720p) == (fresh.parameters, fresh.macs_720p)


@each_model
def test_both_files_are_one_network(model: TrainedModel) -> None:
    keras = pytest.importorskip("keras")
    from sesr.network.load import load_network

    image = make_photo(42, 58).astype(np.float32) / 255
    output = load_network(model.keras)(image[np.newaxis])
    runs = LiteRTNetwork(model.litert)(image)
    np.testing.assert_allclose(runs, keras.ops.convert_to_numpy(output)[0], atol=1e-5)


@each_model
def test_the_card_holds_the_settings_of_the_recipe(model: TrainedModel) -> None:
    noted = model.card.training
    settings = asdict(find_defense_recipe(model.stem.name))
    # Fingerprints of a run's checkpoints; the card has names.
    del settings["classifiers"]
    for name, value in settings.items():
        written = noted.get(name, CAME_LATER[name]) if name in CAME_LATER else noted[name]
        assert written == (list(value) if isinstance(value, tuple) else value), name
    assert {"data", "exclude", "images", "classifier", "chosen_on", "started_from"} <= set(noted)


@pytest.mark.parametrize("name", DEFENSE_RECIPES)
def test_recipes_tell_command_time_and_figures(name: str) -> None:
    text = DEFENSE_RECIPES[name].__doc__ or ""
    assert f"--recipe {name}`" in text
    assert "Time: " in text
    assert "Expect " in text


def test_a_name_means_the_network_of_the_defense_only_there() -> None:
    model = MODELS[0]
    stage = SuperResolve(model.stem.name.upper())
    assert (stage.trained.stem, stage.channels) == (model.stem, 3)
    assert find_trained("M2") is None
    assert model.stem not in [shipped.stem for shipped in shipped_models()]


def test_an_unknown_recipe_gets_a_hint() -> None:
    with pytest.raises(UsageError, match=f"did you mean {next(iter(DEFENSE_RECIPES))}"):
        find_defense_recipe(next(iter(DEFENSE_RECIPES)) + "x")
