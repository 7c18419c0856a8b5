"""Every engine gives the same picture."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from photos import make_photo
from sesr import Upscaler
from sesr.catalog.shipped import TrainedModel, find_model
from sesr.engine import open_engine
from sesr.engine.litert import LiteRTNetwork
from sesr.errors import MissingExtraError, ModelError, UsageError


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("engine", ["litert", "openvino", "keras"])
def test_engines_agree_in_float32(engine: str, scale: int) -> None:
    pytest.importorskip(engine if engine != "litert" else "ai_edge_litert")
    model = find_model("M5", scale)
    tile = make_photo(70, 93)[..., :1].astype(np.float32) / 255
    result = open_engine(engine, model, precision="float32")(tile)
    np.testing.assert_allclose(result, LiteRTNetwork(model.litert)(tile), atol=1e-3)


def test_bfloat16_stays_within_a_level(real_data: Path) -> None:
    from PIL import Image

    try:
        fast = Upscaler(engine="openvino", precision="bfloat16")
    except (MissingExtraError, UsageError) as error:
        pytest.skip(str(error))
    exact = Upscaler()
    paths = sorted((real_data / "sr" / "test" / "Set5").iterdir())
    assert len(paths) == 5
    for path in paths:
        luma = np.asarray(Image.open(path).convert("L")).astype(np.float32) / 255
        difference = np.abs(fast.luma(luma) - exact.luma(luma))
        assert np.quantile(difference, 0.999) < 1 / 255, path.name


def test_an_engine_that_is_not_installed_is_named(monkeypatch: Any) -> None:
    monkeypatch.setitem(__import__("sys").modules, "openvino", None)
    with pytest.raises(MissingExtraError, match=r"openvino needs packages.*openvino"):
        Upscaler(engine="openvino")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"engine": "torch"}, "unknown engine 'torch'; the engines are litert, openvino, keras"),
        ({"precision": "int3"}, "unknown precision 'int3'"),
        ({"precision": "bfloat16"}, "the engine litert has no bfloat16"),
    ],
)
def test_what_does_not_exist_is_named(arguments: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Upscaler(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ["litert", "openvino", "keras"])
@pytest.mark.parametrize("content", [None, b"junk"])
def test_a_bad_file_is_named(tmp_path: Path, engine: str, content: bytes | None) -> None:
    pytest.importorskip(engine if engine != "litert" else "ai_edge_litert")
    model = TrainedModel(find_model("M5", 2).card, tmp_path / "broken")
    if content is not None:
        for path in (model.litert, model.keras):
            path.write_bytes(content)
    with pytest.raises(ModelError, match="broken"):
        open_engine(engine, model)
