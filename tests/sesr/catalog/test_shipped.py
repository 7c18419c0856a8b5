"""The trained networks of the package are what their cards say."""

from pathlib import Path

import numpy as np
import pytest

from photos import make_photo
from sesr.catalog import shipped
from sesr.catalog.card import ModelCard, file_sha256
from sesr.catalog.networks import get_variant
from sesr.catalog.shipped import TrainedModel, find_form, find_model, shipped_models
from sesr.engine.litert import LiteRTNetwork
from sesr.errors import ModelError, UsageError
from sesr.evaluation.forms import open_candidate
from sesr.evaluation.protocol import evaluate

MODELS = shipped_models()
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.card.stem)

PROMISED = ("m5_x2_y", "m5_x4_y")


def test_the_promised_models_are_there() -> None:
    assert set(PROMISED) <= {model.card.stem for model in MODELS}


@each_model
def test_files_have_the_hashes_of_the_card(model: TrainedModel) -> None:
    for path in (model.keras, model.litert):
        assert file_sha256(path) == model.card.sha256[path.suffix]


def test_networks_trained_for_int8_stand_beside_their_float32_form() -> None:
    found = {model.card.stem: find_form(model, "int8") for model in MODELS}
    trained = {stem: int8 for stem, int8 in found.items() if int8}
    assert {"m2_x2_rgb", "m5_x2_y"} <= set(trained)
    for int8 in trained.values():
        assert int8.card.quantization == "int8"
        for path in (int8.keras, int8.litert):
            assert file_sha256(path) == int8.card.sha256[path.suffix]


@each_model
def test_sizes_on_the_card_are_computed_ones(model: TrainedModel) -> None:
    card = model.card
    fresh = ModelCard.describe(card.variant, card.scale, card.channels, card.activation)
    assert (card.parameters, card.macs_720p) == (fresh.parameters, fresh.macs_720p)
    assert card.parameters == get_variant(card.variant).parameters(card.scale, card.channels)


@each_model
def test_the_card_tells_of_training_and_benchmarks(model: TrainedModel) -> None:
    assert {"data", "images", "steps", "exclude", "started_from", "validation_psnr"} <= set(
        model.card.training
    )
    assert {"Set5", "Set14", "BSD100"} <= set(model.card.benchmarks)


@each_model
def test_the_file_to_train_on_and_the_file_that_runs_are_one_network(model: TrainedModel) -> None:
    keras = pytest.importorskip("keras")
    from sesr.network.load import load_network
    from sesr.network.runnable import make_runnable

    expanded = load_network(model.keras)
    image = make_photo(41, 58)[..., : model.card.channels].astype(np.float32) / 255
    runs = LiteRTNetwork(model.litert)(image)
    for form in (expanded, make_runnable(expanded)):
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
    assert weights < model.litert.stat().st_size < 1.2 * weights + 16_384


FAST = ("m5_x2_y", "m5_x4_y")
"""Measured on all sets in every run; the others on Set5 only, since hashes pin their files."""


def check_quality(real_data: Path, model: TrainedModel, name: str) -> None:
    from sesr_datasets.image_folder import find_images, read_image

    card = model.card
    candidate = open_candidate(str(model.litert), card.scale)
    assert candidate.channels == card.channels
    paths = find_images([real_data / "sr" / "test" / name])
    images = ((path.name, read_image(path)) for path in paths)
    scores = evaluate(candidate.run, images, card.scale, channels=card.channels)
    noted = card.benchmarks[name]
    assert scores.psnr > scores.bicubic_psnr + 1
    assert scores.psnr == pytest.approx(noted["psnr"], abs=0.005)
    assert scores.ssim == pytest.approx(noted["ssim"], abs=0.0005)
    assert scores.bicubic_psnr == pytest.approx(noted["bicubic_psnr"], abs=0.005)


@each_model
@pytest.mark.parametrize(
    "name",
    [
        "Set5",
        pytest.param("Set14", marks=pytest.mark.slow),
        pytest.param("BSD100", marks=pytest.mark.slow),
    ],
)
def test_quality_is_that_of_the_card(real_data: Path, model: TrainedModel, name: str) -> None:
    check_quality(real_data, model, name)


@pytest.mark.parametrize("name", ["Set14", "BSD100"])
@pytest.mark.parametrize("model", [m for m in MODELS if m.card.stem in FAST])
def test_the_promised_models_keep_their_quality(
    real_data: Path, model: TrainedModel, name: str
) -> None:
    check_quality(real_data, model, name)


@pytest.mark.parametrize("form", ["faint", "light", "heavy"])
def test_networks_for_artefacts_stand_beside_those_for_clean_images(form: str) -> None:
    made = find_form(find_model("M5", 2, 1), form)
    assert made is not None
    assert made.card.artefacts == form
    assert made.card.training["degradation"].startswith("jpeg:")
    for path in (made.keras, made.litert):
        assert file_sha256(path) == made.card.sha256[path.suffix]


def test_a_name_finds_the_network_of_the_channels_asked_for() -> None:
    for model in MODELS:
        card = model.card
        assert find_model(card.variant, card.scale, card.channels).card == card
        chosen = find_model(card.variant, card.scale).card
        assert (chosen.variant, chosen.scale) == (card.variant, card.scale)
        assert chosen.channels <= card.channels


def test_y_comes_first_where_there_are_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "MODELS_FOLDER", tmp_path)
    for channels in (1, 3):
        card = ModelCard.describe("M3", 2, channels, "relu")
        card.save(tmp_path / f"{card.stem}.json")
    ModelCard.describe("M2", 2, 3, "relu").save(tmp_path / "m2_x2_rgb.json")
    assert find_model("M3", 2).card.channels == 1
    assert find_model("M3", 2, 3).card.channels == 3
    assert find_model("M2", 2).card.channels == 3
    with pytest.raises(UsageError, match=r"no trained M2 x2 for Y .* has M3 x2 Y, M2 x2 RGB"):
        find_model("M2", 2, 1)


def test_a_file_of_other_channels_is_refused() -> None:
    path = find_model("M5", 2, 1).litert
    with pytest.raises(UsageError, match="this model is for Y; RGB was asked for"):
        find_model(str(path), 2, 3)


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
