"""`sesr robustness --cluster`: the figures of one machine, whoever has made them."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from command import assert_fails, sesr
from ray_nodes import RAY_WARNINGS, ray_nodes
from sesr.errors import SesrError
from sesr_app.cluster import Caller
from sesr_app.main import main
from sesr_app.robustness import spread, worker
from sesr_app.robustness.compare import CompareOptions

COUNT, SIDE, BATCH = 14, 24, 5
DEFENSES = "bicubic:16;random:12+18;noise:0.1,bicubic:16"
COMPARE = (
    *("compare", "--defenses", DEFENSES, "--attacks", "pgd:3", "--epsilons", "9"),
    *("--threat", "gray-box,adaptive", "--batch", BATCH, "--seed", 4),
)
SEARCH = (
    *("search", "--sizes", "12", "--qualities", "75", "--sigmas", "0.02", "--batch", BATCH),
    *("--enlarger", "bicubic:x2", "--attack", "pgd:3", "--epsilons", "9"),
)
CERTIFY = (
    *("certify", "--defense", "noise:0.1,bicubic:20,bicubic:16", "--n0", 8, "--n", 40),
    *("--level", "0.01", "--first", 6),
)
COMMANDS = {"compare": COMPARE, "search": SEARCH, "certify": CERTIFY}

pytestmark = RAY_WARNINGS


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photographs of three classes by their color, and a classifier that wavers."""
    import keras

    folder = tmp_path_factory.mktemp("spread")
    (folder / "images").mkdir()
    rng, lines = np.random.default_rng(0), ["image,label"]
    for index in range(COUNT):
        label = index % 3
        color = np.where(np.arange(3) == label, 131, 127) + rng.normal(0, 3, 3)
        pixels = np.clip(color + rng.normal(0, 12, (SIDE, SIDE, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / "images" / f"{index:02}.png")
        lines.append(f"{index:02}.png,{label}")
    (folder / "labels.csv").write_text("\n".join(lines))
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((None, None, 3)), layers.GlobalAveragePooling2D(), layers.Dense(3)]
    )
    model.set_weights([20 * np.eye(3, dtype=np.float32), np.zeros(3, np.float32)])
    model.save(folder / "color.keras")
    return folder


@pytest.fixture(autouse=True)
def _one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is a process of its own on a cluster is this one, where threads are settled."""
    monkeypatch.setattr(worker, "limit_threads", lambda cores: None)
    monkeypatch.setattr(worker, "_workers", [])


def run(*arguments: object) -> None:
    """The command in this process: TensorFlow takes seconds to start in a new one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["sesr", "robustness", *map(str, arguments)])
        try:
            main()
        except SystemExit as end:
            if end.code:
                raise SesrError(f"exit code {end.code}") from end


def given(folder: Path, output: Path) -> list[object]:
    return [
        *("--classifier", folder / "color.keras", "--images", folder / "images"),
        *("--labels", folder / "labels.csv", "-o", output),
    ]


def figures(folder: Path, command: str) -> Any:
    """All that is told but what differs between any two runs: the command line and the time."""
    content = json.loads((folder / f"{command}.json").read_text())
    return without(("command", "seconds", "seconds_an_image"), content)


def without(names: tuple[str, ...], content: Any) -> Any:
    if isinstance(content, dict):
        return {k: without(names, v) for k, v in content.items() if k not in names}
    return [without(names, v) for v in content] if isinstance(content, list) else content


class Elsewhere:
    """In place of a cluster: takes the pieces in the opposite order, each with a new worker."""

    dies_after = 1_000
    made = 0

    def __init__(self, function: Callable[..., Any], shared: Any, *_: Any) -> None:
        self._function, self._shared = function, shared

    def run(self, chunks: Iterator[list[Any]]) -> Generator[Any]:
        for chunk in reversed(list(chunks)):
            if Elsewhere.made == Elsewhere.dies_after:
                raise KeyboardInterrupt
            worker._workers.clear()
            answer = self._function(self._shared, chunk)
            assert not answer.error
            Elsewhere.made += 1
            yield from answer.results


@pytest.fixture(name="elsewhere")
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> type[Elsewhere]:
    monkeypatch.setattr(spread, "Spread", Elsewhere)
    monkeypatch.setattr(spread, "connected", lambda address: contextlib.nullcontext())
    monkeypatch.setattr(Elsewhere, "made", 0)
    monkeypatch.setattr(Elsewhere, "dies_after", 1_000)
    return Elsewhere


