"""`sesr export` to portable C, and its check."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

pytest.importorskip("tensorflow")
pytest.importorskip("ethosu.vela")

from networks import small_network
from sesr.catalog.shipped import find_model
from sesr.errors import ExportError, UsageError
from sesr.export.folder import hash_files, write_json
from sesr_app.commands import app
from sesr_app.export.verify import verify_export


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "tiny.keras"
    small_network("M2").save(path)
    return path


def export(model: Path, output: Path, *more: object) -> Any:
    arguments = ("--model", model, "--tile", "24x20", "--max-loss", "9", "-o", output, *more)
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


@pytest.fixture(scope="module")
def bundle(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle") / "out"
    result = export(model, folder, "--target", "cortex-m4")
    assert result.exit_code == 0, result.exception
    assert "line by line" in result.output
    return folder


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle, tmp_path / "copy"))


def test_the_folder_says_what_it_is(bundle: Path) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text())
    report = json.loads((bundle / "report.json").read_text())
    assert (manifest["kind"], manifest["target"]) == ("c99", "cortex-m4")
    assert manifest["tile"] == [24, 20]
    sizes = report["arena_bytes_of_each"]
    assert report["arena_bytes"] == sizes["line_buffered"] < sizes["whole_maps"]
    header = (bundle / "src" / "sesr_network.h").read_text()
    assert f"#define SESR_ARENA_BYTES {report['arena_bytes']}\n" in header
    assert "-mcpu=cortex-m4" in (bundle / "README.txt").read_text()


def test_verify_runs_the_c(bundle: Path) -> None:
    checks = verify_export(bundle)
    assert checks[2] == "4 test vectors are reproduced bit for bit"
    if not shutil.which("cc") and not shutil.which("gcc"):
        pytest.skip("no compiler")
    assert checks[-1].endswith("gives 4 of the same outputs")


@pytest.mark.skipif(not shutil.which("gcc"), reason="no gcc")
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (", 127)", ", 126)", "the C gives another output for"),
        ("#define WIDTH", "#defined WIDTH", "does not compile it"),
    ],
)
def test_verify_looks_beyond_the_hashes(old: str, new: str, message: str, copy: Path) -> None:
    path = copy / "src" / "sesr_network.c"
    path.write_text(path.read_text().replace(old, new))
    manifest = json.loads((copy / "manifest.json").read_text())
    write_json(copy / "manifest.json", {**manifest, "files": hash_files(copy)})
    with pytest.raises(ExportError, match=message):
        verify_export(copy)


def test_two_exports_are_equal_and_a_budget_chooses(
    model: Path, bundle: Path, tmp_path: Path
) -> None:
    options = (model, tmp_path / "out", "--target", "cortex-m4")
    assert export(*options).exit_code == 0
    assert hash_files(tmp_path / "out") == hash_files(bundle)
    assert export(*options, "--overwrite", "--sram", "100").exit_code == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["arena"] == "whole_maps"
    verify_export(tmp_path / "out")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--target", "cortex-m3"), "did you mean cortex-m.* the targets are cpu, c99, cortex"),
        (("--target", "c99", "--sram", "4"), "needs an arena of .* KiB; the budget is 4 KiB"),
        (("--target", "c99", "--memory-mode", "Sram_Only"), "are for NPUs; received c99"),
        (("--target", "c99", "--tile", "12x40"), "larger than two halos of 6 pixels; received 12"),
        (("--target", "c99", "--convolution", "complex"), "did you mean complex-winograd"),
        (("--target", "c99", "--convolution", "scaled-winograd:3"), "takes 4 to 12 bits; received"),
        (("--target", "cpu", "--convolution", "direct"), "is for C; received target cpu"),
        (("--target", "c99", "--defense"), "received target c99"),
    ],
)
def test_what_does_not_fit(
    arguments: tuple[str, ...], part: str, model: Path, tmp_path: Path
) -> None:
    result = export(model, tmp_path / "out", *arguments)
    assert isinstance(result.exception, UsageError)
    assert result.exception.exit_code == 2
    assert re.search(part, str(result.exception)), result.exception
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not shutil.which("gcc"), reason="no gcc")
def test_scaled_filters_have_outputs_of_their_own(
    model: Path, bundle: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    result = export(model, folder, "--target", "c99", "--convolution", "scaled-winograd:6")
    assert result.exit_code == 0, result.exception
    manifest = json.loads((folder / "manifest.json").read_text())
    report = json.loads((folder / "report.json").read_text())
    assert manifest["exact"] is False
    assert set(report["convolutions"]) == {"scaled-winograd:6"}
    name = "vectors/photograph_output.bin"
    assert (folder / name).read_bytes() != (bundle / name).read_bytes()
    checks = verify_export(folder)
    assert not any("bit for bit" in check for check in checks)
    assert checks[-1].endswith("gives 4 of the same outputs")


def test_a_float_network_where_int8_is_due(tmp_path: Path) -> None:
    """A LiteRT file holds a network in float32, or one that is quantized already."""
    path = tmp_path / "m5_x2_y.tflite"
    shutil.copy(find_model("M5", 2, 1).litert, path)
    result = export(path, tmp_path / "out", "--target", "c99")
    assert isinstance(result.exception, UsageError)
    assert "give the .keras file that it was made of" in str(result.exception)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_network_without_a_way_to_c(tmp_path: Path) -> None:
    path = tmp_path / "fsrcnn.keras"
    small_network("FSRCNN", activation="prelu").save(path)
    result = export(path, tmp_path / "out", "--target", "c99")
    assert isinstance(result.exception, UsageError)
    assert "operator PRELU of the network cannot be written in C" in str(result.exception)
    assert [file.name for file in tmp_path.iterdir()] == ["fsrcnn.keras"]
