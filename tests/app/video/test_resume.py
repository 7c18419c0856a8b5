"""A run over a video that is ended, and the same command after it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from app.video.clips import make_clip, packets, shown, times
from sesr.files import folder_of

SHORT_PARTS = (
    "import sesr_app.video.job as job; job._FRAMES = 5; "
    "from sesr_app.main import run_process; run_process()"
)
"""The command with parts so short that a small clip has several."""

SLOW_PARTS = (
    "import time; import sesr_app.video.segments as segments; "
    "finish = segments.SegmentFolder.finish; segments.SegmentFolder.finish = "
    "lambda *given, **named: (time.sleep(0.2), finish(*given, **named))[1]; "
) + SHORT_PARTS
"""The same at five parts a second at most, so that a busy machine has time to stop it."""


def start(*arguments: object, code: str = SHORT_PARTS) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, "upscale", *map(str, arguments)]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell that runs the tests in the background has its children ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def finish(*arguments: object) -> None:
    process = start(*arguments)
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")


def done(folder: Path) -> list[Path]:
    """The notes of the parts that are done."""
    return list(folder.glob("[0-9]*.json"))


def wait_for_parts(process: subprocess.Popen[str], folder: Path, count: int) -> None:
    """Until so many parts are done, or the process has ended."""
    while process.poll() is None and len(done(folder)) < count:
        time.sleep(0.005)


def assert_same_video(one: Path, other: Path) -> None:
    frames = zip(shown(one), shown(other), strict=True)
    for (time_, planes), (other_time, other_planes) in frames:
        assert time_ == other_time
        for plane, other_plane in zip(planes, other_planes, strict=True):
            np.testing.assert_array_equal(plane, other_plane)


def test_killed_it_goes_on_to_the_same_frames(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=33, size=(144, 256), sound=True)
    whole, target = tmp_path / "whole.mp4", tmp_path / "large.mp4"
    finish(clip, "-o", whole)
    for parts in (1, 4):
        process = start(clip, "-o", target)
        wait_for_parts(process, folder_of(target), parts)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert not target.exists()
        assert len(done(folder_of(target))) >= parts
    notes = done(folder_of(target))
    made = {note.with_suffix(".nut"): note.with_suffix(".nut").stat().st_mtime_ns for note in notes}
    process = start(clip, "-o", target)
    wait_for_parts(process, folder_of(target), len(made) + 1)
    assert {path: path.stat().st_mtime_ns for path in made} == made
    process.communicate()
    assert_same_video(whole, target)
    assert packets(target, "audio") == packets(clip, "audio")
    assert times(target) == times(clip)
    assert not folder_of(target).exists()


def test_ctrl_c_keeps_what_is_done_and_says_so(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=240, size=(144, 256))
    target = tmp_path / "clip_x2.mp4"
    process = start(clip, code=SLOW_PARTS)
    wait_for_parts(process, folder_of(target), 2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert ".clip_x2.mp4.parts; the same command goes on with it\n" in errors
    assert errors.endswith("sesr: interrupted\n")
    assert not target.exists()
    finish(clip)
    assert times(target) == times(clip)


@pytest.mark.parametrize("change", [("--crf", "30"), ("--model", "M3"), ("--scale", "4")])
def test_another_command_begins_anew(tmp_path: Path, change: tuple[str, str]) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=20, size=(144, 256))
    target, other = tmp_path / "large.mp4", tmp_path / "other.mp4"
    process = start(clip, "-o", target)
    wait_for_parts(process, folder_of(target), 1)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    finish(clip, "-o", target, *change)
    finish(clip, "-o", other, *change)
    assert_same_video(target, other)


def test_another_input_begins_anew(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=20, size=(144, 256))
    target = tmp_path / "large.mp4"
    process = start(clip, "-o", target)
    wait_for_parts(process, folder_of(target), 1)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    make_clip(clip, frames=7)
    finish(clip, "-o", target)
    assert times(target) == times(clip)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_killed_at_a_random_point(tmp_path: Path, seed: int) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=40, size=(96, 128), sound=True)
    whole, target = tmp_path / "whole.mp4", tmp_path / "large.mp4"
    began = time.monotonic()
    finish(clip, "-o", whole)
    took = time.monotonic() - began
    process = start(clip, "-o", target)
    time.sleep(random.Random(seed).uniform(0, took))  # noqa: S311
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        assert not target.exists() or shown(target)
    process.communicate()
    if not target.exists():
        finish(clip, "-o", target)
    assert_same_video(whole, target)
    assert packets(target, "audio") == packets(clip, "audio")
