"""`sesr manifest`: what became of a job, and what has become of its results since."""

import json
from pathlib import Path

import pytest
from PIL import Image

from command import assert_fails, sesr
from photos import make_photo

pytest.importorskip("fsspec")


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a job over three images, one of which is none."""
    folder = tmp_path_factory.mktemp("job")
    (folder / "in" / "deep").mkdir(parents=True)
    for name in ("a.png", "deep/b.png"):
        Image.fromarray(make_photo(12, 16)).save(folder / "in" / name)
    (folder / "in" / "bad.png").write_bytes(b"no image")
    assert sesr("upscale", f"file://{folder}/in", "-r", "-o", folder / "out").returncode == 1
    return folder / "out"


def test_counts_failures_and_their_reasons(job: Path) -> None:
    result = sesr("manifest", job)
    assert (result.returncode, result.stderr) == (1, "")
    first, second, *others = result.stdout.splitlines()
    assert first == f"{job}: 3 images: 2 ok, 1 failed"
    assert " s an image, by 1 worker, from 20" in second
    assert others == ["1 failed:", f"  {others[1].strip()}"]
    assert "/in/bad.png: not an image" in others[1]


def test_what_is_gone_or_changed_is_named(job: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    job.rename(moved)
    try:
        whole = json.loads(sesr("manifest", moved, "--check", "--json").stdout)
        assert (whole["missing"], whole["changed"], whole["checked"]) == ([], [], True)
        assert whole["counts"] == {"ok": 2, "failed": 1}
        a, b = moved / "a_x2.png", moved / "deep" / "b_x2.png"
        content = a.read_bytes()
        a.write_bytes(content[:-1] + b"?")
        assert json.loads(sesr("manifest", moved, "--json").stdout)["changed"] == []
        kept = b.read_bytes()
        b.unlink()
        found = sesr("manifest", moved, "--check")
        assert found.returncode == 1
        assert f"1 missing:\n  {b}\n1 not what was written:\n  {a}\n" in found.stdout
        a.write_bytes(content)
        b.write_bytes(kept)
    finally:
        moved.rename(job)


def test_all_well_is_exit_code_0(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.fromarray(make_photo(12, 16)).save(tmp_path / "in" / "a.png")
    sesr("upscale", f"file://{tmp_path}/in", "-o", tmp_path / "out")
    result = sesr("manifest", tmp_path / "out", "--check")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.endswith("\nall results are what was written\n")


def test_no_manifest_is_one_line(tmp_path: Path) -> None:
    assert_fails(sesr("manifest", tmp_path), 2, f"{tmp_path}: holds no manifest")
