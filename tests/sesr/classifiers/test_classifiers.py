"""Classifiers: what they compute collapsed, and what they cost."""

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sesr.classifiers import (
    CLASSIFIERS,
    build_classifier,
    collapse,
    count_macs,
    count_parameters,
    find_classifier,
    scale_to,
)
from sesr.classifiers.bottleneck import CollapsibleBottleneck
from sesr.classifiers.scaling import CONVNEXTS, scaled
from sesr.classifiers.staged import BlockLayers, build_staged
from sesr.classifiers.stages import RAN_E_C, RAN_E_GT, STAGED, Block
from sesr.errors import UsageError


def randomize(model: Any, seed: int = 0) -> None:
    """Norms that do something, as after training."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])


def relative(found: Any, wanted: Any) -> float:
    return float(np.max(np.abs(found - wanted)) / np.max(np.abs(wanted)))


@settings(max_examples=30, deadline=None)
@given(
    sides=st.tuples(st.integers(4, 13), st.integers(4, 13)),
    channels=st.integers(1, 9),
    filters=st.integers(1, 9),
    expansion=st.integers(1, 6),
    kernel=st.sampled_from([1, 3, 5, 7]),
    strides=st.sampled_from([1, 2]),
    seed=st.integers(0, 99),
)
def test_collapsed_is_expanded(
    sides: tuple[int, int],
    channels: int,
    filters: int,
    expansion: int,
    kernel: int,
    strides: int,
    seed: int,
) -> None:
    keras.utils.set_random_seed(seed)
    hidden = expansion * channels
    collapsed = CollapsibleBottleneck(filters, kernel, hidden, strides)
    expanded = CollapsibleBottleneck(filters, kernel, hidden, strides, expanded=True)
    image = np.random.default_rng(seed).normal(size=(2, *sides, channels)).astype(np.float32)
    expanded(image)
    wanted, found = expanded(image), collapsed(image)
    assert found.shape == wanted.shape == collapsed.compute_output_shape(image.shape)
    collapsed.set_weights(expanded.get_weights())
    np.testing.assert_allclose(collapsed(image), wanted, atol=1e-5)


def stages() -> list[Any]:
    """Every block of both tables that is collapsed, and a split one, by network and number."""
    return [
        pytest.param(network, index, block, id=f"{network.name}-{index}")
        for network in (RAN_E_GT, RAN_E_C)
        for index, block in enumerate(network.blocks())
    ]


@pytest.mark.parametrize(("network", "index", "block"), stages())
def test_every_stage_collapses(network: Any, index: int, block: Block) -> None:
    """With norms folded and its addition, at the size of image that it has in the network."""
    keras.utils.set_random_seed(index)
    first = block.bottlenecks[0]
    inputs = keras.Input((15, 14, first.channels))
    expanded, trained = (
        keras.Model(inputs, BlockLayers(network, "float32", wide).block(inputs, block, "block"))
        for wide in (True, False)
    )
    randomize(expanded)
    trained.set_weights(expanded.get_weights())
    image = np.random.default_rng(0).normal(size=(1, 15, 14, first.channels)).astype(np.float32)
    wanted = expanded.predict(image, verbose=0)
    deployed = collapse(trained)
    assert relative(trained.predict(image, verbose=0), wanted) < 1e-5
    assert relative(deployed.predict(image, verbose=0), wanted) < 1e-5
    kinds = [type(layer) for layer in deployed.layers]
    assert CollapsibleBottleneck not in kinds
    # Only the norm before the first activation has no convolution to go into.
    assert kinds.count(keras.layers.BatchNormalization) == int(block.collapsed)
    assert (keras.layers.Add in kinds) == block.residual
    assert (keras.layers.DepthwiseConv2D in kinds) != block.collapsed


@pytest.mark.parametrize("name", STAGED)
def test_whole_networks_collapse(name: str) -> None:
    keras.utils.set_random_seed(0)
    spec = STAGED[name]
    expanded = build_staged(spec, 10, 32, expanded=True)
    randomize(expanded)
    trained = build_classifier(name, 10, 32)
    trained.set_weights(expanded.get_weights())
    image = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32)
    wanted = expanded.predict(image, verbose=0)
    assert relative(collapse(trained).predict(image, verbose=0), wanted) < 1e-5


FIGURES = {
    # name: (millions of parameters, millions of multiply-accumulates) as published
    "ran_e_gt": (4.5, 434),
    "ran_e_c": (4.7, 488),
    "efficientnet_lite0": (4.7, 385),
    "ran_i_tiny": (20.7, 3280),
    "ran_i_small": (28.8, 4580),
    "ran_i_base": (52.8, 8430),
    "convnext_tiny": (28.6, 4460),
}


@pytest.mark.parametrize("name", FIGURES)
def test_published_figures(name: str) -> None:
    spec = CLASSIFIERS[name]
    parameters, macs = FIGURES[name]
    assert spec.parameters(1000) / 1e6 == pytest.approx(parameters, rel=0.01)
    assert spec.macs(1000) / 1e6 == pytest.approx(macs, rel=0.01)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_formula_and_model_agree(name: str) -> None:
    spec, size = CLASSIFIERS[name], 64
    model = build_classifier(name, 10, size)
    assert count_parameters(model) == spec.parameters(10)
    assert count_macs(model) == spec.macs(10, size)


def test_split_block() -> None:
    """128 channels with an addition are two halves, in both networks."""
    for network in (RAN_E_GT, RAN_E_C):
        split = [block for block in network.blocks() if len(block.bottlenecks) > 1]
        assert [[(b.channels, b.filters) for b in one.bottlenecks] for one in split] == [
            [(128, 64), (64, 128)]
        ]


@pytest.mark.parametrize(
    ("name", "widths", "depths"),
    [
        ("ran_i_tiny", (64, 128, 256, 511), (5, 5, 15, 5)),
        ("ran_i_small", (76, 151, 303, 606), (5, 5, 15, 5)),
        ("ran_i_base", (87, 175, 350, 699), (7, 7, 21, 7)),
    ],
)
def test_multipliers(name: str, widths: tuple[int, ...], depths: tuple[int, ...]) -> None:
    assert (CONVNEXTS[name].widths, CONVNEXTS[name].depths) == (widths, depths)


def test_nn_mass() -> None:
    """Twice the width of every block; RAN-i-S has more of it than ConvNeXt-T for as many MACs."""
    assert CONVNEXTS["ran_i_tiny"].nn_mass == 2 * (5 * 64 + 5 * 128 + 15 * 256 + 5 * 511)
    assert CONVNEXTS["ran_i_small"].nn_mass > CONVNEXTS["convnext_tiny"].nn_mass


@settings(max_examples=30, deadline=None)
@given(st.integers(10**8, 10**10), st.sampled_from([32, 96, 224]))
def test_scaling_uses_the_budget(budget: int, size: int) -> None:
    found = scale_to(budget, 10, size)
    assert found.macs(10) <= budget
    assert scale_to(found.macs(10), 10, size) == found
    wider = scaled("", "", (found.widths[0] + 1) / 96, 1.65, size)
    assert wider.macs(10) > budget


def test_budget_below_the_smallest() -> None:
    smallest = scale_to(10**9, 1000, 224)
    assert smallest.widths[0] > 8
    with pytest.raises(UsageError, match=r"budget of 1,000 .* below the smallest .* 65,239,488"):
        scale_to(1000)


def test_names() -> None:
    with pytest.raises(UsageError, match="did you mean ran_e_gt"):
        find_classifier("ran_e_gd")


@pytest.mark.parametrize(
    ("name", "classes", "size", "message"),
    [
        ("ran_e_gt", 1, None, "at least 2 classes; received 1"),
        ("ran_e_gt", 10, 16, "at least 32 pixels a side; received 16"),
        ("ran_i_tiny", 10, 100, "a multiple of 32, a side; received 100"),
    ],
)
def test_refused(name: str, classes: int, size: int | None, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        build_classifier(name, classes, size)
