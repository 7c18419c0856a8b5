"""A fresh process can read every kind of network, whatever it has imported before."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("keras")
pytest.importorskip("tensorflow")

from sesr.network.build import build_network
from sesr.network.quantization_aware import quantization_aware
from sesr.network.runnable import make_runnable

LOAD = """
import sys
from pathlib import Path
from sesr.network.load import load_network
print([load_network(Path(name)).name for name in sys.argv[1:]])
"""


def networks() -> list[Any]:
    models = [build_network("M2", 2), build_network("FSRCNN", 4)]
    runnable = [make_runnable(model) for model in models]
    return [*models, *runnable, *map(quantization_aware, runnable)]


def test_every_kind_of_network_can_be_read(tmp_path: Path) -> None:
    models = networks()
    paths = [tmp_path / f"{index}.keras" for index in range(len(models))]
    for model, path in zip(models, paths, strict=True):
        model.save(path)
    result = subprocess.run(
        [sys.executable, "-c", LOAD, *map(str, paths)], capture_output=True, text=True, check=False
    )
    assert result.stdout.strip() == str([model.name for model in models]), result.stderr
