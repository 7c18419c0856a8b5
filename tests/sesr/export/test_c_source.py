"""C sources: what the compiler of an embedded engineer takes."""

import shutil
import subprocess
from pathlib import Path

import pytest

from sesr.export.npu.c_source import header_source

NUMBERS = {"ONE": 1.0, "STEP": 1 / 255, "SMALL": 1e-12, "LARGE": 3e20, "COUNT": 3, "NAME": "m5"}


def test_every_float_is_a_literal_of_c() -> None:
    header = header_source(NUMBERS, ["network"])
    assert "#define SESR_ONE 1.0f\n" in header
    assert "#define SESR_STEP 0.00392156863f\n" in header
    assert "#define SESR_SMALL 1e-12f\n" in header
    assert "#define SESR_COUNT 3\n" in header


def test_macros_compile(tmp_path: Path) -> None:
    gcc = shutil.which("gcc")
    if gcc is None:
        pytest.skip("no gcc")
    (tmp_path / "network.h").write_text(header_source(NUMBERS, []))
    floats = ", ".join(f"SESR_{name}" for name in ("ONE", "STEP", "SMALL", "LARGE"))
    (tmp_path / "main.c").write_text(
        f'#include "network.h"\nconst float floats[] = {{{floats}}};\n'
        "const char *name = SESR_NAME;\nint count = SESR_COUNT;\n"
    )
    strict = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
    subprocess.run([gcc, *strict, "main.c"], cwd=tmp_path, check=True)
