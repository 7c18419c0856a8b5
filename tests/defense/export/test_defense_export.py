"""The whole defence: tiles that fit, a classifier that takes the network's output, one table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow")
pytest.importorskip("ethosu.vela")


from defense.export.bundle import write_classifier, write_table
from defense.export.classifier import build_classifier, to_int8_classifier
from defense.export.compared import with_prelu
from defense.export.comparison import Comparison, Setting
from defense.export.host_stages import host_plan
from defense.export.npu_part import (
    NpuPart,
    classifier_part,
    even_tiles,
    fit_network,
    fit_tiles,
    frames_a_second,
)
from defense.export.verify import verify_defense
from networks import small_network
from photos import make_photo
from sesr.errors import ExportError, ModelError, UsageError
from sesr.export.npu.target import find_target
from sesr.export.npu.tiles import TileShape
from sesr.export.npu.vela import Compiled, compile_network
from sesr.export.operators import list_operators
from sesr.int8 import Int8Network, calibration_images, low_resolution, quantize
from sesr.lowering import DECONVOLUTION, Lowering, PlainNetwork, possible_lowerings
from sesr.pixels.levels import to_int8_image
from sesr.pixels.tiling import run_tiles

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
    assert (part.tile, part.runs, part.overhead) == (TileShape(299, 299, 6), 1, 0)
    assert part.cycles == 100 * 299**2


def test_with_a_budget_the_fewest_cycles_win() -> None:
    part = fit_tiles("net", 299, 6, TARGET, fake, 50 * 128 * 128)
    assert part.compiled.sram <= 50 * 128 * 128
    assert part.cycles == part.runs * 100 * part.tile.height * part.tile.width
    for height in (160, 128, 96, 64, 48, 32):
        for width in (128, 102, 96, 64, 48, 32):
            other = TileShape(height, width, 6)
            if height * width <= 128 * 128:
                assert part.cycles <= 100 * height * width * other.count(299, 299)
    assert part.overhead == pytest.approx(part.cycles / (100 * 299**2) - 1)
    assert part.describe() == f"{part.runs} tiles of {part.tile}"


def test_few_tiles_are_compiled_on_the_way() -> None:
    """Those that are too large by far are not even tried."""
    tried = []

    def compile_tile(tile: TileShape) -> Compiled:
        tried.append(tile)
        return fake(tile)

    part = fit_tiles("net", 299, 6, TARGET, compile_tile, 50 * 48 * 48)
    assert tried[-1] == part.tile
    assert len(tried) <= 8


def test_tiles_begin_where_a_stride_does() -> None:
    tiles = even_tiles(224, 14, stride=2)
    assert all(tile.height % 2 == tile.width % 2 == 0 for tile in tiles)
    windows = [*tiles[5].plan(224, 224).rows, *tiles[5].plan(224, 224).columns]
    assert all(window.start % 2 == 0 for window in windows)


@pytest.mark.parametrize("size", [40, 299])
def test_even_tiles_leave_no_rest(size: int) -> None:
    tiles = even_tiles(size, 9)
    assert tiles[0] == TileShape(size, size, 9)
    costs = [tile.count(size, size) * tile.height * tile.width for tile in tiles]
    assert costs == sorted(costs)
    assert len(set(tiles)) == len(tiles)


def test_a_budget_that_nothing_fits_is_an_error() -> None:
    with pytest.raises(ExportError, match=r"net: no tile of .* 299x299 pixels fits into 1 KiB"):
        fit_tiles("net", 299, 6, TARGET, fake, 1024)


@pytest.fixture(scope="module")
def fsrcnn() -> PlainNetwork:
    return PlainNetwork.from_keras(small_network("FSRCNN", 2, 3))


def test_fsrcnn_runs_wholly_on_the_npu_in_every_form(fsrcnn: PlainNetwork) -> None:
    image = to_int8_image(low_resolution(make_photo(48, 40, 3), 2, 3))
    outputs = []
    for network in (fsrcnn, with_prelu(fsrcnn)):
        for lowering in possible_lowerings(network, 24, 20):
            content = quantize(network, lowering, IMAGES).convert(24, 20)
            assert ("PRELU" in list_operators(content)) == (network is not fsrcnn)
            assert compile_network(content, TARGET).cpu_operators == 0
            int8 = Int8Network(content)
            # int8 is pixel - 128 here as well.
            assert int8.input_quantization == pytest.approx((1 / 255, -128))
            assert int8.output_quantization == pytest.approx((1 / 255, -128))
            if network is fsrcnn:
                outputs.append(int8(image).astype(int))
    subpixels, reshaped, deconvolution = outputs
    np.testing.assert_array_equal(subpixels, reshaped)
    assert np.abs(subpixels - deconvolution).mean() < 1


def test_tiles_of_fsrcnn_equal_the_whole_image(fsrcnn: PlainNetwork) -> None:
    one = quantize(fsrcnn, Lowering("transposed", "none"), IMAGES)
    image = to_int8_image(low_resolution(make_photo(90, 80, 3), 2, 3))
    tile = TileShape(24, 21, fsrcnn.receptive_radius)
    tiled = run_tiles(Int8Network(one.convert(24, 21)), image, tile.plan(45, 40), 2)
    assert np.count_nonzero(tiled != Int8Network(one.convert(45, 40))(image)) == 0


def test_the_published_form_is_the_slowest(fsrcnn: PlainNetwork) -> None:
    ours = fit_network("FSRCNN", fsrcnn, 40, TARGET, IMAGES, None)
    other = fit_network("FSRCNN", fsrcnn, 40, TARGET, IMAGES, None, (DECONVOLUTION,))
    slowest = fit_network("FSRCNN", with_prelu(fsrcnn), 40, TARGET, IMAGES, None, (DECONVOLUTION,))
    assert ours.cycles < other.cycles < slowest.cycles


@pytest.fixture(scope="module")
def classifier() -> tuple[NpuPart, bytes]:
    content = to_int8_classifier(build_classifier("mobilenet_v2", 32, None), [make_photo(40, 40)])
    return classifier_part("mobilenet_v2_32x32", 32, content, TARGET), content


def test_the_classifier_takes_the_networks_output(classifier: tuple[NpuPart, bytes]) -> None:
    part, content = classifier
    network = Int8Network(content)
    assert network.input_quantization == pytest.approx((1 / 127.5, 0), rel=1e-6)
    assert network.output_shape == (1, 1000)
    assert part.compiled.cpu_operators == 0


def test_a_plan_tells_how_often_the_classifier_is_asked() -> None:
    text = "noise:0.1,views:mirror,bicubic:200,sesr:M5:rgb,bicubic:224"
    plan = host_plan(text, 299, 2)
    assert plan == replace(host_plan(text.replace("views:mirror,", ""), 299, 2), answers=2)


def test_the_folder_of_a_classifier(
    classifier: tuple[NpuPart, bytes], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, content = classifier
    network = NpuPart("net", 28, TileShape(20, 20, 6), part.compiled)
    slow = NpuPart("slow", 28, TileShape(16, 16, 6), part.compiled)
    assert (network.runs, slow.runs) == (4, 16)
    settings = [Setting(part, ("jpeg:75",))]
    host = {"jpeg:75": 0.004, "bicubic:32": 0.006}
    table = Comparison([network, slow], settings, host, 28, "ethos-u55-256")
    text = table.text()
    assert "4 tiles of 20x20" in text
    assert "jpeg:75: 4.00 ms" in text
    both = frames_a_second([network, part])
    assert both == pytest.approx(1 / (5 * part.seconds))
    # Only the setting's own stages count.
    first, last = text.splitlines()[-2:]
    assert first.split()[-4:-2] == [f"{both:.2f}", f"{1 / (5 * part.seconds + 0.004):.2f}"]
    assert first.split()[-2:] == [f"{17 / 5:.2f}", "4.00"]
    assert last.split()[-2:] == ["1.00", "1.00"]
    speeds = table.data()["classified_at"]["32"]["networks"]["net"]
    assert speeds["super_resolution_alone"] == pytest.approx(4)
    twice = Setting(part, (), answers=2)
    assert twice.frames_a_second(network) == pytest.approx(1 / (6 * part.seconds))
    table_of_two = Comparison([network], [twice], {}, 28, "ethos-u55-256")
    assert "behind it asked twice" in table_of_two.text()
    assert table_of_two.data()["classified_at"]["32"]["classifier_runs"] == 2
    write_classifier(tmp_path / "classifier_32", part, content)
    write_table(tmp_path, table, "sesr export --defense")
    monkeypatch.setattr("defense.export.verify.SUPER_RESOLUTION", "classifier_32")
    with pytest.raises(ExportError, match=r"classifier_32/manifest.json: no such file"):
        verify_defense(tmp_path)
    (tmp_path / "classifier_32" / "vela_report.txt").unlink()
    with pytest.raises(ExportError, match=r"vela_report.txt: missing"):
        verify_defense(tmp_path)


def test_classifiers_that_cannot_be_had() -> None:
    with pytest.raises(UsageError, match=r"unknown classifier 'resnet'.*mobilenet_v2"):
        build_classifier("resnet", 32, None)
    with pytest.raises(ModelError, match="no such weights file"):
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
