"""LiteRT files of every kind on images of any size."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from photos import make_photo
from sesr.catalog.shipped import MODELS_FOLDER, find_model
from sesr.engine.tiled import LARGEST_HALO, TiledLiteRT
from sesr.errors import ModelError, UsageError
from sesr.evaluation.forms import open_candidate

TILE = 40

pytestmark = pytest.mark.filterwarnings("ignore:Statistics for quantized inputs")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """M5 x2 as LiteRT files of one tile size: float, and int8 inside and at the border."""
    keras = pytest.importorskip("keras")
    import tensorflow as tf

    from sesr.network.load import load_network
    from sesr.network.runnable import make_runnable

    folder = tmp_path_factory.mktemp("tiles")
    model = make_runnable(load_network(find_model("M5", 2).keras))
    image = keras.Input((TILE, TILE, 1), batch_size=1)
    fixed = keras.Model(image, model(image))
    written = {}
    for kind in ("float", "int8"):
        converter = tf.lite.TFLiteConverter.from_keras_model(fixed)
        if kind == "int8":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = lambda: ([luma(TILE, TILE, s)[None]] for s in (1, 2))
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = tf.int8
        written[kind] = folder / f"{kind}.tflite"
        written[kind].write_bytes(converter.convert())
    return written


def luma(height: int, width: int, seed: int = 0) -> Any:
    return make_photo(height, width, seed)[..., :1].astype(np.float32) / 255


@pytest.mark.parametrize("size", [(TILE, TILE), (61, 100), (41, 40)])
def test_tiles_of_one_size_join_without_a_seam(files: dict[str, Path], size: Any) -> None:
    image = luma(*size)
    whole = TiledLiteRT(find_model("M5", 2).litert)(image)
    for halo in (9, LARGEST_HALO):
        tiled = TiledLiteRT(files["float"], halo)
        assert (tiled.tile, tiled.scale, tiled.channels) == ((TILE, TILE), 2, 1)
        np.testing.assert_allclose(tiled(image), whole, atol=1e-5)


def test_too_small_a_halo_shows(files: dict[str, Path]) -> None:
    image = luma(61, 100)
    whole = TiledLiteRT(find_model("M5", 2).litert)(image)
    assert np.abs(TiledLiteRT(files["float"], 3)(image) - whole).max() > 1e-4


def test_int8_is_quantised_at_the_border(files: dict[str, Path]) -> None:
    image = luma(61, 100)
    candidate = open_candidate(str(files["int8"]), 2)
    assert candidate.form == "int8"
    assert candidate.card is None
    exact = open_candidate("M5", 2).run(image[..., 0])
    output = candidate.run(image[..., 0])
    assert output.dtype == np.float32
    assert np.abs(output - exact).mean() < 0.01
    assert len(np.unique(output)) <= 256


def test_centred_images_of_micro_npus_are_pixels_too(tmp_path: Path) -> None:
    """A network that hands on the image that it takes, as `pixel - 128` of zero point 0."""
    keras = pytest.importorskip("keras")
    import tensorflow as tf

    def centred(value: Any) -> Any:
        limits = (-128 / 255, 127 / 255)
        return tf.quantization.fake_quant_with_min_max_args(value, *limits)

    @tf.function(input_signature=[tf.TensorSpec((1, TILE, TILE, 1), tf.float32)])
    def enlarge(image: Any) -> Any:
        rows = centred(tf.concat([centred(image)] * 4, -1))
        return centred(tf.nn.depth_to_space(rows, 2))

    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [enlarge.get_concrete_function()], keras.Model()
    )
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    path = tmp_path / "nearest.tflite"
    path.write_bytes(converter.convert())
    image = luma(TILE, TILE)
    expected = image.repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_allclose(TiledLiteRT(path, 1)(image), expected, atol=1e-6)


def test_int8_tiles_join_to_the_bit(files: dict[str, Path]) -> None:
    image = luma(TILE + 20, TILE + 30)
    networks = [TiledLiteRT(files["int8"], halo) for halo in (9, 12, 15)]
    first, *others = (network(image) for network in networks)
    for other in others:
        np.testing.assert_array_equal(other, first)


def test_an_image_smaller_than_the_tile_is_extended(files: dict[str, Path]) -> None:
    image = luma(20, 90)
    output = TiledLiteRT(files["float"], 9)(image)
    whole = TiledLiteRT(find_model("M5", 2).litert)(image)
    assert output.shape == whole.shape == (40, 180, 1)
    # Only what lies within the halo of the added rows can differ.
    np.testing.assert_allclose(output[: 2 * (20 - 9)], whole[: 2 * (20 - 9)], atol=1e-5)


def test_a_tile_of_nothing_but_halo_is_refused(files: dict[str, Path]) -> None:
    with pytest.raises(UsageError, match="larger than two halos of 20 pixels; received 40"):
        TiledLiteRT(files["float"], 20)


def test_large_images_go_through_in_tiles() -> None:
    """Of a file that takes any size: the same, to rounding, as in one piece."""
    from sesr.engine.litert import LiteRTNetwork

    path = MODELS_FOLDER / "m2_x2_rgb.tflite"
    image = make_photo(30, 300).astype(np.float32) / 255
    whole = LiteRTNetwork(path)(image)
    np.testing.assert_allclose(TiledLiteRT(path, 6)(image), whole, atol=1e-6)


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    tf = pytest.importorskip("tensorflow")
    signature = tf.TensorSpec((1, 7), tf.float32)
    function = tf.function(lambda x: x * 2, input_signature=[signature])
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [function.get_concrete_function()], tf.Module()
    )
    (tmp_path / "other.tflite").write_bytes(converter.convert())
    with pytest.raises(ModelError, match=r"other\.tflite: no upscaling network.*received \(1, 7\)"):
        TiledLiteRT(tmp_path / "other.tflite")
