"""The file that is published with a network is that network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from photos import make_photo
from sesr.catalog.shipped import TrainedModel, find_form, find_model
from sesr.engine import LiteRTNetwork
from sesr.int8 import to_litert
from sesr.network.load import load_network

SHIPPED = [
    *(find_model(name, 2) for name in ("M2", "M5", "N5", "FSRCNN")),
    find_model("M5", 4),
    *(
        form
        for form in (find_form(m, "int8") for m in (find_model("M2", 2, 3), find_model("M5", 2)))
        if form
    ),
]


@pytest.mark.parametrize("model", SHIPPED, ids=lambda model: model.stem.name)
def test_shipped_networks_convert_to_their_shipped_files(
    model: TrainedModel, tmp_path: Path
) -> None:
    """To the bit in int8, with the ranges of their training.

    In float32 processors of other makes collapse with other roundings: up to 1e-6 of full scale,
    where another network would be off by a thousand times as much.
    """
    path = tmp_path / "again.tflite"
    path.write_bytes(to_litert(load_network(model.keras)))
    image = make_photo(37, 50)[..., : model.card.channels].astype(np.float32) / 255
    expected = LiteRTNetwork(model.litert, threads=1)(image)
    found = LiteRTNetwork(path, threads=1)(image)
    exact = model.card.quantization == "int8"
    np.testing.assert_allclose(found, expected, rtol=0, atol=0 if exact else 1e-6)


def test_files_take_several_images_at_a_time() -> None:
    from sesr.engine import open_interpreter

    content = to_litert(load_network(find_model("M2", 2, 3).keras))
    given = open_interpreter(content).get_input_details()[0]
    assert given["shape_signature"].tolist() == [-1, -1, -1, 3]
