"""`sesr upscale --watch`."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from photos import make_photo
from sesr_app.upscale.options import UpscaleOptions
from sesr_app.upscale.watch import Watch


def content(tmp_path: Path, seed: int = 0) -> bytes:
    path = tmp_path / "scratch.png"
    Image.fromarray(make_photo(12, 16, seed=seed)).save(path)
    return path.read_bytes()


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def watch(inbox: Path, **options: Any) -> Watch:
    out = str(inbox.parent / "out")
    return Watch(UpscaleOptions((str(inbox),), out, watch=True, **options))


def results(inbox: Path) -> list[str]:
    out = inbox.parent / "out"
    return sorted(path.name for path in out.iterdir()) if out.exists() else []


def test_only_whole_files_are_taken(inbox: Path, tmp_path: Path) -> None:
    whole, watcher = content(tmp_path), watch(inbox)
    (inbox / "a.png").write_bytes(whole[:100])
    watcher.look()
    (inbox / "a.png").write_bytes(whole[:300])
    watcher.look()
    (inbox / "a.png").write_bytes(whole)
    watcher.look()
    assert results(inbox) == []
    watcher.look()
    assert results(inbox) == ["a_x2.png"]


def test_what_fails_is_told_once_and_tried_again_when_it_changes(
    inbox: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    watcher = watch(inbox)
    (inbox / "a.png").write_bytes(b"junk")
    (inbox / "b.psd").write_bytes(b"8BPS")
    for _ in range(4):
        watcher.look()
    errors = capsys.readouterr().err
    assert errors.count("a.png: not an image") == 1
    assert errors.count("1 .psd") == 1
    (inbox / "a.png").write_bytes(content(tmp_path))
    for _ in range(2):
        watcher.look()
    assert results(inbox) == ["a_x2.png"]


def test_a_second_watch_goes_on_where_the_first_was(
    inbox: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (inbox / "a.png").write_bytes(content(tmp_path))
    for number in range(2):
        watcher = watch(inbox, as_json=True)
        for _ in range(3):
            watcher.look()
        (inbox / f"b{number}.png").write_bytes(content(tmp_path, seed=1))
        for _ in range(3):
            watcher.look()
    statuses = [json.loads(line)["status"] for line in capsys.readouterr().out.splitlines()]
    assert statuses == ["ok", "ok", "skipped", "skipped", "ok"]


def test_two_images_of_one_result_do_not_end_the_watch(
    inbox: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    watcher = watch(inbox, format="webp")
    for name in ("a.png", "a.bmp", "c.png"):
        Image.fromarray(make_photo(12, 16)).save(inbox / name)
    for _ in range(4):
        watcher.look()
    assert results(inbox) == ["a_x2.webp", "c_x2.webp"]
    # Which of the two was first is named, and the other is told of once.
    assert capsys.readouterr().err.count("would be written here") == 1


def test_a_watch_of_its_own_results_takes_none_of_them(inbox: Path) -> None:
    image, exif = Image.fromarray(make_photo(12, 16)), Image.Exif()
    exif[0x010F] = "Camera"
    image.save(inbox / "a.jpg", exif=exif)
    watcher = Watch(UpscaleOptions((str(inbox),), str(inbox), watch=True, name="{stem}_big"))
    for _ in range(5):
        watcher.look()
    assert sorted(path.name for path in inbox.iterdir()) == ["a.jpg", "a_big.jpg"]


def test_ctrl_c_ends_it_without_a_partial_file(inbox: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sesr_app", "upscale", "--watch", str(inbox)]
    command += ["-o", str(tmp_path / "out")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        (inbox / "a.png").write_bytes(content(tmp_path))
        while not results(inbox) and process.poll() is None:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.strip().splitlines()[-1] == "sesr: interrupted"
    assert results(inbox) == ["a_x2.png"]
