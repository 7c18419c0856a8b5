"""A new engine is one file and one line, and works wherever an engine does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from photos import make_photo
from sesr import Upscaler
from sesr.catalog.shipped import find_model
from sesr.engine import ENGINES, open_engine
from sesr.errors import UsageError

FILE = '''
from __future__ import annotations

import numpy as np

from sesr.catalog.shipped import TrainedModel
from sesr.pixels.color import FloatImage


class NearestEngine:
    """Repeats every pixel, whatever the network."""

    precisions = ("float32",)

    def __init__(self, scale: int, workers: int) -> None:
        self.scale = scale
        self.workers = workers

    @classmethod
    def open(cls, model: TrainedModel, workers: int, precision: str) -> NearestEngine:
        return cls(model.card.scale, workers)

    def __call__(self, tile: FloatImage) -> FloatImage:
        return tile.repeat(self.scale, axis=0).repeat(self.scale, axis=1)
'''


@pytest.fixture(autouse=True)
def _one_file_and_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "toy_nearest.py").write_text(FILE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(ENGINES, "nearest", ("toy_nearest", "NearestEngine"))


@pytest.mark.parametrize("scale", [2, 4])
def test_the_upscaler_runs_it(scale: int) -> None:
    gray = make_photo(70, 93)[..., 0]
    upscale = Upscaler("M5", scale, engine="nearest", tile=40, threads=2)
    expected = gray.repeat(scale, axis=0).repeat(scale, axis=1)
    np.testing.assert_array_equal(upscale(gray), expected)


def test_it_is_told_how_many_calls_may_run_at_a_time() -> None:
    assert open_engine("nearest", find_model("M5", 2), threads=3).workers == 3


@pytest.mark.parametrize(
    ("name", "precision", "message"),
    [
        ("neares", "auto", "unknown engine 'neares'; the engines are .*, nearest"),
        ("nearest", "bfloat16", "the engine nearest has no bfloat16; use .*openvino or float32"),
        ("nearest", "half", "unknown precision 'half'"),
    ],
)
def test_its_wrong_use_is_explained(name: str, precision: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        open_engine(name, find_model("M5", 2), precision=precision)
