"""The search for the blocks that lose their activations."""

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesr.classifiers.search import (
    ChoiceCost,
    build_supernet,
    choice_of,
    search_choice,
    slopes_of,
    take_weights,
    with_choice,
)
from sesr.classifiers.staged import build_staged
from sesr.classifiers.stages import BlockStage, StagedNetwork
from sesr.classifiers.training.config import ClassifierConfig
from sesr.classifiers.training.labelled import LabelledImages
from sesr.errors import TrainingError, UsageError

TINY = StagedNetwork(
    name="tiny",
    title="Tiny",
    size=32,
    stem=4,
    stem_stride=2,
    stem_activated=False,
    stages=(
        BlockStage(8, (3, 5), 2, 2, (True, True)),
        BlockStage(128, (3, 3), 1, 2, (True, True)),
    ),
    top=16,
    top_kernel=0,
    activation="hard_silu",
)
"""A block of each kind: with a stride, with an addition, of an expansion of 1, and a split one."""

SHORT = ClassifierConfig(
    steps=20,
    batch_size=8,
    warmup=0,
    dispatch=10,
    validate_every=20,
    cutout=0,
    learning_rate=0.1,
)


def images() -> LabelledImages:
    """Dark and bright ones."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 100, (16, 32, 32, 3), dtype=np.uint8)
    pixels[8:] += 100
    return LabelledImages(pixels, np.repeat([0, 1], 8), ("dark", "bright"))


def randomize(model: Any) -> None:
    """Norms that do something, as after training."""
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])


@pytest.mark.parametrize("choice", [(True,) * 4, (False,) * 4, (True, False, False, True)])
def test_slopes_at_their_ends_are_the_two_forms(choice: tuple[bool, ...]) -> None:
    keras.utils.set_random_seed(0)
    supernet = build_supernet(TINY, 3)
    randomize(supernet)
    for slope, collapsed in zip(slopes_of(supernet), choice, strict=True):
        slope.slope.assign(float(collapsed))
    network = build_staged(with_choice(TINY, choice), 3, 32)
    take_weights(supernet, network)
    image = np.random.default_rng(1).uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32)
    np.testing.assert_allclose(network(image), supernet(image), rtol=1e-4, atol=1e-5)


def test_a_slope_between_is_neither() -> None:
    keras.utils.set_random_seed(0)
    supernet = build_supernet(TINY, 3, start=0.5)
    randomize(supernet)
    image = np.random.default_rng(1).uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32)
    for choice in ((True,) * 4, (False,) * 4):
        network = build_staged(with_choice(TINY, choice), 3, 32)
        take_weights(supernet, network)
        assert np.abs(np.asarray(network(image)) - np.asarray(supernet(image))).max() > 0.01


@given(st.lists(st.tuples(st.integers(-99, 99), st.booleans()), max_size=6))
def test_costs_are_those_of_the_blocks_that_keep_theirs(blocks: list[tuple[int, bool]]) -> None:
    cost = ChoiceCost(1000, tuple(extra for extra, _ in blocks))
    kept = [extra for extra, collapsed in blocks if not collapsed]
    assert cost.cycles([collapsed for _, collapsed in blocks]) == 1000 + sum(kept)
    assert cost.cycles(cost.cheapest) <= cost.cycles([collapsed for _, collapsed in blocks])


def test_a_choice_is_made_for_every_block() -> None:
    choice = (False, True, True, False)
    assert choice_of(with_choice(TINY, choice)) == choice
    with pytest.raises(ValueError, match=r"Tiny has 4 blocks. Received: 2 choices"):
        with_choice(TINY, (True, False))


def test_cycles_decide_where_they_weigh_enough() -> None:
    cost = ChoiceCost(1000, (500, -500, 500, -500))
    found = search_choice(TINY, SHORT, images(), cost, weight=100.0)
    assert choice_of(found.network) == (True, False, True, False) == cost.cheapest
    assert found.slopes == (1, 0, 1, 0)
    assert found.cycles == cost.cycles((True, False, True, False)) == 0
    assert build_staged(found.network, 2, 32).output_shape == (None, 2)


def test_without_a_weight_cycles_are_nothing() -> None:
    slopes = [
        search_choice(TINY, SHORT, images(), ChoiceCost(1, (extra,) * 4), weight=0.0).slopes
        for extra in (1000, -1000)
    ]
    assert slopes[0] == slopes[1]
    assert all(0 <= slope <= 1 for slope in slopes[0])


def test_refused() -> None:
    cost = ChoiceCost(1000, (1, 1, 1, 1))
    with pytest.raises(TrainingError, match=r"of the 4 blocks of Tiny; received 1"):
        search_choice(TINY, SHORT, images(), ChoiceCost(1000, (1,)), 1.0)
    with pytest.raises(TrainingError, match=r"weight must be 0 or more; received -1"):
        search_choice(TINY, SHORT, images(), cost, -1.0)
    large = images()
    small = LabelledImages(large.images[:, :16, :16], large.labels, large.classes)
    with pytest.raises(UsageError, match=r"images of 32x32, .* received 16x16"):
        search_choice(TINY, SHORT, small, cost, 1.0)
