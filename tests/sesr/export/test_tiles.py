"""Tiles of a micro-NPU join without a seam, in Python and in the C loop that the export writes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from networks import small_network
from photos import make_photo
from sesr.errors import UsageError
from sesr.export.folder import data_file
from sesr.export.npu.tiles import TileShape
from sesr.int8 import Int8Network, calibration_images, low_resolution, quantize
from sesr.lowering import Lowering, PlainNetwork, possible_lowerings
from sesr.pixels.levels import to_int8_image
from sesr.pixels.tiling import fixed_windows, run_tiles


def in_tiles(network: Any, image: Any, tile: TileShape, scale: int) -> Any:
    return run_tiles(network, image, tile.plan(*image.shape[:2]), scale)


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
    tiled = in_tiles(Int8Network(one.convert(tile_height, tile_width)), image, shape, 2)
    whole = Int8Network(one.convert(height, width))(image)
    assert np.count_nonzero(tiled != whole) == 0


def test_a_smaller_halo_would_not_do() -> None:
    """The test above can fail: without its halo the seams show."""
    network = PlainNetwork.from_keras(small_network("M2"))
    one = quantize(
        network, Lowering("transposed", "add"), calibration_images([make_photo(96, 96)], 2, 1)
    )
    image = to_int8_image(low_resolution(make_photo(120, 120, 5), 2, 1))
    tiled = in_tiles(Int8Network(one.convert(30, 30)), image, TileShape(30, 30, 2), 2)
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
    tiled = in_tiles(lambda part: stand_in(part, scale), signed, tile, scale)
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
