"""Folders on file systems, and what a job keeps in the one it writes to."""

import json
import platform
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from sesr.errors import ImageError, MissingExtraError, UsageError
from sesr_app.storage import Claim, ManifestPart, Place, read_records
from sesr_app.storage.failures import explained

pytest.importorskip("fsspec")


@pytest.fixture(params=["memory", "file", "path"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "memory":
        return Place(f"memory://{uuid.uuid4().hex}")
    return Place(f"file://{tmp_path}" if request.param == "file" else str(tmp_path))


def test_what_is_written_is_listed_read_and_removed(place: Place, tmp_path: Path) -> None:
    place.write("a/b.bin", b"12345")
    place.write("c.bin", b"")
    assert [(e.name, e.size, e.is_folder) for e in place.entries()] == [
        ("a", 0, True),
        ("c.bin", 0, False),
    ]
    [entry] = place.entries("a")
    assert (entry.name, entry.size) == ("b.bin", 5)
    assert entry.stamp
    assert place.is_folder("a")
    assert not place.is_folder("a/b.bin")
    assert place.exists("a/b.bin")
    assert list(place.entries("nothing")) == []
    place.download("a/b.bin", tmp_path / "copy", 5)
    assert (tmp_path / "copy").read_bytes() == b"12345"
    place.remove("c.bin")
    place.remove("c.bin")
    assert not place.exists("c.bin")


def test_an_upload_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(str(tmp_path / "out"))
    place.write("a.png", b"old")

    def broken(path: str, to: str) -> None:
        Path(to).write_bytes(b"ha")
        raise ValueError("the line is dead")

    monkeypatch.setattr(place._fs, "put_file", broken)
    with pytest.raises(ImageError, match=r"a\.png: cannot be written .*the line is dead"):
        place.upload(tmp_path / "new", "a.png")
    assert [(e.name, place.read(e.name)) for e in place.entries()] == [("a.png", b"old")]


def test_a_file_that_changes_meanwhile_is_refused(tmp_path: Path) -> None:
    place = Place("memory://changing")
    place.write("a.png", b"longer than it was")
    with pytest.raises(ImageError, match=r"was 3 bytes when it was listed and 18"):
        place.download("a.png", tmp_path / "copy", 3)


def test_no_password_is_shown() -> None:
    error = FileNotFoundError("nothing")
    assert Place("memory://user:secret@host/photos/").url == "memory://user:***@host/photos"
    assert "secret" not in str(explained(error, "memory://user:***@host/photos", "read"))


def test_missing_packages_are_named() -> None:
    with pytest.raises(UsageError, match=r"pip install gcsfs"):
        raise explained(ImportError("no", name="gcsfs"), "gs://photos", "reached")
    with pytest.raises(MissingExtraError, match=r'pip install "\.\[cloud\]"'):
        raise explained(ImportError("no", name="s3fs"), "s3://photos", "reached")


def test_parts_of_a_manifest_are_merged(place: Place) -> None:
    for worker, seconds in (("one", 1.0), ("two", 2.0)):
        part = ManifestPart(place, "job", worker)
        part.add([{"input": "both", "finished": seconds, "worker": worker}])
        part.add([{"input": worker, "finished": seconds, "worker": worker}])
    merged = read_records(place)
    assert sorted(merged) == ["both", "one", "two"]
    assert merged["both"]["worker"] == "two"


def test_a_part_is_closed_when_it_is_long(place: Place) -> None:
    part = ManifestPart(place, "job", "one")
    for number in range(3):
        part.add([{"input": f"{number} {i}", "finished": 0} for i in range(600)])
    assert len(list(place.entries(".sesr/manifest"))) == 2
    assert len(read_records(place)) == 1800


def claim_of(place: Place, **about: Any) -> None:
    claim = {"job": "other", "host": "elsewhere", "process": 1, "alive": time.time(), **about}
    place.write(".sesr/claims/other.json", json.dumps(claim).encode())


def test_a_living_job_keeps_its_folder(place: Place) -> None:
    claim_of(place)
    with pytest.raises(UsageError, match=r"another job writes .*elsewhere"), Claim(place, {}):
        pass
    assert [entry.name for entry in place.entries(".sesr/claims")] == ["other.json"]


def test_a_dead_one_does_not(place: Place) -> None:
    claim_of(place, alive=time.time() - 91)
    with Claim(place, {"scale": 2}) as claim:
        assert json.loads(place.read(f".sesr/jobs/{claim.job}.json")) == {"scale": 2}
    assert list(place.entries(".sesr/claims")) == []
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    claim_of(place, host=platform.node(), process=ended.pid)
    with Claim(place, {}):
        pass
