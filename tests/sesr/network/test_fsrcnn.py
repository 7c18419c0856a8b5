"""FSRCNN, the baseline: its published size, its exact rewriting, its reach."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from sesr.catalog.fsrcnn import FSRCNN  # noqa: E402
from sesr.engine.tiled import TiledLiteRT  # noqa: E402
from sesr.errors import ModelError, UsageError  # noqa: E402
from sesr.int8 import to_litert  # noqa: E402
from sesr.network.build import build_network  # noqa: E402
from sesr.network.collapse import collapse  # noqa: E402
from sesr.network.fsrcnn import with_subpixels  # noqa: E402
from sesr.network.layers.deconvolution import Deconvolution  # noqa: E402
from sesr.network.load import load_network  # noqa: E402
from sesr.network.runnable import make_runnable, network_scale  # noqa: E402
from sesr.network.sesr import build_sesr, without_clip  # noqa: E402


def make(scale: int, channels: int = 1, activation: str = "prelu") -> Any:
    """FSRCNN with weights, biases and slopes that are all in play."""
    model = build_network("fsrcnn", scale, channels, activation)
    random = np.random.default_rng(scale)
    for variable in model.trainable_variables:
        fan = max(1, int(np.prod(variable.shape[:-1])))
        variable.assign(random.normal(0, 1 / np.sqrt(fan), variable.shape))
    return model


def run(model: Any, image: Any) -> Any:
    return keras.ops.convert_to_numpy(without_clip(model)(image))


def test_the_size_is_the_published_one() -> None:
    assert (FSRCNN.parameters(2), FSRCNN.parameters(4)) == (12_464, 12_464)
    assert FSRCNN.macs(360, 640, 2) / 1e9 == pytest.approx(6.0, abs=0.01)
    assert FSRCNN.macs(299, 299, 2, channels=3) / 1e9 == pytest.approx(5.82, abs=0.01)
    assert FSRCNN.macs_without_zeros(360, 640, 2) / 1e9 == pytest.approx(2.87, abs=0.005)
    # The published 24.7 K of the RGB network count biases and slopes.
    assert make(2, 3).count_params() == 24_683


@pytest.mark.parametrize(("scale", "channels"), [(2, 1), (4, 1), (2, 3)])
def test_the_model_has_the_weights_of_the_spec(scale: int, channels: int) -> None:
    kernels = [w for w in make(scale, channels).weights if w.name == "kernel"]
    size = sum(int(np.prod(w.shape)) for w in kernels)
    assert size == FSRCNN.parameters(scale, channels)


@pytest.mark.parametrize("kernel_size", [3, 5, 9])
@pytest.mark.parametrize("strides", [2, 3, 4])
def test_the_deconvolution_is_that_of_keras(kernel_size: int, strides: int) -> None:
    if kernel_size < strides:
        pytest.skip("Keras leaves pixels without any tap there")
    arguments = {"strides": strides, "padding": "same"}
    ours = Deconvolution(3, kernel_size, **arguments)
    theirs = keras.layers.Conv2DTranspose(3, kernel_size, **arguments)
    image = np.random.default_rng(4).normal(size=(2, 5, 6, 8)).astype(np.float32)
    expected = keras.ops.convert_to_numpy(theirs(image))
    ours(image)
    ours.set_weights([theirs.get_weights()[0], np.array([0.1, 0.2, 0.3], np.float32)])
    output = keras.ops.convert_to_numpy(ours(image)) - np.array([0.1, 0.2, 0.3], np.float32)
    np.testing.assert_allclose(output, expected, atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (2, 7), (11, 9)])
@pytest.mark.parametrize(
    ("scale", "channels", "activation"), [(2, 1, "prelu"), (4, 1, "relu"), (2, 3, "relu")]
)
def test_rewritten_it_computes_the_same(
    scale: int, channels: int, activation: str, size: tuple[int, int]
) -> None:
    model = make(scale, channels, activation)
    image = np.random.default_rng(0).random((2, *size, channels), dtype=np.float32)
    expected = run(model, image)
    rewritten = make_runnable(model)
    tolerance = 1e-5 * float(np.abs(expected).max())
    np.testing.assert_allclose(run(rewritten, image), expected, atol=tolerance)
    assert make_runnable(rewritten) is rewritten
    assert network_scale(model) == network_scale(rewritten) == scale


@pytest.mark.parametrize(("scale", "radius"), [(2, 8), (4, 7)])
def test_it_sees_as_far_as_it_says_and_no_farther(scale: int, radius: int) -> None:
    model = make(scale)
    image = np.random.default_rng(1).random((1, 1, 41, 1), dtype=np.float32)
    changed = image.copy()
    changed[:, :, 20] += 1
    difference = run(model, changed) - run(model, image)
    pixels = np.flatnonzero(np.abs(difference[0, :, :, 0]).max(axis=0) > 0) // scale
    assert (pixels.min(), pixels.max()) == (20 - radius, 20 + radius)
    assert radius <= FSRCNN.receptive_radius == 8


@pytest.mark.parametrize("scale", [2, 4])
def test_tiles_of_its_litert_file_join_without_a_seam(tmp_path: Path, scale: int) -> None:
    model = make(scale)
    path = tmp_path / "fsrcnn.tflite"
    path.write_bytes(to_litert(model))
    image = np.random.default_rng(2).random((30, 300, 1), dtype=np.float32)
    network = TiledLiteRT(path, FSRCNN.receptive_radius)
    whole = np.clip(run(model, image[np.newaxis])[0], 0, 1)
    np.testing.assert_allclose(network(image), whole, atol=5e-5)
    assert (network.scale, network.channels) == (scale, 1)


def test_it_survives_a_file(tmp_path: Path) -> None:
    model = make(2)
    for form in (model, with_subpixels(model)):
        form.save(tmp_path / "model.keras")
        image = np.random.default_rng(3).random((1, 6, 7, 1), dtype=np.float32)
        again = load_network(tmp_path / "model.keras")
        np.testing.assert_array_equal(run(again, image), run(form, image))


def test_what_is_no_fsrcnn_is_named() -> None:
    with pytest.raises(UsageError, match=r"FSRCNN is no SESR; build it with"):
        build_sesr("FSRCNN", 2)
    with pytest.raises(ModelError, match=r"only FSRCNN can be rewritten; received .*sesr_m2_x2"):
        with_subpixels(build_network("M2", 2))
    with pytest.raises(ModelError, match="only an expanded SESR can be collapsed"):
        collapse(make(2))
