import errno
import os
from pathlib import Path

import pytest

import sesr.files
from sesr.errors import UsageError
from sesr.files import KeptFolder, atomic_file, atomic_path, write_atomically


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "kept.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(target) as part:
        part.write_text("half of the n")
        raise RuntimeError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("nameless", [True, False])
def test_a_file_that_came_meanwhile_stays(
    tmp_path: Path, nameless: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not nameless:
        monkeypatch.setattr(sesr.files, "_nameless", lambda folder: None)
    target = tmp_path / "file"
    with (
        pytest.raises(FileExistsError, match="come meanwhile"),
        atomic_file(target, replace=False) as file,
    ):
        file.write(b"ours")
        target.write_bytes(b"precious")
    assert target.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [target]
    with atomic_file(tmp_path / "new", replace=False) as file:
        file.write(b"ours")
    assert (tmp_path / "new").read_bytes() == b"ours"


def test_one_run_at_a_time_keeps_its_parts(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    target = tmp_path / "film.mkv"
    first = KeptFolder(target, {"crf": "10"})
    first.open()
    (first.path / "0").write_bytes(b"done")
    for job in ("10", "50"):
        with pytest.raises(UsageError, match=r"film\.mkv: another run is making it"):
            KeptFolder(target, {"crf": job}).open()
    assert (first.path / "0").read_bytes() == b"done"
    del first  # As a run that ends, however it does.
    again = KeptFolder(target, {"crf": "10"})
    again.open()
    assert (again.path / "0").exists()
    del again
    other = KeptFolder(target, {"crf": "50"})
    other.open()
    assert not (other.path / "0").exists()
    other.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_locks_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")

    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    folder = KeptFolder(tmp_path / "film.mkv", {"crf": "10"})
    folder.open()
    assert (folder.path / "job.json").exists()
    folder.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    plain = tmp_path / "plain.txt"
    plain.write_text("")
    write_atomically(tmp_path / "ours.txt", b"new")
    assert (tmp_path / "ours.txt").stat().st_mode == plain.stat().st_mode


def test_a_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    target = tmp_path / "private.txt"
    target.write_text("old")
    target.chmod(0o600)
    write_atomically(target, b"new")
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o600


def test_the_mask_is_left_alone(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "file", b"")
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