@pytest.mark.parametrize("command", COMMANDS)
def test_figures_do_not_depend_on_who_makes_them(
    command: str,
    folder: Path,
    tmp_path: Path,
    elsewhere: type[Elsewhere],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    run(*COMMANDS[command], *given(folder, here))
    expected = figures(here, command)
    arguments = (*COMMANDS[command], *given(folder, there), "--cluster", "auto")
    monkeypatch.setattr(elsewhere, "dies_after", 2)
    with pytest.raises(SesrError):
        run(*arguments)
    assert not (there / f"{command}.json").exists()
    monkeypatch.setattr(elsewhere, "dies_after", 1_000)
    run(*arguments)
    assert elsewhere.made == (6 if command == "certify" else 3)  # none of them twice
    assert figures(there, command) == expected


def test_the_driver_finds_everything_made(
    folder: Path, tmp_path: Path, elsewhere: type[Elsewhere], monkeypatch: pytest.MonkeyPatch
) -> None:
    spread_over = spread._spread

    def then_nothing_may_run(*arguments: Any) -> None:
        spread_over(*arguments)
        monkeypatch.setattr("defense.evaluation.adversarial.run_attack", None)

    monkeypatch.setattr(spread, "_spread", then_nothing_may_run)
    run(*COMPARE, *given(folder, tmp_path), "--cluster", "auto")


def test_what_is_there_goes_to_the_workers(
    folder: Path, tmp_path: Path, elsewhere: type[Elsewhere], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = ("compare", "--attacks", "pgd:3", "--epsilons", "9", "--batch", BATCH)
    run(*few, *given(folder, tmp_path), "--defenses", "none")
    monkeypatch.setattr("defense.evaluation.adversarial.run_attack", None)
    run(*few, *given(folder, tmp_path), "--defenses", "none;bicubic:16", "--cluster", "auto")


def test_a_portion_that_is_lost_is_told(
    folder: Path,
    tmp_path: Path,
    elsewhere: type[Elsewhere],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def dies(self: Any, chunks: Iterator[list[Any]]) -> Generator[Any]:
        yield from (spread._lost(piece, "no memory") for chunk in chunks for piece in chunk)

    monkeypatch.setattr(elsewhere, "run", dies)
    with pytest.raises(SesrError, match="exit code 1"):
        run(*COMPARE, *given(folder, tmp_path), "--cluster", "auto")
    line = capfd.readouterr().err.strip().splitlines()[-1]
    assert line.startswith("sesr: --cluster: photograph 1 to 5, and 2 more such pieces: no memory")
    assert "more --worker-cpus leave more memory to each process" in line


def test_a_file_that_a_worker_cannot_read_is_named(folder: Path, tmp_path: Path) -> None:
    options = CompareOptions(
        classifier="far.keras",
        images=folder / "images",
        labels=folder / "labels.csv",
        output=tmp_path,
    )
    pieces = [worker.Piece(0, 5, {})]
    answer = worker.evaluate_pieces(worker.Assignment(options, Caller.here()), pieces)
    assert "far.keras: no such model file; every node must see the same files" in answer.error
    assert not answer.usage
    other = worker.evaluate_pieces(worker.Assignment(options, Caller("/", "0.0.1", "")), pieces)
    assert "this machine 0.0.1; install the same version on every node" in other.error
    assert other.usage


def test_a_process_of_a_cluster_computes_as_the_command_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ray starts it with the variables of its node."""
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "1")
    caller = Caller.here()
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS")
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    monkeypatch.chdir(".")
    caller.stand_in()
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "1"


def test_a_cluster_that_is_not_there_is_one_line(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    arguments = (*CERTIFY, *given(folder, tmp_path / "out"), "--cluster", "127.0.0.1:9")
    assert_fails(sesr("robustness", *arguments), 1, "127.0.0.1:9: nobody answers there")
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="several nodes on one machine")
def test_two_workers_give_the_figures_of_none(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    here, there = tmp_path / "here", tmp_path / "there"
    run(*COMPARE, *given(folder, here))
    with ray_nodes(2) as cluster:
        done = sesr("robustness", *COMPARE, *given(folder, there), "--cluster", cluster.address)
    assert done.returncode == 0, done.stderr
    assert figures(there, "compare") == figures(here, "compare")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="several nodes on one machine")
def test_a_killed_command_and_a_killed_node_cost_no_figure(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    here, there = tmp_path / "here", tmp_path / "there"
    slow = (*COMPARE[:-4], "--batch", 2, "--seed", 4)
    run(*slow, *given(folder, here))
    with ray_nodes(2) as cluster:
        arguments = [*slow, *given(folder, there), "--cluster", cluster.address]
        command = [sys.executable, "-m", "sesr_app", "robustness", *map(str, arguments)]
        first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_rows(there, 12)
        first.kill()
        first.wait()
        made = {path: path.read_bytes() for path in (there / "rows").iterdir()}
        second = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_rows(there, len(made) + 6)
        cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)
        assert second.wait(timeout=500) == 0
    assert figures(there, "compare") == figures(here, "compare")
    assert all(path.read_bytes() == content for path, content in made.items())


def wait_for_rows(folder: Path, count: int) -> None:
    end = time.monotonic() + 300
    while not (folder / "rows").exists() or len(list((folder / "rows").iterdir())) < count:
        assert time.monotonic() < end
        time.sleep(0.05)
