"""The one place that opens LiteRT files."""

import ast
from pathlib import Path

import pytest

from sesr.catalog.shipped import find_model
from sesr.engine import open_interpreter
from sesr.errors import ModelError

ROOT = Path(__file__).parents[3]


def test_a_file_and_its_content_are_the_same() -> None:
    path = find_model("M5", 2).litert
    for interpreter in (open_interpreter(path), open_interpreter(path.read_bytes(), 2)):
        assert interpreter.get_input_details()[0]["shape_signature"].tolist() == [-1, -1, -1, 1]


@pytest.mark.parametrize("reference", [False, True])
def test_what_cannot_be_opened_is_one_line(tmp_path: Path, reference: bool) -> None:
    damaged = tmp_path / "damaged.tflite"
    damaged.write_bytes(b"no network")
    for file, message in [
        (tmp_path / "none.tflite", r"none\.tflite: no such model file$"),
        (damaged, r"damaged\.tflite: not a readable LiteRT file \(.*\)$"),
        (b"no network", r"^not a readable LiteRT file \(.*\)$"),
    ]:
        with pytest.raises(ModelError, match=message):
            open_interpreter(file, reference=reference)


def test_nobody_else_opens_one() -> None:
    found = []
    for folder in ("sesr", "defense", "app", "datasets", "benchmarks"):
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text())
            if any(
                isinstance(node, ast.ImportFrom) and node.module == "ai_edge_litert.interpreter"
                for node in ast.walk(tree)
            ):
                found.append(path.relative_to(ROOT).as_posix())
    assert found == ["sesr/engine/interpreter.py"]
