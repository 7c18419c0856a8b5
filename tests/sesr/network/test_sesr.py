from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

keras = pytest.importorskip("keras")

from sesr.catalog.sesr import CLEANERS, VARIANTS  # noqa: E402
from sesr.errors import ModelError, UsageError  # noqa: E402
from sesr.network.collapse import collapse  # noqa: E402
from sesr.network.layers.depth_to_space import DepthToSpace, shuffle_with_ops  # noqa: E402
from sesr.network.layers.linear_block import CollapsibleLinearBlock  # noqa: E402
from sesr.network.load import load_network  # noqa: E402
from sesr.network.sesr import build_sesr, without_clip  # noqa: E402


def randomise(model: Any, seed: int = 0) -> Any:
    """Weights, biases and slopes that are all in play, unlike freshly made ones."""
    random = np.random.default_rng(seed)
    for variable in model.trainable_variables:
        spread = (
            0.1 if len(variable.shape) == 1 else float(np.sqrt(2 / np.prod(variable.shape[:-1])))
        )
        variable.assign(random.normal(0, spread, variable.shape))
    return model


def run(model: Any, image: Any) -> Any:
    return keras.ops.convert_to_numpy(model(image))


def expanded_twin(model: Any, *args: Any) -> Any:
    twin = build_sesr(*args, expanded=True)
    twin.set_weights(model.get_weights())
    return twin


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("kernel_size", [3, 5])
def test_block_collapsed_equals_expanded(kernel_size: int, residual: bool) -> None:
    collapsed = CollapsibleLinearBlock(8, kernel_size, expansion=32, residual=residual)
    expanded = CollapsibleLinearBlock(8, kernel_size, 32, residual=residual, expanded=True)
    image = np.random.default_rng(0).normal(size=(2, 7, 9, 8)).astype(np.float32)
    collapsed(image)
    expanded(image)
    randomise(collapsed)
    expanded.set_weights(collapsed.get_weights())
    np.testing.assert_allclose(run(collapsed, image), run(expanded, image), atol=2e-5)


def test_even_kernels_need_their_padding_named() -> None:
    with pytest.raises(ValueError, match="no padding is given"):
        CollapsibleLinearBlock(8, 4)
    with pytest.raises(ValueError, match="a stride less than the kernel"):
        CollapsibleLinearBlock(8, (3, 4), padding=((1, 1), (1, 1)))


CASES = [
    ("M2", 2, 1, "relu"),
    ("M3", 4, 1, "prelu"),
    ("M5", 2, 1, "prelu"),
    ("M5", 4, 3, "relu"),
    ("XL", 2, 3, "prelu"),
    ("N5", 2, 1, "relu"),
    ("N7", 4, 3, "relu"),
]

CLEANING = ("S4", 1, 3, "relu")


def assert_all_forms_agree(case: tuple[Any, ...], height: int, width: int, seed: int = 0) -> None:
    """Expanded, collapsed at every call, and collapsed for good: one function."""
    model = randomise(build_sesr(*case), seed)
    channels = model.input_shape[-1]
    image = np.random.default_rng(seed).random((1, height, width, channels), dtype=np.float32)
    # Compared before the clip, which could hide a difference. Random weights let values grow
    # beyond the range of an image, and rounding errors with them.
    expected = run(without_clip(expanded_twin(model, *case)), image)
    tolerance = 1e-5 * max(1.0, float(np.abs(expected).max()))
    for form in (model, collapse(model)):
        np.testing.assert_allclose(run(without_clip(form), image), expected, atol=tolerance)


@pytest.mark.parametrize("case", CASES)
def test_model_collapsed_equals_expanded(case: tuple[str, int, int, str]) -> None:
    assert_all_forms_agree(case, 13, 17)


@settings(max_examples=12, deadline=None)
@given(height=st.integers(1, 24), width=st.integers(1, 24), seed=st.integers(0, 99))
def test_collapsed_equals_expanded_at_any_size(height: int, width: int, seed: int) -> None:
    assert_all_forms_agree(("M2", 2), height, width, seed)


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize(("scale", "channels"), [(2, 1), (4, 1), (2, 3)])
def test_collapsed_models_have_the_papers_size(name: str, scale: int, channels: int) -> None:
    collapsed = collapse(build_sesr(name, scale, channels))
    kernels = [w for w in collapsed.weights if w.name == "kernel"]
    size = sum(int(np.prod(w.shape)) for w in kernels)
    assert size == VARIANTS[name].parameters(scale, channels)


