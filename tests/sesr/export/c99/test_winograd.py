"""Winograd's convolutions: the matrices of the paper, exact in integers, and in C."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.c99.multiplications import count_products, inner_products
from sesr.export.c99.choose import (
    CONVOLUTIONS,
    choose_points,
    force_points,
    multiplications,
    parse_convolution,
)
from sesr.export.c99.deploy import DeployedC
from sesr.export.c99.integers import Convolve
from sesr.export.c99.winograd import (
    COMPLEX_POINTS,
    RATIONAL_POINTS,
    Winograd,
    filter_shift,
    transform_filters,
)
from sesr.int8 import Int8Network

Deploy = Callable[..., DeployedC]
Differing = Callable[..., int]

WAYS = "direct", "complex-winograd"

POINTS = [RATIONAL_POINTS, COMPLEX_POINTS]
I = 1j  # noqa: E741

PAPER = {
    "inputs": [
        [4, 0, 0, 0, -4, 0],
        [0, 1, 1, 1, 1, 0],
        [0, -1, 1, -1, 1, 0],
        [0, -I, -1, I, 1, 0],
        [0, I, -1, -I, 1, 0],
        [0, -4, 0, 0, 0, 4],
    ],
    "filter": [[1, 0, 0], [1, 1, 1], [1, -1, 1], [1, I, -1], [1, -I, -1], [0, 0, 1]],
    "outputs": [
        [1, 1, 1, 1, 1, 0],
        [0, 1, -1, I, -I, 0],
        [0, 1, 1, -1, -1, 0],
        [0, 1, -1, -I, I, 1],
    ],
}


def test_the_matrices_are_those_of_the_paper() -> None:
    axis = Winograd(COMPLEX_POINTS, 3)
    for name, matrix in PAPER.items():
        np.testing.assert_array_equal(getattr(axis, f"{name}_matrix")(), matrix)


@pytest.mark.parametrize(
    ("points", "products", "direct"), [(RATIONAL_POINTS, 16, 36), (COMPLEX_POINTS, 46, 144)]
)
def test_multiplications_of_a_tile(points: Any, products: int, direct: int) -> None:
    axis = Winograd(points, 3)
    kernel = np.ones((3, 3, 1, 1), np.int8)
    assert axis.products == products == len(transform_filters(kernel, points))
    assert axis.outputs**2 * 9 == direct


@pytest.mark.parametrize("points", POINTS, ids=["rational", "complex"])
@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (3, 3), (3, 4), (5, 5)], ids=str)
def test_tiles_equal_direct_convolution(points: Any, shape: tuple[int, int]) -> None:
    """In one dimension at a time with complex numbers, for random numbers and every extreme."""
    down, across = (Winograd(points, taps) for taps in shape)
    if min(down.outputs, across.outputs) < 1:
        pytest.skip("no output in a tile")
    random = np.random.default_rng(0)
    size = down.size
    tiles = [random.integers(-128, 128, (size, size)) for _ in range(20)]
    kernels = [random.integers(-127, 128, shape) for _ in range(20)]
    tiles += [np.full((size, size), value) for value in (-128, 127)] * 2
    kernels += [np.full(shape, value) for value in (-127, -127, 127, 127)]
    for d, g in zip(tiles, kernels, strict=True):
        left = down.filter_matrix() @ g @ across.filter_matrix().T
        right = down.inputs_matrix() @ d @ across.inputs_matrix().T
        assert np.abs(right).max() < 2**15 and np.abs(left).max() < 2**15
        found = down.outputs_matrix() @ (left * right) @ across.outputs_matrix().T
        windows = np.lib.stride_tricks.sliding_window_view(d, shape)
        wanted = (windows * g).sum((2, 3)) * down.factor * across.factor
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(
    "network", [("M3", 4, 1), pytest.param(("N5", 2, 1), marks=pytest.mark.slow)], ids=str
)
@pytest.mark.parametrize("way", ["winograd", "complex-winograd"])
def test_the_c_equals_the_reference_kernels(
    way: str, network: Any, gcc: str, deployed: Deploy, in_way: Deploy, differing: Differing
) -> None:
    """Kernels of 3x3, 5x5, 3x4, 4x3 and 4x4, on tiles that no number of outputs divides."""
    assert differing(gcc, in_way(deployed(*network, tile="21x27"), way)) == 0


@pytest.mark.slow
@pytest.mark.parametrize("way", CONVOLUTIONS)
def test_a_thousand_tiles(
    way: str, gcc: str, deployed: Deploy, in_way: Deploy, differing: Differing
) -> None:
    assert differing(gcc, in_way(deployed("M5"), way), ("-O2",), 1000) == 0


def test_map_by_map_gives_the_same(
    gcc: str, deployed: Deploy, in_way: Deploy, differing: Differing
) -> None:
    one = in_way(deployed("M3", 4, 1, "21x27"), "complex-winograd", lines=False)
    assert differing(gcc, one, ("-O0",)) == 0


def test_multiplications_of_the_network(deployed: Deploy) -> None:
    network = deployed("M5", tile="32x32").integers
    assert multiplications(network) == network.macs
    forced = force_points(network, COMPLEX_POINTS)
    inner = [one for one in forced.operations if isinstance(one, Convolve)][1:-1]
    assert all(one.points == COMPLEX_POINTS and one.kernel.shape[:2] == (3, 3) for one in inner)
    # 144 multiplications of a tile become 46, 3.13 times fewer; 100 of a 5x5 kernel become 46.
    outer = 32 * 32 * 25 * (16 + 64)
    area = 32 * 32 * 5 * 256 * 9
    assert multiplications(forced) == outer * 46 // 100 + area * 46 // 144


def test_multiplications_are_counted_by_the_c(deployed: Deploy, in_way: Deploy, gcc: str) -> None:
    """Not from a formula: every product counts itself. 46 for 144 in the layers of 3x3."""
    direct, fewer = (in_way(deployed("M2", 2, 3, "32x24"), way) for way in WAYS)
    before, after = count_products(direct), count_products(fewer)
    assert inner_products(direct, before) * 46 == inner_products(fewer, after) * 144 > 0
    assert (sum(before), sum(after)) == tuple(multiplications(o.integers) for o in (direct, fewer))


@pytest.mark.parametrize("points", POINTS, ids=["rational", "complex"])
def test_filters_are_scaled_as_one(points: Any) -> None:
    """Three numbers of a complex filter agree after scaling: re, im - re and re + im."""
    kernel = np.random.default_rng(2).integers(-127, 128, (3, 3, 5, 4), dtype=np.int8)
    exact = transform_filters(kernel, points)
    assert filter_shift(kernel, points, 0) == filter_shift(kernel, points, 12) == 0
    for bits in (8, 6):
        shift = filter_shift(kernel, points, bits)
        scaled = transform_filters(kernel, points, shift)
        assert shift > 0 and np.abs(scaled).max() < 2 ** (bits - 1)
        assert np.abs(scaled * 2**shift - exact).max() <= 2**shift
        re, difference, total = scaled[16::3], scaled[17::3], scaled[18::3]
        np.testing.assert_array_equal(total - difference, 2 * re)


def test_scaled_filters_lose_little_and_as_they_should(deployed: Deploy) -> None:
    """Twelve bits are all there are; each bit less doubles the error, and eight still serve."""
    one = deployed("M2", 2, 3)
    exact = Int8Network(one.litert)
    noise = np.random.default_rng(6).integers(-128, 128, exact.input_shape[1:], dtype=np.int8)
    wanted = exact(noise).astype(float)
    errors = []
    for bits in (12, 9, 6):
        network = force_points(one.integers, *parse_convolution(f"scaled-winograd:{bits}"))
        found = replace(one, integers=network).run_int8(one.tile)(noise)
        errors.append(np.abs(found - wanted).mean())
    assert errors[0] == 0 < errors[1] < errors[2] / 2 < 20


def test_the_core_decides(deployed: Deploy) -> None:
    network = deployed("M5").integers

    def ways(product: float) -> list[bool]:
        chosen = choose_points(network, CONVOLUTIONS["complex-winograd"], product)
        return [bool(one.points) for one in chosen.operations if isinstance(one, Convolve)]

    assert ways(2.6) == [False, True, True, True, True, True, False]
    assert not any(ways(0.3))
