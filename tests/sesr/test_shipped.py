"""The trained networks of the package are what their cards say."""

from pathlib import Path

import numpy as np
import pytest

from photos import make_photo
from sesr.card import ModelCard, file_sha256
from sesr.engine.litert import LiteRTNetwork
from sesr.errors import ModelError
from sesr.shipped import TrainedModel, shipped_models
from sesr.variants import VARIANTS

MODELS = shipped_models()
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.card.stem)

PROMISED = ("m5_x2_y", "m5_x4_y")


def test_the_promised_models_are_there() -> None:
    assert set(PROMISED) <= {model.card.stem for model in MODELS}


@each_model
def test_files_have_the_hashes_of_the_card(model: TrainedModel) -> None:
    for path in (model.keras, model.litert):
        assert file_sha256(path) == model.card.sha256[path.suffix]


@each_model
def test_sizes_on_the_card_are_computed_ones(model: TrainedModel) -> None:
    card = model.card
    fresh = ModelCard.describe(card.variant, card.scale, card.channels, card.activation)
    assert (card.parameters, card.macs_720p) == (fresh.parameters, fresh.macs_720p)
    assert card.parameters == VARIANTS[card.variant].parameters(card.scale, card.channels)


@each_model
def test_the_card_tells_of_training_and_benchmarks(model: TrainedModel) -> None:
    assert {"data", "images", "steps", "exclude", "started_from", "validation_psnr"} <= set(
        model.card.training
    )
    assert {"Set5", "Set14", "BSD100"} <= set(model.card.benchmarks)


@each_model
def test_the_file_to_train_on_and_the_file_that_runs_are_one_network(model: TrainedModel) -> None:
    keras = pytest.importorskip("keras")
    from sesr.network.collapse import collapse
    from sesr.network.load import load_network

    expanded = load_network(model.keras)
    image = make_photo(41, 58)[..., : model.card.channels].astype(np.float32) / 255
    runs = LiteRTNetwork(model.litert)(image)
    for form in (expanded, collapse(expanded)):
        output = keras.ops.convert_to_numpy(form(image[np.newaxis]))[0]
        np.testing.assert_allclose(runs, output, atol=1e-5)


@each_model
def test_the_litert_file_takes_any_size(model: TrainedModel) -> None:
    network = LiteRTNetwork(model.litert)
    for height, width in [(1, 1), (7, 30), (64, 5), (1, 1)]:
        output = network(np.full((height, width, model.card.channels), 0.5, np.float32))
        scale = model.card.scale
        assert output.shape == (height * scale, width * scale, model.card.channels)


@each_model
def test_the_litert_file_is_small(model: TrainedModel) -> None:
    weights = 4 * model.card.parameters
    assert weights < model.litert.stat().st_size < 1.2 * weights


@each_model
def test_quality_is_that_of_the_card(real_data: Path, model: TrainedModel) -> None:
    from sesr import Upscaler
    from sesr.evaluation import evaluate
    from sesr_datasets.image_folder import find_images, read_image

    upscaler = Upscaler(str(model.litert), model.card.scale)
    for name in ("Set5", "Set14", "BSD100"):
        paths = find_images([real_data / "sr" / "test" / name])
        images = ((path.name, read_image(path)) for path in paths)
        scores = evaluate(upscaler.luma, images, model.card.scale)
        noted = model.card.benchmarks[name]
        assert scores.psnr > scores.bicubic_psnr + 1
        assert scores.psnr == pytest.approx(noted["psnr"], abs=0.005)
        assert scores.ssim == pytest.approx(noted["ssim"], abs=0.0005)
        assert scores.bicubic_psnr == pytest.approx(noted["bicubic_psnr"], abs=0.005)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "not a readable LiteRT file"), (b"TFL3 but no more", "not a readable LiteRT file")],
)
def test_a_damaged_litert_file_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=message):
        LiteRTNetwork(path)


@pytest.mark.parametrize("text", ["", "{}", '{"variant": "M5"}', "[1]"])
def test_a_damaged_card_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "model.json"
    path.write_text(text)
    with pytest.raises(ModelError, match=r"model\.json: not a model card"):
        ModelCard.load(path)


def test_a_card_survives_its_file(tmp_path: Path) -> None:
    card = ModelCard.describe("m7", 4, 3, "prelu")
    card.save(tmp_path / "card.json")
    assert ModelCard.load(tmp_path / "card.json") == card
    assert card.stem == "m7_x4_rgb"
