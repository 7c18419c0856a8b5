"""int8 networks: exact where that is claimed, close to float32 elsewhere."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow")
pytest.importorskip("ethosu.vela")

from networks import small_network
from photos import make_photo
from sesr.errors import ModelError, UsageError
from sesr.export.folder import data_file
from sesr.export.npu.deploy import Quantized, quantize
from sesr.export.npu.tiles import TileShape, run_tiles
from sesr.export.operators import list_operators
from sesr.int8.calibration import calibration_images, low_resolution
from sesr.int8.reference import Int8Network, from_int8_image, to_int8_image
from sesr.lowering.compute import Lowering, possible_lowerings, run
from sesr.lowering.plain_network import CENTRE, PlainNetwork
from sesr.pixels.tiling import fixed_windows


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
        exact = run(one.network, one.lowering, from_int8_image(image)[np.newaxis] - CENTRE)
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


def sizes(count: int) -> list[tuple[int, int, int, int]]:
    """Random heights and widths of images and tiles."""
    random = np.random.default_rng(7)
    found = []
    for _ in range(count):
        tile = random.integers(20, 40, 2)
        image = tile + random.integers(0, 50, 2)
        found.append(tuple(int(side) for side in (*image, *tile)))
    return found  # type: ignore[return-value]


@pytest.mark.parametrize("size", sizes(6), ids=str)
@pytest.mark.parametrize("name", ["M2", "N5"])
def test_tiles_equal_the_whole_image(name: str, size: tuple[int, int, int, int]) -> None:
    height, width, tile_height, tile_width = size
    network = PlainNetwork.from_keras(small_network(name))
    images = calibration_images([make_photo(96, 96)], 2, 1)
    one = quantize(network, possible_lowerings(network, 40, 40)[-1], images)
    image = to_int8_image(low_resolution(make_photo(2 * height, 2 * width, 5), 2, 1))
    shape = TileShape(tile_height, tile_width, network.receptive_radius)
    tiled = run_tiles(Int8Network(one.convert(tile_height, tile_width)), image, shape, 2)
    whole = Int8Network(one.convert(height, width))(image)
    assert np.count_nonzero(tiled != whole) == 0


def test_a_smaller_halo_would_not_do() -> None:
    """The test above can fail: without its halo the seams show."""
    network = PlainNetwork.from_keras(small_network("M2"))
    one = quantize(
        network, Lowering("transposed", "add"), calibration_images([make_photo(96, 96)], 2, 1)
    )
    image = to_int8_image(low_resolution(make_photo(120, 120, 5), 2, 1))
    tiled = run_tiles(Int8Network(one.convert(30, 30)), image, TileShape(30, 30, 2), 2)
    assert np.count_nonzero(tiled != Int8Network(one.convert(60, 60))(image)) > 0


@pytest.mark.parametrize("length", [20, 21, 39, 40, 41, 100, 333])
def test_windows_cover_every_pixel_once(length: int) -> None:
    windows = fixed_windows(length, 20, 4)
    assert [w.keep_start for w in windows] == [0, *(w.keep_stop for w in windows[:-1])]
    assert windows[-1].keep_stop == length
    for window in windows:
        assert window.stop - window.start == 20
        assert window.start == 0 or window.keep_start - window.start >= 4
        assert window.stop == length or window.stop - window.keep_stop >= 4


def test_images_smaller_than_a_tile_are_refused() -> None:
    with pytest.raises(UsageError, match="received 19 pixels for a tile of 20"):
        fixed_windows(19, 20, 4)


@pytest.mark.parametrize("text", ["64", "64x", "axb", "64x64x1", "-8x64"])
def test_tiles_must_be_two_numbers(text: str) -> None:
    with pytest.raises(UsageError, match="HEIGHTxWIDTH"):
        TileShape.parse(text, 9)


def test_a_tile_must_be_larger_than_its_halos() -> None:
    with pytest.raises(UsageError, match="larger than two halos of 9 pixels; received 18"):
        TileShape.parse("64x18", 9)


MAIN = r"""
#include <stdio.h>
#include <stdlib.h>
#include "sesr_tiles.h"
/* Stands for a network of radius 3: every enlarged pixel is a sum of neighbours, with wrap. */
static int run(void *context, const int8_t *input, int8_t *output)
{
    const sesr_tile_shape *s = context;
    for (int y = 0; y < s->height * s->scale; y++)
        for (int x = 0; x < s->width * s->scale; x++)
            for (int c = 0; c < s->channels; c++) {
                int sum = y % s->scale + 3 * (x % s->scale);
                for (int v = y / s->scale - 3; v <= y / s->scale + 3; v++)
                    for (int u = x / s->scale - 3; u <= x / s->scale + 3; u++)
                        if (v >= 0 && u >= 0 && v < s->height && u < s->width)
                            sum += (v - y / s->scale + 4)
                                   * input[(v * s->width + u) * s->channels + c];
                output[(y * s->width * s->scale + x) * s->channels + c] = (int8_t)(sum & 0x3f);
            }
    return 0;
}
int main(int argc, char **argv)
{
    int n[7];
    if (argc != 8) return 2;
    for (int i = 0; i < 7; i++) n[i] = atoi(argv[i + 1]);
    sesr_tile_shape shape = {n[2], n[3], n[4], n[5], n[6]};
    size_t small = (size_t)n[0] * n[1] * n[4], tile = (size_t)n[2] * n[3] * n[4];
    size_t area = (size_t)n[5] * n[5];
    uint8_t *image = malloc(small), *output = malloc(small * area);
    int8_t *in = malloc(tile), *out = malloc(tile * area);
    if (fread(image, 1, small, stdin) != small) return 3;
    int failed = sesr_upscale(&shape, image, n[0], n[1], output, in, out, run, &shape);
    if (failed) return 100 - failed;
    return fwrite(output, 1, small * area, stdout) != small * area;
}
"""


@pytest.fixture(scope="module")
def c_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tile loop that the export writes, around a stand-in for the network."""
    gcc = shutil.which("gcc")
    if gcc is None:
        pytest.skip("no gcc")
    folder = tmp_path_factory.mktemp("c")
    (folder / "main.c").write_text(MAIN)
    for name in ("sesr_tiles.c", "sesr_tiles.h"):
        shutil.copy(data_file(name), folder)
    strict = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
    checked = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    subprocess.run([gcc, *strict, *checked, "-c", "sesr_tiles.c"], cwd=folder, check=True)
    subprocess.run(
        [gcc, "-std=c99", *checked, "main.c", "sesr_tiles.o", "-o", "main"], cwd=folder, check=True
    )
    return folder / "main"


