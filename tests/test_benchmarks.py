"""The benchmark of quality, made from reports of `sesr evaluate`."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sesr.catalog.shipped import find_model

ROOT = Path(__file__).parents[1]


def report(scale: int = 2, **changes: Any) -> dict[str, Any]:
    scores = {"images": 1, "psnr": 32.5, "ssim": 0.9, "bicubic_psnr": 30.2, "bicubic_ssim": 0.86}
    known = {"variant": "M5", "parameters": 13_520, "macs_720p": 3_115_008_000}
    sets = dict.fromkeys(("Set5", "Set14", "BSD100"), scores)
    return {"model": "M5", "form": "int8", "scale": scale, "channels": 1, **known, "sets": sets} | (
        changes
    )


def run(folder: Path, *reports: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    paths = [folder / f"{index}.json" for index in range(len(reports))]
    for path, content in zip(paths, reports, strict=True):
        path.write_text(json.dumps(content))
    command = [sys.executable, ROOT / "benchmarks" / "quality" / "family.py", *paths]
    command += ["--plot", folder / "plot.png"]
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)


def test_quality_is_a_table_and_a_plot(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    result = run(tmp_path, report(), report(channels=3, form="litert"))
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[2].startswith("| bicubic |")
    score = "32.50 / 0.9000"
    assert f"| M5 Y int8 | 13,520 | 3.12 | {score} | {score} | {score} | measured |" in lines
    assert any(line.startswith("| M5 RGB |") for line in lines)
    assert "| FSRCNN | 12,464 | 6.01 |  | 32.62 |  | Bhardwaj et al., MLSys 2022 |" in lines
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_without_reports_the_cards_of_the_package_speak() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "quality" / "family.py")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    scores = find_model("M5", 2, 1).card.benchmarks["Set14"]
    row = next(line for line in result.stdout.splitlines() if line.startswith("| M5 Y |"))
    assert f"| {scores['psnr']:.2f} / {scores['ssim']:.4f} |" in row
    assert "| M5 Y int8 |" in result.stdout


def test_a_file_that_is_no_report_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_bytes(b"")
    command = [
        sys.executable,
        ROOT / "benchmarks" / "quality" / "family.py",
        tmp_path / "empty.json",
    ]
    result = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "empty.json: no report of sesr evaluate" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("reports", "message"),
    [
        ([report(2), report(4)], "must be of one scale; received [2, 4]"),
        ([report(variant=None)], "no model card lies beside this file"),
    ],
)
def test_reports_that_do_not_fit_are_named(
    tmp_path: Path, reports: list[dict[str, Any]], message: str
) -> None:
    result = run(tmp_path, *reports)
    assert result.returncode == 1
    assert message in result.stderr
