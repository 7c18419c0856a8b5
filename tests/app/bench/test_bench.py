"""`sesr bench`: every contender has a row, whatever happens to it."""

import importlib
import json
import os
import re
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from command import assert_fails, sesr
from pages import assert_stands_alone, read_page
from photos import make_photo
from sesr import Upscaler
from sesr.catalog.choice import BEST_CHOICE, DEFAULT_CHOICE, FAST_CHOICE, Choice
from sesr.catalog.shipped import find_int8, find_model
from sesr.errors import ImageError, ModelError, SesrError
from sesr_app.bench.contenders.bicubic import Bicubic
from sesr_app.bench.entries import our_entries, peer_entries
from sesr_app.bench.isolated import Answer, run_isolated
from sesr_app.bench.measure import WARM_UP, Figures, measure_contender, time_runs
from sesr_app.bench.page import bench_page
from sesr_app.bench.report import BenchReport, BenchRow
from sesr_app.bench.run import Benchmark

SMALL = ("--size", "96x64", "--runs", "1")

PROGRESS = re.compile(r"sesr: .*: \d+%, .* left")

ENGINES = (
    "LiteRT",
    "LiteRT int8",
    "OpenVINO float32",
    "OpenVINO bfloat16",
    "Keras",
    "ONNX Runtime",
)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for index in range(2):
        Image.fromarray(make_photo(64, 72, seed=index)).save(folder / f"{index}.png")
    return folder


