"""Runs over the same folder again, and what a folder holds that is not taken."""

import json
import os
from pathlib import Path

import pytest
from PIL import Image

from command import assert_fails, sesr
from photos import make_photo
from sesr_app.upscale.plan.earlier import has_mark

FORMATS = ("png", "jpg", "webp", "tiff", "avif", "gif", "bmp")


def save(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(make_photo(12, 16)).save(path)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("scale", ["2", "3"])
def test_three_runs_leave_what_one_leaves(tmp_path: Path, scale: str) -> None:
    for name in FORMATS:
        save(tmp_path / f"{name}.{name}")
    command = ("upscale", tmp_path, "-o", tmp_path, "--skip-existing", "-s", scale)
    assert sesr(*command).stderr == ""
    expected = names(tmp_path)
    assert len(expected) == 2 * len(FORMATS)
    for _ in range(2):
        result = sesr(*command)
        assert result.returncode == 0
        assert "7 results of an earlier run left alone; --again" in result.stderr
        assert names(tmp_path) == expected


def test_a_pattern_of_the_shell_takes_no_results(tmp_path: Path) -> None:
    path = save(tmp_path / "p.png")
    assert sesr("upscale", path).returncode == 0
    assert sesr("upscale", *sorted(tmp_path.iterdir()), "-s", "4").returncode == 0
    assert names(tmp_path) == ["p.png", "p_x2.png", "p_x4.png"]


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tiff", "avif"])
def test_results_without_their_image_are_known_by_their_mark(tmp_path: Path, suffix: str) -> None:
    path = save(tmp_path / "in" / f"p.{suffix}")
    other = save(tmp_path / "in" / f"other.{suffix}")
    command = ("upscale", tmp_path / "in", "-o", tmp_path / "in")
    assert sesr(*command).returncode == 0
    for original in (path, other):
        original.unlink()
    result = sesr(*command)
    assert (result.returncode, result.stdout) == (0, "")
    assert "2 results" in result.stderr
    assert sesr(*command, "--again").returncode == 0
    assert f"p_x2_x2.{suffix}" in names(tmp_path / "in")


def test_the_mark_takes_the_place_of_nothing(tmp_path: Path) -> None:
    image, exif = Image.fromarray(make_photo(12, 16)), Image.Exif()
    exif[0x0131] = "a camera"
    image.save(tmp_path / "p.jpg", exif=exif)
    assert sesr("upscale", tmp_path / "p.jpg").returncode == 0
    with Image.open(tmp_path / "p_x2.jpg") as result:
        assert result.getexif()[0x0131] == "a camera"
    assert not has_mark(tmp_path / "p_x2.jpg")


def test_stripped_results_have_no_mark(tmp_path: Path) -> None:
    path = save(tmp_path / "p.png")
    assert sesr("upscale", path, "--strip").returncode == 0
    assert not has_mark(tmp_path / "p_x2.png")


def test_a_result_given_alone_is_meant(tmp_path: Path) -> None:
    path = save(tmp_path / "p.png")
    assert sesr("upscale", path).returncode == 0
    assert sesr("upscale", tmp_path / "p_x2.png").returncode == 0
    assert (tmp_path / "p_x2_x2.png").exists()


def test_an_image_that_only_looks_like_a_result_is_taken(tmp_path: Path) -> None:
    save(tmp_path / "in" / "camera_x2.png")
    save(tmp_path / "in" / "p.png")
    assert sesr("upscale", tmp_path / "in").stderr == ""
    assert names(tmp_path / "in_x2") == ["camera_x2_x2.png", "p_x2.png"]


def test_names_of_ones_own_are_known_too(tmp_path: Path) -> None:
    save(tmp_path / "p.png")
    command = ("upscale", tmp_path, "-o", tmp_path, "--skip-existing", "--name", "big-{stem}")
    for _ in range(3):
        assert sesr(*command).returncode == 0
    assert names(tmp_path) == ["big-p.png", "p.png"]


def test_what_a_folder_holds_and_was_not_taken_is_told(tmp_path: Path) -> None:
    save(tmp_path / "in" / "p.png")
    for name in ("a.psd", "b.PSD", "c.cr2", "notes.txt", ".hidden.psd"):
        (tmp_path / "in" / name).write_bytes(b"8BPS")
    result = sesr("upscale", tmp_path / "in", "--json", "--overwrite")
    assert result.returncode == 0
    assert result.stderr == "sesr: 3 images are of a kind that is not read: 2 .psd, 1 .cr2\n"
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["status"] for line in lines] == ["ok", *["passed over"] * 3]
    assert lines[1]["input"].endswith("a.psd")
    assert lines[1]["error"] == "psd is not read"
    assert sesr("upscale", tmp_path / "in", "--overwrite", "-q").stderr == ""


