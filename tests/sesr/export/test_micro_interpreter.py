"""TensorFlow Lite Micro gives what LiteRT's reference kernels give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from networks import small_network
from photos import make_photo
from sesr.errors import ExportError, UsageError
from sesr.export import micro_interpreter
from sesr.export.micro_interpreter import MicroNetwork, has_micro, micro_report
from sesr.export.source import find_source
from sesr.int8 import Int8Network, calibration_images, quantize
from sesr.lowering import PlainNetwork, possible_lowerings

needs_micro = pytest.mark.skipif(not has_micro(), reason="tflite-micro is not installed")


def int8_files(network: PlainNetwork, side: int) -> dict[str, bytes]:
    """The network in every lowering: those that an NPU chooses from, and that of C."""
    images = calibration_images([make_photo(96, 96)], network.scale, network.channels)
    return {
        str(lowering): quantize(network, lowering, images).convert(side, side)
        for lowering in possible_lowerings(network, side, side)
    }


def tiles(side: int, channels: int, random: int) -> list[Any]:
    """Extremes, edges, and random tiles."""
    shape = (side, side, channels)
    flat = [np.full(shape, value, np.int8) for value in (-128, -1, 0, 127)]
    edges = np.where(np.indices(shape).sum(0) % 2, 127, -128).astype(np.int8)
    numbers = np.random.default_rng(5)
    noise = [numbers.integers(-128, 128, shape, dtype=np.int8) for _ in range(random)]
    return [*flat, edges, *noise]


def differing(content: bytes, images: list[Any]) -> int:
    micro, reference = MicroNetwork(content), Int8Network(content)
    return sum(int(np.count_nonzero(micro(image) != reference(image))) for image in images)


@needs_micro
@pytest.mark.parametrize("network", [("M2", 2, 3), ("M3", 4, 1)], ids=str)
def test_every_lowering_gives_the_same(network: Any) -> None:
    plain = PlainNetwork.from_keras(small_network(*network))
    files = int8_files(plain, 24)
    assert any("reshape" in name for name in files) and len(files) > 2
    for name, content in files.items():
        assert differing(content, tiles(24, network[2], 2)) == 0, name


@needs_micro
@pytest.mark.slow
@pytest.mark.parametrize(("side", "random"), [(24, 1000), (64, 20)])
def test_the_shipped_network(side: int, random: int) -> None:
    network = find_source("M5", 2, 1, int8_trained=True).load(2)
    for name, content in int8_files(network, side).items():
        assert differing(content, tiles(side, 1, random)) == 0, name
        if side == 64:
            # More than the C takes line by line, and as much as it does with whole maps.
            assert 200_000 < MicroNetwork(content).arena_bytes < 220_000, name


@needs_micro
def test_a_file_that_it_cannot_run_is_refused() -> None:
    with pytest.raises(ExportError, match="TensorFlow Lite Micro cannot run the network"):
        MicroNetwork(b"TFL3" * 8)


def test_nothing_depends_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(micro_interpreter, "find_spec", lambda name: None)
    assert micro_report(b"") is None
    with pytest.raises(UsageError, match="run pip install tflite-micro"):
        MicroNetwork(b"")
