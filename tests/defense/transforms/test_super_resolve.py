"""Networks for luma and for RGB, by name and by path."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from defense import SuperResolve
from defense.batch import ImageBatch
from defense.differentiable import as_graph
from networks import small_network
from sesr import Upscaler
from sesr.catalog.card import ModelCard
from sesr.catalog.shipped import scales_of
from sesr.errors import ModelError, UsageError
from sesr.evaluation.forms import open_candidate
from sesr.export.source import find_source
from sesr.network.collapse import collapse
from sesr.network.load import load_network
from sesr.network.quantization_aware import quantization_aware
from sesr.network.sesr import build_sesr
from sesr.training.publish import publish


@pytest.fixture(scope="session", name="rgb_model")
def _rgb_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rgb")
    network = build_sesr("M2", scale=2, channels=3)
    model = publish(network, ModelCard.describe("M2", 2, 3, "relu"), folder, {})
    return model.litert


def test_rgb_network_enlarges_all_channels(rgb_model: Path, photos: ImageBatch) -> None:
    transform = SuperResolve(str(rgb_model))
    assert transform.channels == 3
    assert transform.trained.card.variant == "M2"
    expected = load_network(rgb_model.with_suffix(".keras")).predict(photos, verbose=0)
    np.testing.assert_allclose(transform(photos), expected, atol=1e-5)


def test_luma_network_is_the_upscaler(photos: ImageBatch) -> None:
    expected = [Upscaler("M5", 2)(image) for image in photos]
    np.testing.assert_array_equal(SuperResolve("M5", channels=1)(photos), expected)


def test_a_path_keeps_its_channels(rgb_model: Path) -> None:
    with pytest.raises(UsageError, match="has 3 channels; received channels=1"):
        SuperResolve(str(rgb_model), channels=1)


@pytest.fixture(scope="session", name="cleaner")
def _cleaner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    card = ModelCard.describe("S4", 1, 3, "relu")
    return publish(small_network("S4", 1, 3), card, tmp_path_factory.mktemp("s4"), {}).keras


def test_a_path_tells_its_scale(rgb_model: Path, cleaner: Path, photos: ImageBatch) -> None:
    assert SuperResolve(str(rgb_model)).scale == 2
    transform = SuperResolve(str(cleaner))
    assert (transform.scale, transform.channels) == (1, 3)
    even = photos[:, :20, :26]
    assert transform(even).shape == even.shape
    np.testing.assert_allclose(as_graph(transform)(even), transform(even), atol=1e-5)


def test_what_only_cleans_is_no_upscaler(cleaner: Path) -> None:
    message = "SESR-S4 takes noise away and enlarges nothing: it is for defences"
    for refused in (
        lambda: Upscaler(str(cleaner)),
        lambda: scales_of(str(cleaner)),
        lambda: open_candidate(str(cleaner), 1),
    ):
        with pytest.raises(UsageError, match=message):
            refused()
    with pytest.raises(UsageError, match="enlarges nothing: export it with --defense"):
        find_source(str(cleaner), 2, 3).load(2)
    with pytest.raises(ModelError, match="with a stride are rounded after training"):
        quantization_aware(collapse(load_network(cleaner)))


def test_odd_sides_are_refused_where_features_are_half_as_large(
    cleaner: Path, photos: ImageBatch
) -> None:
    odd, message = photos[:, :20, :25], r"SESR-S4 takes sides that 2 divides; received 20x25"
    with pytest.raises(UsageError, match=message):
        SuperResolve(str(cleaner))(odd)
    with pytest.raises(UsageError, match=message):
        as_graph(SuperResolve(str(cleaner)))(odd)


@pytest.mark.parametrize("channels", [0, 2, "rgb"])
def test_other_channels_are_refused(channels: int) -> None:
    with pytest.raises(UsageError, match=r"3 \(RGB\) or 1 \(Y\)"):
        SuperResolve("M5", channels=channels)