def call_c(program: Path, image: Any, tile: TileShape, scale: int) -> Any:
    height, width, channels = image.shape
    numbers = (height, width, tile.height, tile.width, channels, scale, tile.halo)
    # The program leaves its memory to the end of the process.
    return subprocess.run(
        [program, *map(str, numbers)],
        input=image.tobytes(),
        capture_output=True,
        check=False,
        env={"ASAN_OPTIONS": "detect_leaks=0"},
    )


def stand_in(tile: Any, scale: int) -> Any:
    """What the C program computes for a tile."""
    height, width, _ = tile.shape
    padded = np.pad(tile.astype(np.int64), [(3, 3), (3, 3), (0, 0)])
    total = sum(
        (dy + 1) * padded[dy : dy + height, dx : dx + width] for dy in range(7) for dx in range(7)
    )
    large = total.repeat(scale, axis=0).repeat(scale, axis=1)
    y, x = np.mgrid[: height * scale, : width * scale] % scale
    return ((large + (y + 3 * x)[..., np.newaxis]) & 0x3F).astype(np.int8)


@pytest.mark.parametrize("size", sizes(8), ids=str)
@pytest.mark.parametrize(("channels", "scale"), [(1, 2), (3, 4)])
def test_the_c_loop_is_the_python_loop(
    c_program: Path, size: tuple[int, int, int, int], channels: int, scale: int
) -> None:
    height, width, tile_height, tile_width = size
    tile = TileShape(tile_height, tile_width, 3)
    image = np.random.default_rng(1).integers(0, 256, (height, width, channels), dtype=np.uint8)
    result = call_c(c_program, image, tile, scale)
    assert result.returncode == 0, result.stderr
    signed = (image.astype(np.int16) - 128).astype(np.int8)
    tiled = run_tiles(lambda part: stand_in(part, scale), signed, tile, scale)
    whole = stand_in(signed, scale)
    output = np.frombuffer(result.stdout, np.uint8).reshape(whole.shape).astype(np.int16) - 128
    np.testing.assert_array_equal(output, tiled)
    np.testing.assert_array_equal(output, whole)


def test_the_c_loop_refuses_what_it_cannot_do(c_program: Path) -> None:
    image = np.zeros((30, 30, 1), np.uint8)
    assert call_c(c_program, image, TileShape(31, 20, 3), 2).returncode == 101
    small = TileShape(7, 20, 3)
    object.__setattr__(small, "height", 6)
    assert call_c(c_program, image, small, 2).returncode == 102
