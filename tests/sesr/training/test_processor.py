"""What is known of the processor that trains."""

from __future__ import annotations

from pathlib import Path

import pytest

from sesr.training.run import processor
from sesr.training.run.processor import lacks_bfloat16

ZEN_3 = "processor\t: 0\nflags\t\t: fpu avx2 fma\nbugs\t\t: none\n\nprocessor\t: 1\n"
SAPPHIRE = "processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512_bf16 amx_tile\n"
GRAVITON = "processor\t: 0\nFeatures\t: fp asimd i8mm bf16\n"


@pytest.mark.parametrize(
    ("told", "lacks"),
    [(ZEN_3, True), (SAPPHIRE, False), (GRAVITON, False), ("model name\t: unknown\n", False)],
)
def test_bfloat16_is_missed_where_the_system_says_so(
    told: str, lacks: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processor, "_has_gpu", lambda: False)
    (tmp_path / "cpuinfo").write_text(told)
    assert lacks_bfloat16(tmp_path / "cpuinfo") == lacks
    assert not lacks_bfloat16(tmp_path / "nothing")


def test_a_gpu_has_it_whatever_the_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processor, "_has_gpu", lambda: True)
    (tmp_path / "cpuinfo").write_text(ZEN_3)
    assert not lacks_bfloat16(tmp_path / "cpuinfo")
