"""Progress for logs, and beside silenced libraries."""

from __future__ import annotations

import os
import time

import pytest

from sesr_app.terminal import progress
from sesr_app.terminal.progress import progress_bar
from sesr_app.terminal.quiet import quiet_native_logs


def test_a_long_job_writes_lines_to_a_log(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)
    clock = iter([0.0, 60.0, 120.0, 180.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    with progress_bar(lines=True) as advance:
        advance("clean images", 10, 40)
        with quiet_native_logs():
            advance("PGD-20", 20, 40)
            os.write(2, b"chatter of a library\n")
        advance("done", 40, 40)
    assert capfd.readouterr().err == "sesr: clean images: 25%\nsesr: PGD-20: 50%, 4 min left\n"


def test_names_that_are_no_text_are_shown_all_the_same(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)
    with progress_bar(lines=True) as advance:
        advance(os.fsdecode(b"caf\xe9.png"), 0, 2)
    assert "caf\\udce9.png" in capfd.readouterr().err


def test_lines_are_a_minute_apart(capfd: pytest.CaptureFixture[str]) -> None:
    with progress_bar(lines=True) as advance:
        advance("PGD-20", 20, 40)
    assert capfd.readouterr().err == ""


def test_other_jobs_write_none(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)
    with progress_bar() as advance:
        advance("tile", 1, 2)
    assert capfd.readouterr().err == ""
