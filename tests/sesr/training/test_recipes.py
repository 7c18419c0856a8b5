"""Recipes are what the cards of the shipped networks say."""

from dataclasses import asdict

import pytest

pytest.importorskip("keras")

from sesr.catalog.networks import NETWORKS
from sesr.catalog.shipped import MODELS_FOLDER, TRAINED_FORMS, TrainedModel
from sesr.errors import UsageError
from sesr.training.recipes import RECIPES, find_recipe

SHIPPED = {
    path.stem: TrainedModel.open(path).card
    for folder in ("", *TRAINED_FORMS)
    for path in (MODELS_FOLDER / folder).glob("*.json")
}

# Written down after these runs, or no part of what is learned.
CAME_LATER = {"mixture", "degradation", "shrink"}
"""Settings that the older networks had not: none."""

CAME_LAST = {"quantize", "seed", "validate_every"}
"""Settings that older cards do not name."""


@pytest.mark.parametrize("stem", SHIPPED)
def test_every_shipped_network_has_its_recipe(stem: str) -> None:
    noted = SHIPPED[stem].training
    for name, value in asdict(find_recipe(stem).config).items():
        if name in CAME_LATER:
            assert noted.get(name, "") == value, name
        elif name != "dispatch":
            assert noted.get(name, value if name in CAME_LAST else None) == value, name


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_was_run(name: str) -> None:
    assert RECIPES[name].minutes > 0


@pytest.mark.parametrize("name", RECIPES)
def test_what_a_recipe_starts_from_is_shipped(name: str) -> None:
    start = find_recipe(name).start
    assert start is None or (MODELS_FOLDER / f"{start}.keras").is_file()


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(("ending", "scale", "channels"), [("x2_y", 2, 1), ("x4_rgb", 4, 3)])
def test_every_network_has_a_recipe_for_gpus(
    network: str, ending: str, scale: int, channels: int
) -> None:
    config = find_recipe(f"gpu_{network.lower()}_{ending}").config
    assert (config.variant, config.scale, config.channels) == (network, scale, channels)
    assert (config.steps, config.batch_size, config.crop) == (480_000, 32, 64)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("m3_x2_rbg", "did you mean m3_x2_rgb"),
        ("gpu_m5", "named as in gpu_m7_x2_y"),
        ("gpu_m5_x3_y", "named as in gpu_m7_x2_y"),
        ("gpu_m4_x2_y", "unknown model 'm4'"),
    ],
)
def test_an_unknown_recipe_gets_a_hint(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        find_recipe(name)
