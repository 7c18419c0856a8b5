"""Networks that learn to compute in int8."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from networks import small_network
from photos import make_photo
from sesr.catalog.shipped import find_model
from sesr.engine import open_interpreter
from sesr.engine.tiled import TiledLiteRT
from sesr.errors import ModelError, TrainingError, UsageError
from sesr.training.config import TrainingConfig

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from sesr.int8 import equalize_channels, to_litert  # noqa: E402
from sesr.network.build import build_network  # noqa: E402
from sesr.network.layers.levels import (  # noqa: E402
    Levels,
    fake_quantize,
    fake_quantize_weights,
    learned_quantize,
)
from sesr.network.load import load_network  # noqa: E402
from sesr.network.quantization_aware import (  # noqa: E402
    is_quantization_aware,
    quantization_aware,
    trained_ranges,
    without_quantization,
)
from sesr.network.runnable import make_runnable  # noqa: E402
from sesr.training.start.prepare import prepare_network  # noqa: E402

FLOAT = TrainingConfig(variant="M2", steps=8, batch_size=2, crop=8, warmup=2, validate_every=4)
INT8 = replace(FLOAT, quantize="int8", learning_rate=1e-4)


def trained(name: str = "M5", channels: int = 1) -> Any:
    return make_runnable(load_network(find_model(name, 2, channels).keras))


def photo_batch(channels: int, seed: int = 0) -> Any:
    return make_photo(60, 60, seed)[np.newaxis, ..., :channels].astype(np.float32) / 255


def calibrated(model: Any) -> Any:
    """Quantised after training: only the ranges are set."""
    quantized = quantization_aware(model)
    quantized(photo_batch(model.input_shape[-1]), training=True)
    return quantized


NETWORKS = [("M5", 1), ("M2", 3)]


@pytest.fixture(scope="module", params=[*NETWORKS, ("FSRCNN", 1)], ids=lambda p: p[0])
def pair(request: pytest.FixtureRequest) -> Any:
    name, channels = request.param
    if name == "FSRCNN":
        keras.utils.set_random_seed(0)
        model = make_runnable(build_network(name, 2))
    else:
        model = trained(name, channels)
    return model, calibrated(model)


def test_it_computes_nearly_the_same(pair: Any) -> None:
    model, quantized = pair
    image = photo_batch(model.input_shape[-1], seed=1)
    difference = np.abs(np.asarray(quantized(image)) - np.asarray(model(image)))
    assert 0 < difference.mean() < 4 / 255


def test_first_features_can_be_rounded_more_coarsely() -> None:
    quantized = quantization_aware(trained("M5"), bits=6)
    bits = {layer.name: layer.bits for layer in quantized.layers if hasattr(layer, "bits")}
    coarse = {name for name, count in bits.items() if count == 6}
    assert coarse == {"levels_first_block", "levels_long_residual"}
    rounding = quantized.get_layer("levels_first_block")
    values = np.linspace(-1, 1, 1001, dtype=np.float32)
    assert len(np.unique(np.asarray(rounding(values, training=True)))) == 64
    assert set(bits.values()) == {6, 8}


def test_the_first_batch_sets_the_range() -> None:
    rounding = Levels()
    output = np.asarray(rounding(np.float32([-1, 0.5, 4]), training=True))
    assert rounding.range() == pytest.approx((-0.8, 3.2))
    assert output == pytest.approx([-0.8, 0.5, 3.2], abs=0.02)
    rounding(np.float32([-10, 10]), training=True)
    assert rounding.range() == pytest.approx((-0.8, 3.2))


@pytest.mark.parametrize("range_", [(0.0, 2.3), (-0.8, 3.2), (-1.3, 0.0)])
def test_training_rounds_as_inference_does(range_: tuple[float, float]) -> None:
    values = np.random.default_rng(0).normal(size=10_000).astype(np.float32)
    low, high = np.float32(range_)
    apart = np.abs(
        np.asarray(fake_quantize(values, low, high) - learned_quantize(values, low, high))
    )
    assert np.mean(apart > 1e-5) < 1e-3, "only ties between two levels may fall differently"
    assert apart.max() <= 1.01 * (high - low) / 255


@pytest.mark.parametrize("symmetric", [False, True])
def test_the_range_is_learned(symmetric: bool) -> None:
    values = np.random.default_rng(0).normal(size=20_000).astype(np.float32)
    if not symmetric:
        values = np.maximum(values, 0)
    rounding = Levels(symmetric=symmetric, bits=4)
    rounding(values, training=True)
    optimizer = keras.optimizers.Adam(5e-3)
    for _ in range(300):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((rounding(values, training=True) - values) ** 2)
        variables = rounding.trainable_variables
        optimizer.apply(tape.gradient(loss, [v.value for v in variables]), variables)
    reach = np.linspace(0.5, 4, 71, dtype=np.float32)
    low = -reach * 128 / 127 if symmetric else np.zeros_like(reach)
    errors = [
        np.mean((np.asarray(fake_quantize(values, *ends, 4)) - values) ** 2)
        for ends in zip(low, reach, strict=True)
    ]
    assert float(loss) < 1.02 * min(errors)
    assert rounding.range()[1] == pytest.approx(reach[np.argmin(errors)], rel=0.1)


@pytest.mark.parametrize("case", [("M5", 1), ("FSRCNN", 3)])
def test_equalising_changes_no_output(case: tuple[str, int]) -> None:
    model = make_runnable(small_network(case[0], 2, case[1]))
    image = photo_batch(case[1])
    before = np.asarray(model(image))
    first = next(layer for layer in model.layers if type(layer) is keras.layers.Conv2D)
    kernel = first.get_weights()[0]
    equalize_channels(model)
    assert not np.array_equal(first.get_weights()[0], kernel)
    np.testing.assert_allclose(np.asarray(model(image)), before, atol=2e-5)


def test_weights_are_rounded_to_255_levels() -> None:
    kernel = np.random.default_rng(0).normal(size=(3, 3, 8, 4)).astype(np.float32)
    rounded = np.asarray(fake_quantize_weights(kernel))
    for channel in range(4):
        levels = rounded[..., channel] / (np.abs(kernel[..., channel]).max() / 127)
        np.testing.assert_allclose(levels, np.rint(levels), atol=1e-3)
        assert np.abs(levels).max() == pytest.approx(127, abs=1e-3)
    assert np.abs(rounded - kernel).max() <= np.abs(kernel).max() / 127


def test_the_plain_network_comes_back(pair: Any) -> None:
    model, quantized = pair
    plain = without_quantization(quantized)
    assert not is_quantization_aware(plain)
    assert [layer.name for layer in plain.layers] == [layer.name for layer in model.layers]
    for a, b in zip(plain.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_it_survives_a_file(pair: Any, tmp_path: Path) -> None:
    _, quantized = pair
    quantized.save(tmp_path / "model.keras")
    again = load_network(tmp_path / "model.keras")
    assert trained_ranges(again) == trained_ranges(quantized)
    image = photo_batch(quantized.input_shape[-1])
    np.testing.assert_array_equal(np.asarray(again(image)), np.asarray(quantized(image)))


def test_the_int8_file_computes_what_was_trained(pair: Any, tmp_path: Path) -> None:
    _, quantized = pair
    path = tmp_path / "int8.tflite"
    path.write_bytes(to_litert(quantized))
    network = TiledLiteRT(path)
    assert network.quantized
    image = photo_batch(quantized.input_shape[-1], seed=2)
    levels = np.abs(network(image[0]) - np.asarray(quantized(image))[0]) * 255
    # Sums of integers round differently from sums of floats, by one level at most.
    assert levels.max() < 1.01
    assert levels.mean() < 0.2


def test_the_int8_file_has_the_trained_ranges(pair: Any) -> None:
    _, quantized = pair
    interpreter = open_interpreter(to_litert(quantized))
    steps = [
        details["quantization"][0]
        for details in interpreter.get_tensor_details()
        if details["dtype"] == np.int8
    ]
    for name, (low, high) in trained_ranges(quantized).items():
        assert np.isclose(steps, (high - low) / 255, rtol=1e-3).any(), name
    kept = {details["dtype"].__name__ for details in interpreter.get_tensor_details()}
    assert kept <= {"int8", "int32"}, "the image and the output too"


def test_gradients_reach_weights_and_ranges() -> None:
    quantized = calibrated(trained("M2", 3))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(quantized(photo_batch(3), training=True) - 0.5))
    variables = quantized.trainable_variables
    gradients = tape.gradient(loss, [v.value for v in variables])
    moved = {v.path for v, g in zip(variables, gradients, strict=True) if np.abs(g).max() > 0}
    ranges = [v.path.split("/")[0] for v in variables if v.path.startswith("levels")]
    still = {v.path for v in variables} - moved
    assert not [path for path in still if path.split("/")[0] not in ranges], "all weights"
    assert {path.split("/")[0] for path in moved} >= set(ranges), "at least one end of each range"
    assert not [path for path in moved if "image" in path or "shift" in path]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"variant": "M3"}, "is not the network that is to be quantised"),
        ({"scale": 4}, "is not the network that is to be quantised"),
        ({"activation": "prelu"}, "is not the network .* sesr_m2_x2 with prelu"),
        ({"channels": 3}, "first layers differ"),
    ],
)
def test_a_start_that_is_another_network_is_refused(change: Any, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        prepare_network(replace(INT8, **change), build_network("M2", 2))


def test_a_quantised_run_needs_a_start() -> None:
    with pytest.raises(TrainingError, match=r"none was given: name its \.keras file"):
        prepare_network(INT8, None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"quantize": "int4"}, "quantize must be one of none, int6, int8; received 'int4'"),
        ({"precision": "bfloat16"}, "trained in float32; received precision 'bfloat16'"),
    ],
)
def test_bad_settings_are_named(change: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        replace(INT8, **change)


def test_only_networks_that_run_are_quantised() -> None:
    with pytest.raises(ModelError, match="collapse it first"):
        quantization_aware(build_network("M2", 2))
