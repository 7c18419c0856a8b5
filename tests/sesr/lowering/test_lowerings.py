"""What runs on the NPU is the network that was trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
pytest.importorskip("ethosu.vela")


from networks import small_network  # noqa: E402
from sesr.catalog.networks import get_variant  # noqa: E402
from sesr.errors import ModelError  # noqa: E402
from sesr.export.operators import list_operators  # noqa: E402
from sesr.int8 import FakeQuantizer, Int8Network  # noqa: E402
from sesr.lowering import (  # noqa: E402
    DECONVOLUTION,
    Lowering,
    PlainNetwork,
    convert_function,
    possible_lowerings,
    prepare,
    run,
)
from sesr.lowering.shuffle import deconvolution_kernel, shuffle  # noqa: E402
from sesr.network.collapse import collapse  # noqa: E402
from sesr.network.runnable import make_runnable  # noqa: E402
from sesr.network.sesr import UNCLIPPED, without_clip  # noqa: E402
from sesr.pixels.levels import CENTERED_RANGE  # noqa: E402


def int8_shuffle(kind: str, scale: int, channels: int, height: int, width: int) -> Int8Network:
    """Nothing but a shuffle, as an int8 file."""
    ranges = dict.fromkeys(("input", "half_way", "output"), CENTERED_RANGE)
    quantizer = FakeQuantizer(ranges)
    shape = (1, height, width, channels * scale**2)

    @tf.function(input_signature=[tf.TensorSpec(shape)])
    def compute(packed: Any) -> Any:
        return shuffle(quantizer.activation("input", packed), scale, channels, kind, quantizer)

    content = convert_function(compute.get_concrete_function(), "int8")
    assert "DEPTH_TO_SPACE" not in list_operators(content)
    return Int8Network(content)


@pytest.mark.parametrize("kind", ["transposed", "reshape"])
@pytest.mark.parametrize(("scale", "channels"), [(2, 1), (2, 3), (4, 1), (4, 3)])
def test_int8_shuffles_equal_depth_to_space(kind: str, scale: int, channels: int) -> None:
    network = int8_shuffle(kind, scale, channels, 6, 5)
    random = np.random.default_rng(scale)
    image = random.integers(-128, 128, (6, 5, channels * scale**2), dtype=np.int8)
    expected = tf.nn.depth_to_space(image[np.newaxis].astype(np.float32), scale)[0]
    np.testing.assert_array_equal(network(image), expected.numpy().astype(np.int8))


CASES = [
    ("M2", 2, 1, "relu"),
    ("M3", 2, 1, "prelu"),
    ("M2", 4, 1, "relu"),
    ("M2", 2, 3, "prelu"),
    ("M2", 4, 3, "relu"),
    ("N5", 2, 1, "relu"),
    ("N7", 2, 1, "prelu"),
    ("FSRCNN", 2, 1, "relu"),
    ("FSRCNN", 2, 3, "prelu"),
    ("FSRCNN", 4, 1, "relu"),
    ("S4", 1, 3, "relu"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_lowering_is_the_trained_network(case: tuple[str, int, int, str]) -> None:
    model = small_network(*case)
    network = PlainNetwork.from_keras(model)
    image = np.random.default_rng(1).random((1, 24, 26, case[2]), dtype=np.float32)
    expected = np.asarray(without_clip(make_runnable(model))(image))
    # Beyond the border SESR sees 128/255 where training had 0.5; FSRCNN sees black as ever.
    border = network.receptive_radius * case[1] if network.shift else 0
    inside = slice(border, expected.shape[1] - border)
    inside_columns = slice(border, expected.shape[2] - border)
    for lowering in possible_lowerings(network, 24, 26):
        prepared = prepare(network, lowering)
        output = np.asarray(run(prepared, lowering, image - prepared.zero)) + prepared.zero
        np.testing.assert_allclose(output, expected, atol=0.02, err_msg=str(lowering))
        np.testing.assert_allclose(
            output[:, inside, inside_columns],
            expected[:, inside, inside_columns],
            atol=2e-5,
            err_msg=str(lowering),
        )


def test_fsrcnn_can_be_computed_as_it_was_published() -> None:
    model = small_network("FSRCNN", 2, 3)
    network = PlainNetwork.from_keras(model)
    kernel = model.get_layer(UNCLIPPED).get_weights()[0]
    found = deconvolution_kernel(network.convolutions[-1].kernel, 3)
    np.testing.assert_array_equal(found, kernel)
    lowerings = possible_lowerings(network, 24, 24)
    assert {lowering.join for lowering in lowerings} == {"none"}
    assert Lowering(DECONVOLUTION, "none") in lowerings
    larger = PlainNetwork.from_keras(small_network("FSRCNN", 4))
    assert DECONVOLUTION not in {one.shuffle for one in possible_lowerings(larger, 24, 24)}


def test_the_image_is_carried_where_channels_are_spare() -> None:
    def joins(name: str, activation: str = "relu", channels: int = 1) -> set[str]:
        network = PlainNetwork.from_keras(small_network(name, 2, channels, activation))
        return {lowering.join for lowering in possible_lowerings(network, 64, 64)}

    assert joins("N5") == {"add", "concat", "channel"}
    assert joins("N5", channels=3) == {"add", "concat"}
    assert joins("N5", "prelu") == {"add", "concat"}
    assert joins("M2") == {"add", "concat"}


def test_a_network_without_spare_channels_says_so() -> None:
    network = PlainNetwork.from_keras(small_network("M2"))
    with pytest.raises(ModelError, match="received 16 features"):
        prepare(network, Lowering("transposed", "channel"))


def test_large_tiles_are_not_reshaped() -> None:
    network = PlainNetwork.from_keras(small_network("M2"))
    shuffles = {lowering.shuffle for lowering in possible_lowerings(network, 299, 299)}
    assert shuffles == {"transposed"}


def test_layers_without_a_lowering_are_named() -> None:
    import keras

    plain = collapse(small_network("M2"))
    output = keras.layers.Activation("sigmoid", name="squash")(plain.get_layer(UNCLIPPED).output)
    with pytest.raises(ModelError, match="no lowering covers layer 'squash' of kind Activation"):
        PlainNetwork.from_keras(keras.Model(plain.input, output))


def test_the_halo_is_that_of_the_variant() -> None:
    for name in ("M2", "M5", "N5", "N7", "FSRCNN", "S4"):
        spec = get_variant(name)
        network = PlainNetwork.from_keras(small_network(name, spec.scales[0]))
        assert network.receptive_radius == spec.receptive_radius
    assert network.macs_per_pixel == spec.macs(2, 2, spec.scales[0]) // 4
