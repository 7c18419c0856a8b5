"""`sesr export`, as a person runs it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

pytest.importorskip("tensorflow")
pytest.importorskip("ethosu.vela")

from command import assert_fails, sesr
from networks import small_network
from sesr.catalog.shipped import find_form, find_model
from sesr.errors import ExportError, UsageError
from sesr.export.npu.c_source import array_content
from sesr_app.commands import app
from sesr_app.export.verify import verify_export


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "tiny.keras"
    small_network("M2").save(path)
    return path


def export(model: Path, output: Path, *more: object, **options: Any) -> Any:
    arguments = ("--model", model, "--tile", "32x24", "--max-loss", "9", "-o", output)
    return sesr("export", *arguments, *more, **options)


def run_here(*arguments: object) -> Any:
    """The command in this process, which has TensorFlow loaded already."""
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


@pytest.fixture(scope="module")
def bundle(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle") / "out"
    result = export(model, folder, "--target", "ethos-u55-64")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert "0 CPU operators" in result.stdout
    return folder


@pytest.fixture
def small_defense(monkeypatch: pytest.MonkeyPatch) -> None:
    """The defence of images of 40x40, compared with little, and a tiny classifier."""
    import keras

    from defense.export import compared, deploy, host_stages

    def build(name: str, size: int, weights: str | None) -> Any:
        image = keras.Input((size, size, 3), batch_size=1)
        x = keras.layers.Conv2D(8, 3, strides=4, activation="relu")(image)
        return keras.Model(image, keras.layers.Dense(10)(keras.layers.Flatten()(x)))

    monkeypatch.setattr(deploy, "DEFENDED", 40)
    monkeypatch.setattr(compared, "COMPARED", ())
    monkeypatch.setattr(host_stages, "RUNS", 1)
    monkeypatch.setattr(deploy, "build_classifier", build)


@pytest.mark.usefixtures("small_defense")
def test_a_whole_defense(tmp_path: Path) -> None:
    options = ("--defense", "--model", "M2", "--target", "ethos-u55-256", "-o", tmp_path / "out")
    result = run_here(*options, "--sram", "60")
    assert result.exit_code == 0, result.exception
    assert "224x224 needs" in result.output
    data = json.loads((tmp_path / "out" / "defense.json").read_text())
    parts = data["parts"]
    ours = parts["m2_x2_rgb_int8"]
    assert ours["runs"] > 1
    height, width = ours["tile"]
    assert ours["overhead"] == pytest.approx(ours["runs"] * height * width / 40**2 - 1)
    assert ours["cycles"] == ours["runs"] * ours["one_run"]["cycles"]
    assert all(part["one_run"]["cpu_operators"] == 0 for part in parts.values())
    assert all(part["one_run"]["sram_bytes"] <= 60 * 1024 for part in parts.values())
    baselines = [name for name in parts if name.startswith("FSRCNN")]
    assert [name.split(", ")[1:] for name in baselines] == [[], ["deconvolution"], ["as published"]]
    setting = data["classified_at"]["80"]
    assert setting["cpu_stages"] == ["jpeg:75", "wavelet:0.02"]
    fastest, slowest = setting["networks"]["m2_x2_rgb_int8"], setting["networks"][baselines[-1]]
    assert fastest["times_as_fast"] > 1 == slowest["times_as_fast"]
    checks = verify_export(tmp_path / "out")
    assert checks[0].endswith("files have the SHA-256 of the manifest")
    assert checks[-2] == "4 test vectors are reproduced bit for bit"


@pytest.mark.usefixtures("small_defense")
def test_a_defense_that_fits_nowhere(tmp_path: Path) -> None:
    options = ("--defense", "--model", "M2", "-o", tmp_path / "out")
    result = run_here(*options, "--sram", "4")
    assert isinstance(result.exception, ExportError)
    assert "80x80 needs" in str(result.exception)
    assert "the budget is 4 KiB: raise --sram" in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_fsrcnn_is_exported_too(tmp_path: Path) -> None:
    path = tmp_path / "fsrcnn.keras"
    small_network("FSRCNN", 2, 1).save(path)
    options = ("--model", path, "--max-loss", "9")
    assert run_here(*options, "--tile", "24x24", "-o", tmp_path / "npu").exit_code == 0
    assert run_here(*options, "--target", "cpu", "-o", tmp_path / "cpu").exit_code == 0
    manifest = json.loads((tmp_path / "npu" / "manifest.json").read_text())
    assert manifest["halo"] == 8
    assert manifest["compiled_operators"] == ["ethos-u"]
    assert manifest["command"] == "sesr export --model fsrcnn.keras --tile 24x24 --max-loss 9.0"
    assert "zero point -128, for pixel / 255." in (tmp_path / "npu" / "README.txt").read_text()
    for kind in ("npu", "cpu"):
        verify_export(tmp_path / kind)


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle, tmp_path / "copy"))


def test_two_exports_are_equal_byte_for_byte(model: Path, bundle: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    assert export(model, again, "--target", "ethos-u55-64").returncode == 0
    files = sorted(path.relative_to(bundle) for path in bundle.rglob("*"))
    assert files == sorted(path.relative_to(again) for path in again.rglob("*"))
    for name in files:
        if (bundle / name).is_file():
            assert (bundle / name).read_bytes() == (again / name).read_bytes(), name


def test_the_bundle_says_what_it_is(bundle: Path) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text())
    report = json.loads((bundle / "report.json").read_text())
    assert manifest["compiled_operators"] == ["ethos-u"]
    assert manifest["tile"] == [32, 24]
    assert manifest["halo"] == 6
    assert manifest["psnr"]["images"] == 1
    assert report["cpu_operators"] == 0
    assert report["arena_bytes"] >= report["sram_bytes"] + 8 * 1024
    assert "--memory-mode Shared_Sram" in report["command"]
    header = (bundle / "src" / "sesr_network.h").read_text()
    assert "#define SESR_TILE_WIDTH 24\n" in header
    assert f"#define SESR_ARENA_BYTES {report['arena_bytes']}\n" in header
    for name in ("LICENSE.txt", "README.txt", "vela_report.txt", "src/sesr_tiles.c"):
        assert (bundle / name).stat().st_size > 0


def test_c_sources_compile_and_hold_the_files(bundle: Path, tmp_path: Path) -> None:
    import subprocess

    gcc = shutil.which("gcc")
    if gcc is None:
        pytest.skip("no gcc")
    for source in (bundle / "src").glob("*.c"):
        for standard in ("c99", "c11"):
            strict = [f"-std={standard}", "-Wall", "-Wextra", "-Werror"]
            subprocess.run([gcc, *strict, "-c", source, "-o", tmp_path / "x.o"], check=True)
    source = (bundle / "src" / "sesr_network_vela.c").read_text()
    compiled = next(bundle.glob("*_vela.tflite")).read_bytes()
    assert array_content(source) == compiled


def test_verify_accepts_what_export_wrote(bundle: Path) -> None:
    result = sesr("export", "verify", bundle)
    assert (result.returncode, result.stderr) == (0, "")
    assert "4 test vectors are reproduced bit for bit" in result.stdout


def test_verify_finds_a_changed_file(copy: Path) -> None:
    path = copy / "vela_report.txt"
    path.write_text(path.read_text() + " ")
    assert_fails(sesr("export", "verify", copy), 1, "vela_report.txt: changed")


def forge(folder: Path, name: str, content: bytes) -> None:
    """Change a file and the manifest with it."""
    from sesr.export.folder import hash_files, write_json

    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] = hash_files(folder)
    write_json(folder / "manifest.json", manifest)


def change_manifest(folder: Path, **changes: Any) -> None:
    from sesr.export.folder import write_json

    manifest = {**json.loads((folder / "manifest.json").read_text()), **changes}
    known = {key: value for key, value in manifest.items() if value is not None}
    write_json(folder / "manifest.json", known)


def test_verify_looks_beyond_the_hashes(copy: Path) -> None:
    vector = "vectors/noise_output.bin"
    content = bytearray((copy / vector).read_bytes())
    content[5] ^= 1
    forge(copy, vector, bytes(content))
    with pytest.raises(ExportError, match=r"noise_output.bin: the network gives another output"):
        verify_export(copy)


def test_verify_compares_arrays_with_files(copy: Path) -> None:
    name = "src/sesr_network_vela.c"
    forge(copy, name, (copy / name).read_bytes().replace(b"0x1c", b"0x1d", 1))
    with pytest.raises(ExportError, match="the array is not equal to"):
        verify_export(copy)


def test_verify_finds_operators_on_the_cpu(copy: Path) -> None:
    litert = next(path for path in copy.glob("*.tflite") if "_vela" not in path.name)
    forge(copy, f"{litert.stem}_vela.tflite", litert.read_bytes())
    with pytest.raises(ExportError, match="its operators are not those of the manifest"):
        verify_export(copy)
    # A manifest that admits them does not help.
    operators = json.loads((copy / "manifest.json").read_text())["operators"]
    change_manifest(copy, compiled_operators=operators)
    with pytest.raises(ExportError, match=r"_vela.tflite: operators on the CPU: .*CONV_2D"):
        verify_export(copy)


def test_a_network_that_is_not_wholly_on_the_npu_is_not_exported(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sesr.export.npu import deploy
    from sesr.lowering import native_lowering

    monkeypatch.setattr(
        deploy, "possible_lowerings", lambda network, *_: [native_lowering(network)]
    )
    options = ("--model", model, "--tile", "24x24", "--max-loss", "9", "-o", tmp_path / "out")
    result = run_here(*options)
    assert isinstance(result.exception, ExportError)
    assert "operators stay on the CPU" in str(result.exception)
    assert "DepthToSpace" in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_verify_knows_folders_by_their_kind(copy: Path) -> None:
    assert json.loads((copy / "manifest.json").read_text())["kind"] == "npu"
    change_manifest(copy, kind="phone")
    with pytest.raises(ExportError, match=r"known kind, which are npu, cpu, c99; received 'phone'"):
        verify_export(copy)
    # As folders of earlier versions have it.
    change_manifest(copy, kind=None)
    assert verify_export(copy)[-2] == "4 test vectors are reproduced bit for bit"


@pytest.mark.parametrize("change", ["missing", "extra", "manifest", "nothing"])
def test_verify_names_what_is_wrong(change: str, copy: Path) -> None:
    if change == "missing":
        (copy / "README.txt").unlink()
    if change == "extra":
        (copy / "more.txt").write_text("?")
    if change == "manifest":
        (copy / "manifest.json").write_text("[]")
    folder = copy / "none" if change == "nothing" else copy
    parts = {
        "missing": "README",
        "extra": "more.txt",
        "manifest": "not a manifest",
        "nothing": "no such",
    }
    with pytest.raises(ExportError, match=parts[change]):
        verify_export(folder)


@pytest.mark.parametrize("size", ["any", "40x48"])
def test_plain_files_for_a_cpu(size: str, model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cpu"
    more = () if size == "any" else ("--tile", size)
    result = run_here("--target", "cpu", "--model", model, "--max-loss", "9", "-o", folder, *more)
    assert result.exit_code == 0, result.output
    stem = "sesr_tiny" if size == "any" else "sesr_tiny_40x48"
    kinds = {"_float32.tflite", "_float16.tflite", "_int8.tflite", ".onnx"}
    names = {path.name for path in folder.iterdir()}
    assert names == {f"{stem}{kind}" for kind in kinds} | {"manifest.json", "LICENSE.txt"}
    manifest = json.loads((folder / "manifest.json").read_text())
    for name, check in manifest["checked_against_keras"].items():
        limit = 0.05 if "int8" in name else 5e-3 if "16" in name else 1e-4
        assert check["largest_difference"] <= limit, name
    assert verify_export(folder)[0] == "5 files have the SHA-256 of the manifest"
    sizes = {path.name: path.stat().st_size for path in folder.glob("*.tflite")}
    assert sizes[f"{stem}_int8.tflite"] < sizes[f"{stem}_float32.tflite"]


def test_a_network_trained_for_int8_is_compared_without_its_rounding(tmp_path: Path) -> None:
    int8 = find_form(find_model("M2", 2, 3), "int8")
    assert int8 is not None
    folder = tmp_path / "cpu"
    result = run_here("--target", "cpu", "--model", int8.keras, "--rgb", "-o", folder)
    assert result.exit_code == 0, result.exception
    checked = json.loads((folder / "manifest.json").read_text())["checked_against_keras"]
    stem = "sesr_m2_x2_rgb_int8"
    assert checked[f"{stem}_float32.tflite"]["largest_difference"] <= 1e-4
    loss = checked[f"{stem}_float32.tflite"]["psnr"] - checked[f"{stem}_int8.tflite"]["psnr"]
    assert 0 < loss < 0.15


def test_a_file_that_differs_from_keras_is_not_written(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sesr.export.cpu import files

    monkeypatch.setitem(files.LARGEST_DIFFERENCE, "float16", 1e-9)
    result = run_here("--target", "cpu", "--model", model, "--max-loss", "9", "-o", tmp_path / "c")
    assert isinstance(result.exception, ExportError)
    assert "float16.tflite: differs from Keras" in str(result.exception)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("tile", ["16x16", "huge"])
def test_tiles_that_do_not_fit(tile: str, tmp_path: Path) -> None:
    result = run_here("--model", "M5", "--tile", tile, "-o", tmp_path / "out")
    assert isinstance(result.exception, UsageError)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--target", "cpu", "--defense", "-o", "x"), "received target cpu"),
        (("--scale", "4", "--defense", "-o", "x"), "received scale 4"),
        (("--defense", "--tile", "64x64", "-o", "x"), "the defence finds its own tiles"),
        (("--sram", "0", "-o", "x"), "received 0"),
        (
            ("--target", "ethos-u56", "-o", "x"),
            "the targets are cpu, c99, cortex-m4, ",
        ),
        (("--memory-mode", "Flash", "-o", "x"), "those that exist are Shared_Sram"),
        (("--calibration", "empty", "-o", "x"), "holds no image"),
        (("--calibration", "nowhere", "-o", "x"), "no such folder"),
        (("--model", "M6", "-o", "x"), "unknown model"),
        (("--scale", "3", "-o", "x"), "unknown scale"),
        ((), "-o DIR"),
        (("-o", "full"), "not empty"),
        (("-o", "full", "--overwrite"), "no export made this folder"),
    ],
)
def test_what_cannot_be_exported(arguments: tuple[str, ...], part: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    more = arguments if "--model" in arguments else ("--model", "M5", *arguments)
    assert_fails(sesr("export", *more, cwd=tmp_path), 2, part)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "full"]
    assert (tmp_path / "full" / "mine.txt").read_text() == "mine"


def test_a_failed_export_leaves_no_folder(model: Path, tmp_path: Path) -> None:
    options = ("--model", model, "--tile", "24x24", "-o", tmp_path / "out")
    result = run_here(*options, "--sram", "5")
    assert isinstance(result.exception, ExportError)
    assert "KiB of SRAM; the budget is 5 KiB" in str(result.exception)
    assert isinstance(run_here(*options, "--max-loss", "-9").exception, ExportError)
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_export_is_replaced_on_demand(model: Path, copy: Path) -> None:
    options = ("--model", model, "--tile", "24x24", "--max-loss", "9", "-o", copy)
    result = run_here(*options, "--target", "ethos-u55-32", "--overwrite")
    assert result.exit_code == 0, result.output
    assert json.loads((copy / "manifest.json").read_text())["target"] == "ethos-u55-32"
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]
