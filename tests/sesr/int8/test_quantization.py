"""int8 networks: exact where that is claimed, close to float32 elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("tensorflow")
pytest.importorskip("ethosu.vela")

from networks import small_network
from photos import make_photo
from sesr.errors import ModelError
from sesr.export.operators import list_operators
from sesr.int8 import Int8Network, Quantized, calibration_images, low_resolution, quantize
from sesr.lowering import Lowering, PlainNetwork, possible_lowerings, prepare, run
from sesr.pixels.levels import CENTER, from_int8_image, to_int8_image


def quantized(name: str, channels: int = 1, activation: str = "relu") -> list[Quantized]:
    network = PlainNetwork.from_keras(small_network(name, 2, channels, activation))
    images = calibration_images([make_photo(96, 96, seed) for seed in range(3)], 2, channels)
    return [quantize(network, lowering, images) for lowering in possible_lowerings(network, 40, 40)]


@pytest.mark.parametrize(
    ("name", "channels", "activation"),
    [("M2", 1, "relu"), ("M2", 3, "relu"), ("M2", 1, "prelu"), ("N5", 1, "relu")],
)
def test_int8_is_close_to_float32(name: str, channels: int, activation: str) -> None:
    image = to_int8_image(low_resolution(make_photo(80, 80, 9), 2, channels))
    for one in quantized(name, channels, activation):
        network = Int8Network(one.convert(40, 40))
        exact = run(one.network, one.lowering, from_int8_image(image)[np.newaxis] - CENTER)
        steps = np.clip(np.asarray(exact)[0] * 255, -128, 127) - network(image)
        assert np.sqrt(np.mean(steps**2)) < 1.5, one.lowering
        # Scale 1/255 and zero point 0: int8 is pixel - 128 on both sides.
        assert network.input_quantization == pytest.approx((1 / 255, 0), abs=1e-9)
        assert network.output_quantization == pytest.approx((1 / 255, 0), abs=1e-9)


def test_everything_is_int8_and_prelu_is_one_operator() -> None:
    for one in quantized("M2", activation="prelu"):
        operators = list_operators(one.convert(40, 40))
        assert operators.count("PRELU") == 2
        assert not {"QUANTIZE", "DEQUANTIZE", "DEPTH_TO_SPACE"} & set(operators)


def test_a_carried_image_arrives_unchanged() -> None:
    """Where a network adds nothing, the carried image must come out as nearest neighbours."""
    network = PlainNetwork.from_keras(small_network("N5"))
    *others, last = network.convolutions
    silent = replace(last, kernel=0 * last.kernel, bias=0 * last.bias)
    network = network.with_convolutions([*others, silent])
    images = calibration_images([make_photo(96, 96, seed) for seed in range(3)], 2, 1)
    one = quantize(network, Lowering("transposed", "channel"), images)
    image = np.random.default_rng(0).integers(-128, 128, (24, 24, 1), dtype=np.int8)
    expected = image.repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_array_equal(Int8Network(one.convert(24, 24))(image), expected)


@pytest.mark.parametrize(("name", "activation"), [("M2", "prelu"), ("N5", "relu")])
def test_ranges_of_a_training_are_taken_as_they_are(name: str, activation: str) -> None:
    """In every lowering, which then all give the same image."""
    plain = PlainNetwork.from_keras(small_network(name, 2, 1, activation))
    given = {"first_block": (-2.0, 2.0 * 127 / 128), "long_residual": (-3.0, 3.0)}
    for index in range(len(plain.convolutions) - 2):
        given[f"block_{index}"] = (-2.5, 2.5)
        given[f"activation_{index}"] = (-1.0 if activation == "prelu" else 0.0, 2.0)
    network = replace(plain, trained_ranges=given)
    image = to_int8_image(low_resolution(make_photo(48, 48, 9), 2, 1))
    outputs = []
    for lowering in possible_lowerings(network, 24, 24):
        assert lowering.join != "channel"
        one = quantize(network, lowering, [])
        assert one.ranges["first_block"] == given["first_block"]
        assert one.ranges["block_1"] == given["activation_1"]
        assert all(
            (a.kernel == b.kernel).all()
            for a, b in zip(one.network.convolutions, network.convolutions, strict=True)
        )
        outputs.append(Int8Network(one.convert(24, 24))(image))
    for output in outputs[1:]:
        # The addition rounds a second time, as it has two scales to bring together.
        assert np.abs(output.astype(int) - outputs[0]).max() <= 1
    del given["activation_1"]
    with pytest.raises(ModelError, match="no range for layer 'activation_1'"):
        quantize(network, Lowering("transposed", "add"), [])


def test_quantisation_changes_nothing_but_precision() -> None:
    m2 = PlainNetwork.from_keras(small_network("M2"))
    images = calibration_images([make_photo(96, 96)], 2, 1)
    image = np.asarray(images[0][np.newaxis] - 0.5, np.float32)
    for lowering in possible_lowerings(m2, 24, 24):
        equal = quantize(m2, lowering, images).network
        before, after = (
            np.asarray(run(one, lowering, image)) for one in (prepare(m2, lowering), equal)
        )
        np.testing.assert_allclose(after, before, atol=1e-5)
