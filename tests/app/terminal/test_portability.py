"""Nothing on the way of an upscale may need POSIX: it runs with all of that taken away."""

import ast
import ctypes
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import sesr_app
from command import sesr
from photos import make_photo
from sesr import files
from sesr.files import atomic_file, atomic_path
from sesr_app.bench import memory

WITHOUT_POSIX = """
import os, signal, sys
for name in ("resource", "fcntl", "pwd", "grp", "termios", "tty", "pty", "syslog", "posix_spawn"):
    sys.modules[name] = None
for name in ("O_TMPFILE", "fork", "forkpty", "fchmod", "fchown", "getuid", "geteuid", "getgid",
             "sched_getaffinity", "mkfifo", "chown", "setsid", "killpg", "register_at_fork",
             "O_DIRECTORY", "O_NOFOLLOW", "statvfs"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGHUP", "SIGKILL", "SIGPIPE", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGCHLD", "alarm",
             "pause", "pthread_sigmask", "setitimer"):
    if hasattr(signal, name):
        delattr(signal, name)
"""

POSIX_MODULES = {"resource", "fcntl", "pwd", "grp", "termios", "tty", "pty", "syslog", "posix"}
POSIX_NAMES = {"fork", "fchmod", "getuid", "mkfifo", "O_TMPFILE", "SIGHUP", "SIGKILL", "SIGPIPE"}
ALLOWED = {"memory.py", "files.py"}
"""The modules that have a portable form beside each."""


@pytest.fixture
def elsewhere(tmp_path: Path) -> dict[str, str]:
    """An environment without what POSIX brings."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WITHOUT_POSIX)
    known = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), known])}


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tiff"])
def test_an_upscale_is_the_same_without_posix(
    tmp_path: Path, elsewhere: dict[str, str], suffix: str
) -> None:
    path = tmp_path / f"photo.{suffix}"
    Image.fromarray(make_photo(30, 41)).save(path)
    out = tmp_path / "out"
    for environment, name in ((dict(os.environ), "here"), (elsewhere, "there")):
        for _ in range(2):
            result = sesr(
                "upscale", path, "-o", out / name, "--overwrite", "-s", "3", env=environment
            )
            assert (result.returncode, result.stderr) == (0, "")
    written = sorted(path for path in out.rglob("*") if path.is_file())
    assert [path.parent.name for path in written] == ["here", "there"]
    assert written[0].read_bytes() == written[1].read_bytes()


def test_the_rest_of_the_command_runs_without_posix(
    tmp_path: Path, elsewhere: dict[str, str]
) -> None:
    Image.fromarray(make_photo(30, 41)).save(tmp_path / "photo.png")
    (tmp_path / "bad.png").write_bytes(b"junk")
    result = sesr("upscale", tmp_path, "-o", tmp_path / "out", env=elsewhere)
    assert result.returncode == 1
    assert len(result.stdout.splitlines()) == 1
    for arguments in (["--version"], ["models"], ["upscale", "--help"]):
        assert sesr(*arguments, env=elsewhere).returncode == 0


def test_the_environment_really_lacks_posix(elsewhere: dict[str, str]) -> None:
    code = "import os; print(hasattr(os, 'O_TMPFILE'), hasattr(os, 'fchmod'))\nimport resource"
    run = subprocess.run(
        [sys.executable, "-c", code], env=elsewhere, capture_output=True, text=True, check=False
    )
    assert run.stdout == "False False\n"
    assert "ModuleNotFoundError" in run.stderr


@pytest.mark.parametrize("missing", ["O_TMPFILE", "fchmod"])
def test_named_files_stand_in_for_nameless_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.delattr(os, missing, raising=False)
    target = tmp_path / "kept.txt"
    target.write_text("old")
    target.chmod(0o640)
    with pytest.raises(RuntimeError), atomic_file(target) as file:
        file.write(b"half of the n")
        raise RuntimeError
    assert target.read_text() == "old"
    with atomic_file(target) as file:
        file.write(b"new")
        assert any(path.name.startswith(".kept-") for path in tmp_path.iterdir())
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("new", 0o640)
    assert list(tmp_path.iterdir()) == [target]


def test_what_is_synced_is_open_for_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows refuses to sync anything else."""
    flags: list[int] = []

    def sync(number: int) -> None:
        os.write(number, b"")
        flags.append(number)

    monkeypatch.setattr(files.os, "fsync", sync)
    with atomic_path(tmp_path / "file") as part:
        part.write_text("new")
    assert flags


def test_memory_is_told_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    exists = Path.exists
    there = memory.peak_memory_mb()
    monkeypatch.setattr(Path, "exists", lambda self: "proc" not in str(self) and exists(self))
    assert memory.peak_memory_mb() == pytest.approx(there, rel=0.5)
    monkeypatch.setitem(sys.modules, "resource", None)
    assert memory.peak_memory_mb() is None


def test_memory_is_asked_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    class Library:
        def __getattr__(self, name: str) -> Any:
            return self

        def __call__(self, *arguments: Any) -> int:
            if len(arguments) == 3:
                arguments[1]._obj.peak_resident = 70_000_000
            return 1

    monkeypatch.setattr(Path, "exists", lambda self: False)
    monkeypatch.setattr(sys, "platform", "win32")
    assert memory.peak_memory_mb() is None
    monkeypatch.setattr(ctypes, "windll", Library(), raising=False)
    assert memory.peak_memory_mb() == 70


def test_posix_is_named_nowhere_else() -> None:
    app = Path(sesr_app.__file__).parent
    for module in (*app.rglob("*.py"), *Path(files.__file__).parent.rglob("*.py")):
        if module.name in ALLOWED:
            continue
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Import):
                assert not {alias.name for alias in node.names} & POSIX_MODULES, module
            elif isinstance(node, ast.ImportFrom):
                assert node.module not in POSIX_MODULES, module
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                named = node.value.id in ("os", "signal") and node.attr in POSIX_NAMES
                assert not named, f"{module}: {node.value.id}.{node.attr}"
