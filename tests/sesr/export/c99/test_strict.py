"""Every way of convolution under both compilers, their sanitizers, and MISRA's rules."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sesr.export.c99.choose import CONVOLUTIONS
from sesr.export.c99.deploy import DeployedC
from sesr.export.folder import copy_data

Deploy = Callable[..., DeployedC]

COMPILERS = ("gcc", "clang")
OPTIONS = {
    "sanitized": ("-O2", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
    "fast": ("-O3",),
}

REQUIRED = {"10.1"}
"""Rules that MISRA C:2012 requires and the C does not follow: docs/boards.md says why."""

ADVISED = {"2.3", "2.4", "2.5", "8.7", "8.9", "11.5", "12.1", "15.5", "18.4"}

PAGE = Path(__file__).parents[4] / "docs" / "boards.md"


def links(compiler: str, options: tuple[str, ...], folder: Path) -> bool:
    """Whether a compiler is there, with the libraries that its options need."""
    if shutil.which(compiler) is None:
        return False
    (folder / "empty.c").write_text("int main(void) { return 0; }\n")
    command = [compiler, *options, folder / "empty.c", "-o", folder / "empty"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("way", CONVOLUTIONS)
@pytest.mark.parametrize("compiler", COMPILERS)
def test_every_compiler_and_way(
    compiler: str,
    way: str,
    options: str,
    deployed: Deploy,
    in_way: Deploy,
    differing: Callable[..., int],
    tmp_path: Path,
) -> None:
    """`STRICT` turns every warning into an error."""
    if not links(compiler, OPTIONS[options], tmp_path):
        pytest.skip(f"no {compiler}, or none with {' '.join(OPTIONS[options])}")
    assert differing(compiler, in_way(deployed("M5"), way), OPTIONS[options], 20) == 0


def misra_findings(folder: Path, file: str) -> list[tuple[str, str]]:
    """Rules that are not followed, each with its line of the source."""
    command = ["cppcheck", "--quiet", "--std=c99", "--addon=misra", "--enable=style"]
    command += ["--suppress=missingIncludeSystem", "--template={id} {line}", file]
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stderr
    lines = (folder / file).read_text().splitlines()
    found = [line.split() for line in said.splitlines() if line.startswith("misra-c2012-")]
    return [(rule.removeprefix("misra-c2012-"), lines[int(line) - 1]) for rule, line in found]


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("cppcheck"), reason="no cppcheck")
@pytest.mark.parametrize("way", CONVOLUTIONS)
def test_rules_of_misra(way: str, deployed: Deploy, in_way: Deploy, tmp_path: Path) -> None:
    one = in_way(deployed("M2", 2, 3), way)
    (tmp_path / "sesr_network.c").write_text(one.source("test"))
    (tmp_path / "sesr_network.h").write_text(one.header("test"))
    found = misra_findings(tmp_path, "sesr_network.c")
    assert {rule for rule, _ in found} <= REQUIRED | ADVISED
    # Shifts of signed numbers to the right, nothing else.
    assert all(">>" in line for rule, line in found if rule in REQUIRED)
    assert any(rule in REQUIRED for rule, _ in found), "the page speaks of a deviation"


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("cppcheck"), reason="no cppcheck")
def test_rules_of_misra_in_the_tile_loop(tmp_path: Path) -> None:
    for file in ("sesr_tiles.c", "sesr_tiles.h"):
        copy_data(file, tmp_path / file)
    assert {rule for rule, _ in misra_findings(tmp_path, "sesr_tiles.c")} <= ADVISED


def test_the_page_lists_every_deviation() -> None:
    rows = [line.split("|")[1:3] for line in PAGE.read_text().splitlines() if line.startswith("|")]
    listed = {
        rule.strip(): kind.strip()
        for rules, kind in rows
        for rule in rules.split(",")
        if kind.strip() in ("required", "advisory")
    }
    assert {rule for rule, kind in listed.items() if kind == "required"} == REQUIRED
    assert {rule for rule, kind in listed.items() if kind == "advisory"} == ADVISED
