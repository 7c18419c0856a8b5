"""Networks for luma and for RGB, by name and by path."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from defense import SuperResolve
from defense.batch import ImageBatch
from sesr import Upscaler
from sesr.catalog.card import ModelCard
from sesr.errors import UsageError
from sesr.network.sesr import build_sesr
from sesr.training.publish import publish


@pytest.fixture(scope="session", name="rgb_model")
def _rgb_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rgb")
    network = build_sesr("M2", scale=2, channels=3)
    model = publish(network, ModelCard.describe("M2", 2, 3, "relu"), folder, {})
    return model.litert


def test_rgb_network_enlarges_all_channels(rgb_model: Path, photos: ImageBatch) -> None:
    from sesr.network.load import load_network

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


@pytest.mark.parametrize("channels", [0, 2, "rgb"])
def test_other_channels_are_refused(channels: int) -> None:
    with pytest.raises(UsageError, match=r"3 \(RGB\) or 1 \(Y\)"):
        SuperResolve("M5", channels=channels)
