"""`sesr train --sweep`: many runs, each the one that `sesr train` makes of its settings."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from PIL import Image

from command import assert_fails, sesr
from photos import make_photo
from ray_nodes import ray_nodes
from sesr.errors import UsageError
from sesr_app.train.command import _job, train
from sesr_app.train.standings import FINISHED, STOPPED, Standings
from sesr_app.train.trials import Trial, plan_trials

TINY = ("--model=M2", "--steps=6", "--validate-every=2", "--batch-size=2", "--crop=8")

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="several nodes on one machine")


@pytest.fixture(scope="module", name="photos")
def _photos(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Folders to train on and to choose by, as words of a command line."""
    folder = tmp_path_factory.mktemp("sweep")
    for name, seeds in (("photos", range(3)), ("others", range(3, 5))):
        (folder / name).mkdir()
        for seed in seeds:
            Image.fromarray(make_photo(64, 72, seed=seed)).save(folder / name / f"{seed}.png")
    return [str(folder / "photos"), "--validation", str(folder / "others")]


def plan(words: list[str], *sweeps: str) -> list[Trial]:
    with train.make_context("train", [*words, "-o", "out"]) as context:
        return plan_trials(context, sweeps, Path("out"), _job)


def test_every_combination_is_a_command_line() -> None:
    words = ["photos", "-o", "x", "--validation", "a", "--validation", "b", "--rgb", "--steps=9"]
    trials = plan(words, "model=M3,m5", "--data=a=1,b=2;a=1", "learning-rate=1e-3")
    assert len(trials) == 4
    first = trials[0]
    assert first.settings == {"model": "M3", "data": "a=1,b=2", "learning-rate": "1e-3"}
    config = first.job.config
    assert (config.variant, config.mixture, config.learning_rate) == ("M3", "a=1,b=2", 1e-3)
    assert (config.channels, config.steps, trials[-1].job.config.variant) == (3, 9, "M5")
    assert first.job.validation == ("a", "b")
    alone = shlex.split(first.command)
    assert alone[:2] == ["sesr", "train"]
    with train.make_context("train", alone[2:]) as context:
        assert _job(context) == first.job
    assert len({trial.job.output for trial in trials}) == 4
    assert all(trial.job.output.parent == Path("out") for trial in trials)


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        ("modle=M3,M5", "there is no setting 'modle': did you mean --model?"),
        ("rgb=1,0", "there is no setting 'rgb'"),
        ("model", "needs values, each once"),
        ("seed=1,,2", "needs values, each once"),
        ("seed=1,1", "needs values, each once"),
        ("scale=2,4", "cannot be compared by their PSNR"),
        ("degradation=jpeg:30-92,jpeg:86-98", "differ in scale or degradation"),
        ("recipe=m5_x2_y,m5_x4_y", "differ in scale or degradation"),
        ("model=M3,M4", "unknown model 'M4'"),
        ("loss=l1,l3", "loss must be one of"),
    ],
)
def test_what_cannot_be_swept_is_told_before_any_work(sweep: str, message: str) -> None:
    with pytest.raises(UsageError, match=message.replace("?", r"\?")):
        plan(["photos"], sweep)


def test_a_value_of_the_wrong_kind_is_told(photos: list[str], tmp_path: Path) -> None:
    with pytest.raises(click.BadParameter, match="'x' is not a valid integer"):
        plan(["photos"], "seed=0,x")
    with pytest.raises(UsageError, match="names a setting twice"):
        plan(["photos"], "seed=0,1", "seed=2")
    with pytest.raises(UsageError, match="--recipe names every setting; --seed cannot"):
        plan(["photos", "--recipe", "m3_x2_rgb"], "seed=0,1")
    for words in (["--sweep", "seed=0,1"], ["--cluster", "auto"]):
        result = sesr("train", *photos, "-o", tmp_path / "out", *words)
        assert_fails(result, 2, "--sweep and --cluster belong together")


def test_a_cluster_that_is_not_there_is_one_line(photos: list[str], tmp_path: Path) -> None:
    pytest.importorskip("ray")
    words = ("-o", tmp_path / "out", "--sweep", "seed=0,1", "--cluster", "127.0.0.1:9")
    assert_fails(sesr("train", *photos, *words), 1, "127.0.0.1:9: nobody answers there")
    assert not (tmp_path / "out").exists()