@settings(max_examples=8, deadline=None)
@given(rows=st.integers(1, 12), columns=st.integers(1, 12), seed=st.integers(0, 99))
def test_a_stride_collapses_at_any_even_size(rows: int, columns: int, seed: int) -> None:
    assert_all_forms_agree(CLEANING, 2 * rows, 2 * columns, seed)


def test_a_stride_looks_as_far_as_it_says() -> None:
    """Both ends: what is further away changes nothing, what is nearly as far does."""
    model = without_clip(randomise(build_sesr(*CLEANING)))
    radius = CLEANERS["S4"].receptive_radius
    image = np.full((1, 60, 60, 3), 0.5, np.float32)
    changed = image.copy()
    changed[0, 30, 31] += 0.2
    moved = np.argwhere(np.abs(run(model, changed) - run(model, image)).max(axis=(0, 3)) > 1e-7)
    reach = np.abs(moved - [30, 31]).max()
    assert radius - CLEANERS["S4"].stride < reach <= radius


def test_output_is_clipped_and_scaled() -> None:
    output = run(randomise(build_sesr("M2", 4, 3)), np.ones((2, 5, 6, 3), np.float32))
    assert output.shape == (2, 20, 24, 3)
    assert output.min() >= 0
    assert output.max() <= 1


def test_without_blocks_the_network_repeats_its_input() -> None:
    model = build_sesr("M2", 2, 3)
    last = model.get_layer("last_block")
    last.set_weights([np.zeros_like(w) for w in last.get_weights()])
    image = np.random.default_rng(2).random((1, 4, 5, 3), dtype=np.float32)
    nearest = image.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_allclose(run(model, image), nearest, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(
    height=st.integers(1, 6),
    width=st.integers(1, 6),
    out=st.integers(1, 3),
    scale=st.integers(2, 4),
)
def test_shuffle_in_ops_equals_the_backends_own(
    height: int, width: int, out: int, scale: int
) -> None:
    random = np.random.default_rng(0)
    image = random.random((2, height, width, out * scale**2), dtype=np.float32)
    expected = keras.ops.convert_to_numpy(DepthToSpace(scale)(image))
    shuffled = keras.ops.convert_to_numpy(shuffle_with_ops(image, scale))
    np.testing.assert_array_equal(shuffled, expected)


@pytest.mark.parametrize("collapsed", [False, True])
def test_models_survive_a_file(tmp_path: Path, collapsed: bool) -> None:
    model = randomise(build_sesr("M3", 2, activation="prelu"))
    model = collapse(model) if collapsed else model
    model.save(tmp_path / "model.keras")
    image = np.random.default_rng(3).random((1, 8, 9, 1), dtype=np.float32)
    again = load_network(tmp_path / "model.keras")
    np.testing.assert_array_equal(run(again, image), run(model, image))


def test_files_cannot_run_code(tmp_path: Path) -> None:
    image = keras.Input((4,))
    hostile = keras.Model(image, keras.layers.Lambda(lambda x: x + 1)(image))
    hostile.save(tmp_path / "hostile.keras")
    with pytest.raises(ModelError, match="not a readable"):
        load_network(tmp_path / "hostile.keras")


def test_another_kind_of_model_is_refused(tmp_path: Path) -> None:
    image = keras.Input((4,))
    keras.Model(image, keras.layers.Dense(2)(image)).save(tmp_path / "dense.keras")
    with pytest.raises(ModelError, match="no SESR network"):
        load_network(tmp_path / "dense.keras")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.keras: no such model file"):
        load_network(tmp_path / "none.keras")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("M4", 2), "unknown model"),
        (("M5", 3), "unknown scale 3"),
        (("M5", 2, 2), "channels must be 1"),
        (("M5", 2, 1, "gelu"), "activation must be one of"),
    ],
)
def test_bad_arguments_are_named(arguments: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        build_sesr(*arguments)


def test_collapsing_twice_is_refused() -> None:
    with pytest.raises(ModelError, match="no collapsible linear block"):
        collapse(collapse(build_sesr("M2", 2)))


def test_collapsing_does_not_change_the_gradients() -> None:
    """What training needs: the same gradients for the expanded weights, for less work."""
    tf = pytest.importorskip("tensorflow")
    model = randomise(build_sesr("M3", 2))
    image = np.random.default_rng(4).random((2, 12, 12, 1), dtype=np.float32)

    def gradients(network: Any) -> Any:
        variables = [variable.value for variable in network.trainable_variables]
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.abs(without_clip(network)(image)))
        return tape.gradient(loss, variables)

    expected = gradients(expanded_twin(model, "M3", 2))
    for got, wanted in zip(gradients(model), expected, strict=True):
        scale = float(np.abs(wanted).max())
        np.testing.assert_allclose(got, wanted, atol=1e-4 * max(scale, 1e-6))
