"""The whole defence: tiles that fit, a classifier that takes the network's output, one table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow")
pytest.importorskip("ethosu.vela")

from photos import make_photo
from sesr.errors import ExportError, ModelError, UsageError
from sesr.export.baseline import FORMS, fsrcnn_int8
from sesr.export.classifier import build_classifier, to_int8_classifier
from sesr.export.defense_bundle import Comparison, write_classifier, write_defense
from sesr.export.int8_network import Int8Network
from sesr.export.operators import list_operators
from sesr.export.pipeline import NpuPart, classifier_part, fit_tiles, frames_a_second
from sesr.export.samples import calibration_images
from sesr.export.target import find_target
from sesr.export.tiles import TileShape
from sesr.export.vela import Compiled, compile_network
from sesr.export.verify import verify_bundle

TARGET = find_target("ethos-u55-256")
IMAGES = calibration_images([make_photo(64, 64)], 2, 3)


def fake(tile: TileShape) -> Compiled:
    """A network of 100 cycles and 50 bytes a pixel."""
    area = tile.height * tile.width
    names: dict[str, Any] = {"content": b"", "report": "", "table": "", "command": ()}
    numbers = {"npu_operators": 1, "cpu_operators": 0, "flash": 9, "dram": 0, "macs": 1}
    return Compiled(
        **names,
        version="5",
        cpu_names=(),
        cycles=100 * area,
        clock=5e8,
        sram=50 * area,
        **numbers,
    )


def test_without_a_budget_the_image_stays_whole() -> None:
    part = fit_tiles("net", 299, 6, TARGET, fake, None)
    assert (part.tile, part.runs, part.overhead(299)) == (TileShape(299, 299, 6), 1, 0)
    assert part.cycles == 100 * 299**2


def test_with_a_budget_the_fewest_cycles_win() -> None:
    part = fit_tiles("net", 299, 6, TARGET, fake, 50 * 128 * 128)
    assert part.tile is not None
    assert part.tile.height <= 128
    assert part.cycles == part.runs * 100 * part.tile.height**2
    for side in (128, 96, 64, 48, 32):
        assert part.cycles <= 100 * side**2 * TileShape(side, side, 6).count(299, 299)
    assert part.overhead(299) == pytest.approx(part.cycles / (100 * 299**2) - 1)


def test_a_budget_that_nothing_fits_is_an_error() -> None:
    with pytest.raises(ExportError, match=r"net: no tile of 299 to 32 pixels fits into 1 KiB"):
        fit_tiles("net", 299, 6, TARGET, fake, 1024)


@pytest.mark.parametrize("form", FORMS)
def test_fsrcnn_runs_wholly_on_the_npu(form: str) -> None:
    content = fsrcnn_int8(form, 3, 24, 20, IMAGES)
    assert Int8Network(content).output_shape == (1, 48, 40, 3)
    assert ("PRELU" in list_operators(content)) == (form == "published")
    assert compile_network(content, TARGET).cpu_operators == 0


@pytest.fixture(scope="module")
def classifier() -> tuple[NpuPart, bytes]:
    content = to_int8_classifier(build_classifier("mobilenet_v2", 32, None), [make_photo(40, 40)])
    return classifier_part("mobilenet_v2_32x32", content, TARGET), content


def test_the_classifier_takes_the_networks_output(classifier: tuple[NpuPart, bytes]) -> None:
    part, content = classifier
    network = Int8Network(content)
    assert network.input_quantization == pytest.approx((1 / 127.5, 0), rel=1e-6)
    assert network.output_shape == (1, 1000)
    assert part.compiled.cpu_operators == 0


def test_the_folder_of_a_classifier(
    classifier: tuple[NpuPart, bytes], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, content = classifier
    network = NpuPart("net", TileShape(20, 20, 6), 4, part.compiled)
    table = Comparison([network], {32: part}, {"jpeg:75": 0.004, "bicubic:32": 0.006}, 16)
    text = table.text()
    assert "4 tiles of 20x20" in text
    assert "jpeg:75: 4.00 ms" in text
    both = frames_a_second([network, part])
    assert both == pytest.approx(1 / (5 * part.seconds))
    # The classifier takes all that super resolution gives, so nothing is resized.
    assert f"{1 / (5 * part.seconds + 0.004):.2f}" in text.splitlines()[-1]
    write_classifier(tmp_path / "classifier_32", part, content)
    write_defense(tmp_path, table, "sesr export --defense")
    monkeypatch.setattr("sesr.export.verify.SUPER_RESOLUTION", "classifier_32")
    with pytest.raises(ExportError, match=r"classifier_32/manifest.json: no such file"):
        verify_bundle(tmp_path)
    (tmp_path / "classifier_32" / "vela_report.txt").unlink()
    with pytest.raises(ExportError, match=r"vela_report.txt: missing"):
        verify_bundle(tmp_path)


def test_classifiers_that_cannot_be_had() -> None:
    with pytest.raises(UsageError, match=r"unknown classifier 'resnet'.*mobilenet_v2"):
        build_classifier("resnet", 32, None)
    with pytest.raises(ModelError, match="no such file of weights"):
        build_classifier("mobilenet_v2", 32, "nowhere.weights.h5")


@pytest.mark.slow
def test_classifiers_keep_their_mind(real_data: Any) -> None:
    """int8 and float32 agree on photographs."""
    import cv2
    from PIL import Image

    weights = real_data / "classifiers" / "mobilenet_v2_1.0_224.weights.h5"
    paths = sorted((real_data / "classification" / "images").glob("*.webp"))[:24]
    photos = [np.asarray(Image.open(path).convert("RGB")) for path in paths]
    model = build_classifier("mobilenet_v2", 224, str(weights))
    network = Int8Network(to_int8_classifier(model, photos[:12]))
    agree = 0
    for photo in photos[12:]:
        small = cv2.resize(photo, (224, 224), interpolation=cv2.INTER_AREA)
        logits = np.asarray(model(small[np.newaxis] / np.float32(127.5) - 1))
        int8 = network((small.astype(np.int16) - 128).astype(np.int8))
        agree += int(np.argmax(logits) == np.argmax(int8))
    assert agree >= 9
