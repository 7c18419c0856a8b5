"""The C of a network gives what LiteRT's reference kernels give, and nothing else happens in it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sesr.errors import UsageError
from sesr.export.c99.arena import plan_arena
from sesr.export.c99.deploy import DeployedC
from sesr.export.c99.litert_reader import read_integers
from sesr.export.c99.source.network import steps_of
from sesr.lowering import convert_network

Deploy = Callable[..., DeployedC]
Differing = Callable[..., int]

NETWORKS = [("M5", 2, 1), ("M2", 2, 3), pytest.param(("N5", 2, 1), marks=pytest.mark.slow)]
"""x4 is among the networks of the tests of Winograd's convolutions."""


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_the_c_equals_the_reference_kernels(
    network: Any, gcc: str, deployed: Deploy, differing: Differing
) -> None:
    """Compiled without a warning, run under the sanitizers of addresses and of behaviour."""
    assert differing(gcc, deployed(*network)) == 0


def test_map_by_map_gives_the_same(gcc: str, deployed: Deploy, differing: Differing) -> None:
    one = deployed("M5")
    arena = plan_arena(one.integers, steps_of(one.integers), line_buffered=False)
    assert arena.size == one.whole_maps > 2 * one.line_buffered
    assert differing(gcc, replace(one, arena=arena), ("-O0",)) == 0


def test_another_compiler_gives_the_same(deployed: Deploy, differing: Differing) -> None:
    clang = shutil.which("clang")
    if clang is None:
        pytest.skip("no clang")
    assert differing(clang, deployed("M2", 2, 3), ("-O1",)) == 0


def test_a_ring_is_not_longer_than_its_readers_need(
    gcc: str, deployed: Deploy, differing: Differing
) -> None:
    """The tests above can fail: one row less in any ring shows."""
    one = deployed("M5")
    for index in (1, 2):
        ring = one.arena.rings[index]
        rings = list(one.arena.rings)
        rings[index] = replace(ring, rows=ring.rows - 1)
        arena = replace(one.arena, rings=tuple(rings))
        assert differing(gcc, replace(one, arena=arena), ("-O0",), 1) > 0, index


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_nothing_but_integers_and_the_arena(network: Any, deployed: Deploy) -> None:
    code = re.sub(r"/\*.*?\*/", "", deployed(*network).source("test"), flags=re.DOTALL)
    words = set(re.findall(r"[A-Za-z_]\w*", code))
    assert not words & {"float", "double", "malloc", "calloc", "alloca", "goto", "setjmp"}
    assert re.findall(r"#include.*", code) == ['#include "sesr_network.h"']
    assert not re.search(r"\d\.\d", code)
    # No function calls itself, or one that is defined below it.
    for name, body in re.findall(r"\n\w[\w *]*?\b(\w+)\([^;{]*\)\n\{(.*?)\n\}", code, re.DOTALL):
        assert name not in re.findall(r"\w+", body)


def test_equal_networks_give_equal_files(deployed: Deploy) -> None:
    one = deployed("M2", 2, 3)
    again = deployed.__wrapped__("M2", 2, 3)  # type: ignore[attr-defined]
    assert one.source("x") == again.source("x")
    assert one.header("x") == again.header("x")


def test_floats_have_no_c(deployed: Deploy) -> None:
    one = deployed("M2", 2, 3)
    content = convert_network(one.quantized.network, one.quantized.lowering, (1, 20, 26))
    with pytest.raises(UsageError, match=r"C is written for int8; .* is not int8"):
        read_integers(content)
