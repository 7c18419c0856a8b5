"""Winograd's convolutions: the matrices of the paper, exact in integers, and in C."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sesr.export.c99.choose import CONVOLUTIONS, choose_points, force_points, multiplications
from sesr.export.c99.deploy import DeployedC
from sesr.export.c99.integers import Convolve
from sesr.export.c99.winograd import COMPLEX_POINTS, RATIONAL_POINTS, Winograd, transform_filters

Deploy = Callable[..., DeployedC]
Differing = Callable[..., int]

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


def test_the_core_decides(deployed: Deploy) -> None:
    network = deployed("M5").integers

    def ways(product: float) -> list[bool]:
        chosen = choose_points(network, CONVOLUTIONS["complex-winograd"], product)
        return [bool(one.points) for one in chosen.operations if isinstance(one, Convolve)]

    assert ways(2.6) == [False, True, True, True, True, True, False]
    assert not any(ways(0.3))