def test_standings_are_best_first_and_kept(tmp_path: Path) -> None:
    trials = plan(["photos"], "seed=0,1,2")
    standings = Standings(tmp_path, trials)
    for number, psnr in enumerate((30.0, 32.5, 31.0)):
        standings.validated(number, 100, psnr)
    standings.validated(1, 200, 32.0)
    standings.ended(1, FINISHED)
    standings.ended(0, STOPPED)
    standings.save()
    rows = json.loads((tmp_path / "sweep.json").read_text())["trials"]
    assert [row["settings"]["seed"] for row in rows] == ["1", "2", "0"]
    assert [row["psnr"] for row in rows] == [32.5, 31.0, 30.0]
    assert standings.table().splitlines()[1].split() == ["32.500", "dB", "1", "200", "finished",
                                                         "seed-1"]  # fmt: skip
    again = Standings(tmp_path, plan(["photos"], "seed=2,1,0,3"))
    assert [again.is_done(number) for number in range(4)] == [False, True, True, False]
    again.validated(1, 300, 40.0)  # it is done: nothing changes what was reached
    assert again.steps == 100 + 200 + 100
    other = Standings(tmp_path, plan(["photos", "--steps", "9"], "seed=1"))
    assert not other.is_done(0)


def log_without_times(folder: Path) -> list[list[str]]:
    lines = [line.split(",") for line in (folder / "log.csv").read_text().splitlines()]
    drop = {lines[0].index(name) for name in ("seconds", "data_wait")}
    return [[word for at, word in enumerate(line) if at not in drop] for line in lines]


def state_of(folder: Path) -> list[Any]:
    with np.load(folder / "checkpoint.npz") as content:
        return [content[name] for name in sorted(content.files) if name != "meta"]


@on_linux
def test_a_run_of_a_sweep_is_the_run_alone(photos: list[str], tmp_path: Path) -> None:
    pytest.importorskip("ray")
    out = tmp_path / "sweep"
    words = [*photos, *TINY, "-o", out]
    with ray_nodes(1) as cluster:
        there = ("--cluster", cluster.address)
        result = sesr("train", *words, *there, "--sweep", "seed=3,4", "--no-early-stop")
        assert result.returncode == 0, result.stderr
        again = sesr("train", *words, *there, "--sweep", "seed=3,4", "--no-early-stop")
    assert again.stdout == result.stdout
    lines = result.stdout.splitlines()
    assert lines[0].split()[:3] == ["validation", "PSNR", "seed"]
    assert lines[-1] == str(out / "sweep.json")
    rows = json.loads((out / "sweep.json").read_text())["trials"]
    assert [row["status"] for row in rows] == ["finished"] * 2
    assert rows[0]["psnr"] >= rows[1]["psnr"]
    command = next(row["command"] for row in rows if row["settings"]["seed"] == "4")
    (arguments, target) = (shlex.split(command)[1:-1], shlex.split(command)[-1])
    assert target == str(out / "seed-4")
    # A worker has one thread, and sums in another order would round differently.
    one_thread = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    alone = sesr(*arguments, tmp_path / "alone", env=os.environ | one_thread)
    assert alone.returncode == 0, alone.stderr
    for one, other in zip(state_of(tmp_path / "alone"), state_of(out / "seed-4"), strict=True):
        np.testing.assert_array_equal(one, other)
    assert log_without_times(tmp_path / "alone") == log_without_times(out / "seed-4")
    assert (out / "seed-4" / "m2_x2_y.tflite").exists()
    taken_up = sesr("train", *arguments[1:], out / "seed-4")
    assert "going on from step 6" in taken_up.stderr


@on_linux
@pytest.mark.slow
def test_weak_runs_are_stopped_and_a_killed_sweep_goes_on(
    photos: list[str], tmp_path: Path
) -> None:
    pytest.importorskip("ray")
    out = tmp_path / "sweep"
    words = [*photos, "--model=M2", "--steps=36", "--validate-every=4", "--batch-size=2",
             "--crop=8", "--ema=0.5", "-o", out]  # fmt: skip
    # One after the other, so that the last meets marks that others have set.
    sweep = ("--sweep", "learning-rate=5e-4,1e-9,2e-2,4e-2")
    with ray_nodes(1) as cluster:
        command = [sys.executable, "-m", "sesr_app", "train", *map(str, words), *sweep,
                   "--cluster", cluster.address]  # fmt: skip
        first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 400
        while len(list(out.glob("*/checkpoint.npz"))) < 2:
            assert time.monotonic() < end
            time.sleep(0.1)
        first.kill()
        first.wait()
        began = {path: path.read_bytes() for path in out.glob("*/m2_x2_y.tflite")}
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads((out / "sweep.json").read_text())["trials"]
    status = {row["settings"]["learning-rate"]: row["status"] for row in rows}
    assert status["5e-4"] == "finished"
    assert status["2e-2"] == status["4e-2"] == "stopped early"
    assert {row["step"] for row in rows if row["status"] == "stopped early"} <= {4, 8, 12, 16}
    assert all(path.read_bytes() == content for path, content in began.items())