def test_a_folder_of_other_images_says_which(tmp_path: Path) -> None:
    (tmp_path / "a.cr2").write_bytes(b"II")
    result = sesr("upscale", tmp_path)
    assert_fails(result, 2, "holds no images that are read, but 1 .cr2", "--recursive")


def test_a_dry_run_prints_and_writes_nothing(tmp_path: Path) -> None:
    save(tmp_path / "in" / "a.png")
    save(tmp_path / "in" / "b.png")
    save(tmp_path / "out" / "a_x2.png")
    command = ("upscale", tmp_path / "in", "-o", tmp_path / "out", "--skip-existing", "--dry-run")
    result = sesr(*command)
    assert result.stdout.splitlines() == [
        f"{tmp_path / 'in' / 'a.png'}: skipped, its result exists",
        f"{tmp_path / 'in' / 'b.png'} -> {tmp_path / 'out' / 'b_x2.png'}",
    ]
    lines = [json.loads(line) for line in sesr(*command, "--json").stdout.splitlines()]
    assert [line["status"] for line in lines] == ["skipped", "planned"]
    assert names(tmp_path / "out") == ["a_x2.png"]
    assert sesr("upscale", tmp_path / "in", "-o", tmp_path / "new", "--dry-run").returncode == 0
    assert not (tmp_path / "new").exists()


def test_a_dry_run_tells_what_cannot_be_read(tmp_path: Path) -> None:
    save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"no image")
    files = [tmp_path / f"{name}.png" for name in ("good", "bad", "missing")]
    files.append(tmp_path / "missing.mp4")
    result = sesr("upscale", *files, "--dry-run")
    assert result.returncode == 1
    assert result.stdout.splitlines() == [f"{files[0]} -> {tmp_path / 'good_x2.png'}"]
    assert f"{files[1]}: " in result.stderr
    assert f"{files[2]}: no such file" in result.stderr
    assert f"{files[3]}: no such file" in result.stderr
    limit = sesr("upscale", files[0], "--dry-run", "--max-megapixels", "0.0001")
    assert_fails(limit, 1, "decompression bomb", "--max-megapixels")
    network = sesr("upscale", files[0], "--dry-run", "--best", "--artefacts", "heavy")
    assert_fails(network, 2, "heavy")
    os.mkfifo(tmp_path / "pipe.png")
    result = sesr("upscale", tmp_path / "pipe.png", "-o", "-", "--dry-run", "--json")
    assert json.loads(result.stdout)["status"] == "failed"
    assert "is no regular file" in result.stderr


def test_an_output_without_extension_is_a_folder(tmp_path: Path) -> None:
    path = save(tmp_path / "p.png")
    assert sesr("upscale", path, "-o", tmp_path / "out").returncode == 0
    assert names(tmp_path / "out") == ["p_x2.png"]


def test_no_folder_is_made_where_planning_fails(tmp_path: Path) -> None:
    path = save(tmp_path / "p.png")
    (tmp_path / "file").write_text("")
    result = sesr("upscale", path, "-o", tmp_path / "file" / "out")
    assert_fails(result, 2, "file: is a file, but a folder is needed")
    assert not (tmp_path / "out").exists()


def test_a_summary_stays_short(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number:02d}.png").write_bytes(b"junk")
    summary = sesr("upscale", tmp_path).stderr.splitlines()[-1]
    assert summary.startswith("sesr: 40 of 40 images failed: ")
    assert summary.endswith("04.png and 35 others")