@pytest.fixture(scope="module")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file that no OpenCV can read, and two that are missing."""
    folder = tmp_path_factory.mktemp("peers")
    (folder / "FSRCNN_x2.pb").write_bytes(b"no network")
    return folder


@pytest.fixture(scope="module")
def results(photos: Path, peers: Path) -> dict[str, Any]:
    """One whole run; the picture it drew stands under "plot", the page under "html"."""
    plot = photos.parent / "plot.png"
    html = photos.parent / "bench.html"
    command = ["bench", *SMALL, "--images", photos, "--peers", peers, "--plot", plot, "--json"]
    command += ["--html", html]
    result = sesr(*command)
    # A busy machine takes long enough to be told how far it is.
    said = [line for line in result.stderr.splitlines() if not PROGRESS.fullmatch(line)]
    assert (result.returncode, said) == (0, [])
    return {**json.loads(result.stdout), "plot": plot, "html": html}


def test_every_contender_has_a_row(results: dict[str, Any]) -> None:
    names = [row["name"] for row in results["contenders"]]
    ours = [f"SESR-M5 {engine}" for engine in ENGINES]
    assert names == ["bicubic", *ours, "FSRCNN", "ESPCN", "LapSRN"]
    statuses = {row["name"]: row["status"] for row in results["contenders"]}
    assert statuses["bicubic"] == statuses["SESR-M5 LiteRT"] == "ok"
    for engine, module in (("OpenVINO float32", "openvino"), ("Keras", "keras")):
        expected = "ok" if find_spec(module) else "missing"
        assert statuses[f"SESR-M5 {engine}"] == expected
    assert "failed" not in {statuses[name] for name in ours}


def test_figures_are_plausible_and_engines_equally_good(results: dict[str, Any]) -> None:
    rows = {row["name"]: row for row in results["contenders"] if row["status"] == "ok"}
    megapixels = 96 * 64 * 4 / 1e6
    for row in rows.values():
        for kind in ("network", "end_to_end"):
            assert row[f"{kind}_runs"] == 1
            speed = row[f"{kind}_megapixels_per_s"]
            assert speed == pytest.approx(megapixels / row[f"{kind}_s"])
        # NumPy and OpenCV alone take some of it, and these images next to none.
        assert 20 < row["peak_memory_mb"] < 4000
        assert row["version"].split()[-1][0].isdigit()
    exact = rows["SESR-M5 LiteRT"]
    macs = find_model("M5", 2).card.parameters * 96 * 64
    assert exact["network_gflops"] == pytest.approx(2 * macs / exact["network_s"] / 1e9)
    for name, row in rows.items():
        if name.startswith("SESR-"):
            tolerance = 0.1 if "bfloat16" in name else 0.3 if "int8" in name else 1e-3
            assert row["psnr_db"] == pytest.approx(exact["psnr_db"], abs=tolerance)
    assert results["matrix_product_gflops"] > 0
    assert results["images"] == 2
    assert results["machine"]["cores"] >= 1


def test_quality_is_that_of_evaluate(results: dict[str, Any], photos: Path) -> None:
    scores = json.loads(sesr("evaluate", photos, "--json").stdout)["sets"]["photos0"]
    rows = {row["name"]: row for row in results["contenders"]}
    assert rows["SESR-M5 LiteRT"]["psnr_db"] == pytest.approx(scores["psnr"], abs=1e-6)
    # OpenCV's cubic is another than MATLAB's.
    assert rows["bicubic"]["psnr_db"] == pytest.approx(scores["bicubic_psnr"], abs=1)


def test_a_peer_that_cannot_run_says_why(results: dict[str, Any]) -> None:
    rows = {row["name"]: row for row in results["contenders"]}
    assert "holds no ESPCN_x2.pb" in rows["ESPCN"]["note"]
    assert "holds no LapSRN_x2.pb" in rows["LapSRN"]["note"]
    if hasattr(cv2, "dnn_superres"):
        assert rows["FSRCNN"]["status"] == "failed"
        assert "FSRCNN_x2.pb: OpenCV cannot read it" in rows["FSRCNN"]["note"]
    else:
        assert rows["FSRCNN"]["status"] == "missing"
        assert "needs opencv-contrib-python-headless 4.x" in rows["FSRCNN"]["note"]
    assert "\n" not in rows["FSRCNN"]["note"]


def test_the_plot_is_a_picture(results: dict[str, Any]) -> None:
    with Image.open(results["plot"]) as picture:
        picture.load()
        assert picture.format == "PNG"
        colors = {color for _, color in picture.convert("RGB").getcolors(1 << 24) or []}
    assert (0x1B, 0x6C, 0xA8) in colors


def test_the_page_has_the_figures_of_the_json(results: dict[str, Any]) -> None:
    seen = read_page(results["html"].read_text())
    assert_stands_alone(seen)
    measured = [one for one in results["contenders"] if one["status"] == "ok"]
    for one in measured:
        row = seen.cells[seen.cells.index(one["name"]) :]
        assert row[1] == f"{one['end_to_end_s'] * 1e3:.1f} ms"
        assert row[5] == f"{one['psnr_db']:.2f} dB"
        assert row[8] == one["version"]
    assert seen.tags.count("circle") == len(measured)
    for absent in (one for one in results["contenders"] if one["status"] != "ok"):
        assert f"{absent['name']}, {absent['status']}: {absent['note']}" in seen.text
    assert results["machine"]["processor"] in seen.text
    assert "sesr bench --size 96x64" in seen.text


def test_a_page_without_photographs_has_no_chart() -> None:
    figures = Figures(0.1, 0.2, 3, 3, None, None, "x < 1")
    rows = [BenchRow("<b>SESR</b>", "ours", "ok", "", figures, 0)]
    page = bench_page(BenchReport(["m5_x2_y"], 2, (96, 64), 0, rows, None), "sesr bench").decode()
    assert "<svg" not in page
    assert "<b>SESR" not in page
    assert {"<b>SESR</b>", "x < 1"} <= set(read_page(page).cells)


@pytest.mark.parametrize(
    ("options", "code", "parts"),
    [
        (["--size", "960"], 2, ["--size is WIDTHxHEIGHT", "received '960'"]),
        (["--size", "8x900"], 2, ["at least 16 a side", "received '8x900'"]),
        (["--runs", "0"], 2, ["--runs"]),
        (["--scale", "3"], 2, ["unknown scale 3"]),
        (["--model", "none.tflite"], 1, ["none.json: no such model card"]),
        (["--images", "nowhere"], 1, ["nowhere: no such folder"]),
        (["--peers", "nowhere"], 1, ["nowhere: no such folder", "--peers"]),
        (["--peers", "."], 1, [".: holds no network", "FSRCNN_x2.pb"]),
        (["--plot", "speed.png"], 2, ["give --images DIR"]),
        (["--plot", "speed.svg", "--images", "."], 2, ["speed.svg: --plot writes a PNG"]),
        (["--plot", "none/speed.png", "--images", "."], 2, ["its folder does not exist"]),
        (["--html", "speed.txt"], 2, ["speed.txt: --html writes a HTML"]),
        (["--html", "none/speed.html"], 2, ["its folder does not exist"]),
    ],
)
def test_what_cannot_be_is_one_line(
    tmp_path: Path, options: list[str], code: int, parts: list[str]
) -> None:
    result = sesr("bench", *SMALL, *options, cwd=tmp_path)
    assert_fails(result, code, *parts)
    assert result.stdout == ""


def test_a_damaged_model_is_one_line(tmp_path: Path) -> None:
    model = find_model("M5", 2)
    (tmp_path / "m.json").write_bytes(model.card_file.read_bytes())
    (tmp_path / "m.tflite").write_bytes(b"no network")
    result = sesr("bench", *SMALL, "--model", tmp_path / "m.tflite")
    assert_fails(result, 1, "m.tflite: not a readable LiteRT file")


def test_a_damaged_photograph_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    result = sesr("bench", *SMALL, "--images", tmp_path)
    assert_fails(result, 1, "broken.png: not a readable image")


def test_a_crash_is_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An OpenCV that ends the process stands for a peer with a fault in native code."""
    (tmp_path / "cv2.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    options = {"scale": 2, "size": (32, 32), "runs": 1, "images": []}
    answer = run_isolated("measure", kind="bicubic", options={"scale": 2}, **options)
    assert answer == Answer("failed", "crashed: SIGSEGV")


def test_a_contender_that_hangs_is_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cv2.py").write_text("import time\ntime.sleep(3600)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    options = {"scale": 2, "size": (32, 32), "runs": 1, "images": []}
    answer = run_isolated("measure", 0.5, kind="bicubic", options={"scale": 2}, **options)
    assert answer == Answer("failed", "ended after 0.5 s without a result; raise --time-limit")


def test_the_rest_goes_on_without_one_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[float | None] = []

    def hang(job: str, limit: float | None, **arguments: Any) -> Answer:
        limits.append(limit)
        return Answer("failed", "ended after 7 s without a result; raise --time-limit")

    monkeypatch.setattr("sesr_app.bench.run.run_isolated", hang)
    models = [("M5", find_model("M5", 2))]
    benchmark = Benchmark(models, peer_entries(None, 2), (32, 32), 1, [], time_limit=7)
    report = benchmark.run(lambda label, done, total: None)
    assert set(limits) == {7}
    assert [row.status for row in report.rows][:3] == ["failed"] * 3
    assert "raise --time-limit" in report.table()


def test_a_library_that_prints_spoils_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocker = "import os\nos.write(1, b'hello')\nraise ImportError('blocked')\n"
    (tmp_path / "onnx.py").write_text(blocker)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    answer = run_isolated("onnx", model="M5", scale=2, path=str(tmp_path / "n.onnx"))
    assert answer == Answer("failed", "ImportError: blocked")


def test_a_contender_of_another_scale_is_refused() -> None:
    with pytest.raises(ModelError, match="which is not x4"):
        measure_contender(Bicubic(scale=2), 4, (32, 24), 1, [])


def test_an_unusable_photograph_ends_the_run(tmp_path: Path) -> None:
    Image.fromarray(make_photo(12, 12)).save(tmp_path / "small.png")
    options = {"scale": 2, "size": (32, 32), "runs": 1, "images": [str(tmp_path / "small.png")]}
    with pytest.raises(ImageError, match=r"small\.png: .*at least 15 pixels"):
        run_isolated("measure", kind="bicubic", options={"scale": 2}, **options)


def test_slow_contenders_run_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    assert len(time_runs(lambda: None, runs=2)) == 2
    assert len(time_runs(lambda: None, runs=50)) == 6 - WARM_UP
    slow = iter(range(0, 1000, 10))
    monkeypatch.setattr("time.perf_counter", lambda: next(slow))
    assert time_runs(lambda: None, runs=50) == [10]


def test_editions_of_a_peer_take_part_and_others_do_not(tmp_path: Path) -> None:
    for name in ("FSRCNN_x2", "FSRCNN-small_x2", "FSRCNN_x4", "EDSR_x2"):
        (tmp_path / f"{name}.pb").touch()
    entries = peer_entries(tmp_path, 2)
    assert [entry.name for entry in entries] == ["FSRCNN", "FSRCNN-small", "ESPCN", "LapSRN"]
    assert [entry.options.get("algorithm") for entry in entries[:2]] == ["fsrcnn", "fsrcnn"]
    assert [entry.absence for entry in entries] == ["", "", "missing", "missing"]
    with pytest.raises(SesrError, match=r"looked for FSRCNN_x3\.pb"):
        peer_entries(tmp_path, 3)
    assert all("--peers DIR" in entry.note for entry in peer_entries(None, 2))


def test_several_models_take_part_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    shares: list[float] = []

    def missing(job: str, limit: float | None, **arguments: Any) -> Answer:
        asked.append(arguments.get("path", job))
        return Answer("missing", "not asked for")

    monkeypatch.setattr("sesr_app.bench.run.run_isolated", missing)
    models = [(name, find_model(name, 2)) for name in ("M5", "M7")]
    benchmark = Benchmark(models, peer_entries(None, 2), (32, 32), 1, [])
    report = benchmark.run(lambda label, done, total: shares.append(done / total))
    names = [
        f"SESR-{name} {engine}"
        for name in ("M5", "M7")
        for engine in ENGINES
        if engine != "LiteRT int8" or find_int8(find_model(name, 2))
    ]
    assert [row.name for row in report.rows] == ["bicubic", *names, "FSRCNN", "ESPCN", "LapSRN"]
    assert report.as_json()["models"] == ["m5_x2_y", "m7_x2_y"]
    assert len({path for path in asked if path.endswith(".onnx")}) == 2
    assert shares[-1] == 1
    assert sorted(set(shares)) == shares


def test_the_family_is_compared_on_litert_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(job: str, limit: float | None, **arguments: Any) -> Answer:
        assert job in ("measure", "matrix")
        return Answer("missing", "not asked for")

    monkeypatch.setattr("sesr_app.bench.run.run_isolated", missing)
    models = [(name, find_model(name, 2)) for name in ("M3", "M5")]
    report = Benchmark(models, [], (32, 32), 1, [], family=True).run(lambda *parts: None)
    names = [row.name for row in report.rows]
    assert {"bicubic", "SESR-M3 LiteRT", "SESR-M5 LiteRT", "SESR-M5 LiteRT int8"} <= set(names)
    assert all("LiteRT" in name for name in names[1:])
    assert [row.macs for row in report.rows][1] == 32 * 32 * models[0][1].card.parameters


@pytest.mark.parametrize(
    ("words", "choice"),
    [("--fast", FAST_CHOICE), ("default", DEFAULT_CHOICE), ("--best", BEST_CHOICE)],
)
def test_what_upscale_runs_is_marked(words: str, choice: Choice) -> None:
    models = dict.fromkeys((FAST_CHOICE.model, DEFAULT_CHOICE.model, BEST_CHOICE.model))
    entries = [entry for name in models for entry in our_entries(name, find_model(name, 2))]
    marked = [entry for entry in entries if words in entry.chosen.split(", ")]
    assert len(marked) == 1
    options = marked[0].options
    assert (options["model"], options["engine"]) == (choice.model, "litert")
    upscaler = Upscaler(choice.model, precision=choice.precision)
    assert upscaler.int8 == (options["precision"] == "int8")
    answer = Answer("ok", result=asdict(Figures(1, 1, 1, 1, 70, None, "x 1")))
    row = BenchRow.of(marked[0], answer, (10, 10))
    report = BenchReport(["m5_x2_y"], 2, (10, 10), 0, [row], None)
    assert words in report.table().splitlines()[1]
    assert words in report.as_json()["contenders"][0]["chosen"]


def test_the_table_has_ratios_to_fsrcnn_and_leaves_out_empty_columns() -> None:
    def row(name: str, seconds: float, macs: int = 0) -> BenchRow:
        figures = Figures(seconds / 2, seconds, 3, 3, 70.4, None, "x 1")
        return BenchRow(name, "peer", "ok", "", figures, macs)

    absent = BenchRow("ESPCN", "peer", "missing", "not here", None, 0)
    rows = [row("SESR-M5 LiteRT", 0.1, 10**9), row("FSRCNN", 0.5), absent]
    report = BenchReport(["m5_x2_y"], 2, (1000, 500), 0, rows, 190.0)
    header, ours, theirs, missing = report.table().splitlines()[:4]
    assert "PSNR" not in header
    assert ours.split()[2:] == [
        *("100.0", "ms", "20.00", "5.00", "50.0", "ms", "40.00", "5.00", "1.00", "40", "70", "MB")
    ]
    assert theirs.split()[1:] == [
        *("500.0", "ms", "4.00", "1.00", "250.0", "ms", "8.00", "1.00", "70", "MB")
    ]
    assert missing == "ESPCN           missing: not here"
    assert "190 GFLOP/s" in report.table()
    alone = BenchReport(["m5_x2_y"], 2, (1000, 500), 0, rows[:1], None)
    assert "FSRCNN" not in alone.table()
    assert alone.as_json()["contenders"][0]["end_to_end_times_fsrcnn"] is None


def test_onnx_gives_what_litert_gives(tmp_path: Path) -> None:
    for module in ("onnxruntime", "onnx", "keras", "sesr.export"):
        pytest.importorskip(module)
    from sesr_app.bench.contenders.onnx_runtime import OnnxRuntime, write_onnx
    from sesr_app.bench.contenders.sesr import Ours

    image = make_photo(50, 70)
    for scale in (2, 4):
        path = str(tmp_path / f"{scale}.onnx")
        write_onnx("M5", scale, path)
        theirs, ours = OnnxRuntime(path, scale), Ours("M5", scale, "litert", "float32")
        luma = image[..., 0].astype(np.float32) / 255
        np.testing.assert_allclose(theirs.luma(luma), ours.luma(luma), atol=1e-4)
        difference = theirs.rgb(image).astype(int) - ours.rgb(image)
        assert abs(difference).max() <= 1


def test_opencv_networks_beat_bicubic(real_data: Path) -> None:
    if not hasattr(cv2, "dnn_superres"):
        pytest.skip("this OpenCV has no dnn_superres")
    images = [str(path) for path in sorted((real_data / "sr" / "test" / "Set5").iterdir())]
    options = {"scale": 2, "size": (96, 64), "runs": 1, "images": images}
    bicubic = run_isolated("measure", kind="bicubic", options={"scale": 2}, **options)
    for entry in peer_entries(real_data / "peers", 2):
        answer = run_isolated("measure", kind="peer", options=entry.options, **options)
        assert answer.result["psnr_db"] > bicubic.result["psnr_db"] + 0.4, entry.name


def test_opencv_gets_the_colors_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for OpenCV's module, which the base install does not have."""
    seen: list[Any] = []

    class Fake:
        def readModel(self, path: str) -> None:  # noqa: N802 - OpenCV's names
            seen.append(path)

        def setModel(self, algorithm: str, scale: int) -> None:  # noqa: N802
            seen.append((algorithm, scale))

        def upsample(self, image: Any) -> Any:
            seen.append(image[0, 0].tolist())
            return image.repeat(2, axis=0).repeat(2, axis=1)

        def setInput(self, blob: Any) -> None:  # noqa: N802
            self.blob = blob

        def forward(self) -> Any:
            return self.blob.repeat(2, axis=2).repeat(2, axis=3)

    monkeypatch.setattr(
        cv2, "dnn_superres", SimpleNamespace(DnnSuperResImpl_create=Fake), raising=False
    )
    monkeypatch.setattr(cv2.dnn, "readNetFromTensorflow", lambda path: Fake())
    module = importlib.import_module("sesr_app.bench.contenders.dnn_superres")
    contender = module.DnnSuperRes("FSRCNN_x2.pb", "fsrcnn", 2)
    image = np.zeros((16, 20, 3), np.uint8)
    image[...] = (200, 100, 50)
    enlarged = contender.rgb(image)
    assert seen == ["FSRCNN_x2.pb", ("fsrcnn", 2), [50, 100, 200]]
    assert enlarged.shape == (32, 40, 3)
    assert enlarged[0, 0].tolist() == [200, 100, 50]
    luma = np.linspace(16 / 255, 235 / 255, 16 * 20, dtype=np.float32).reshape(16, 20)
    assert contender.luma(luma)[::2, ::2] == pytest.approx(luma, abs=1e-6)
