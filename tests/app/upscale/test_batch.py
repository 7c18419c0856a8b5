"""Many files: folders, names, collisions, failures and restarts."""

import contextlib
import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from command import assert_fails, sesr
from photos import make_photo
from sesr.reporting.progress import no_advance
from sesr_app.upscale.passes import Enlarger
from sesr_app.upscale.plan.inputs import InputImage
from sesr_app.upscale.plan.naming import Naming
from sesr_app.upscale.plan.outputs import plan_jobs
from sesr_app.upscale.plan.settings import Settings
from sesr_app.upscale.plan.sizing import Sizing
from sesr_app.upscale.runner import Budget, JobRunner


def save_photo(path: Path, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(make_photo(12, 16, seed=seed)).save(path)
    return path


def tree(folder: Path) -> list[str]:
    """Every file below a folder."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for name in ("a.jpg", "b.PNG", "inner/c.webp", "inner/deep/d.png"):
        save_photo(folder / name)
    for junk in (".hidden.png", "notes.txt", "__MACOSX/a.jpg", ".git/x.png"):
        path = folder / junk
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"junk")
    return folder


def test_a_folder_goes_beside_itself(photos: Path) -> None:
    result = sesr("upscale", photos)
    assert (result.returncode, result.stderr) == (0, "")
    assert tree(photos.with_name("photos_x2")) == ["a_x2.jpg", "b_x2.PNG"]


def test_the_tree_is_mirrored(photos: Path, tmp_path: Path) -> None:
    result = sesr("upscale", photos, "--recursive", "-o", tmp_path / "out", "--name", "{stem}")
    assert (result.returncode, result.stderr) == (0, "")
    assert tree(tmp_path / "out") == ["a.jpg", "b.PNG", "inner/c.webp", "inner/deep/d.png"]


def test_results_inside_the_folder_are_not_upscaled_again(photos: Path) -> None:
    for _ in range(2):
        run = sesr("upscale", photos, "-r", "-o", photos / "big", "--overwrite")
        assert run.returncode == 0
    assert len(tree(photos / "big")) == 4


def test_the_current_folder_has_a_name(photos: Path) -> None:
    assert sesr("upscale", ".", cwd=photos).returncode == 0
    assert tree(photos.with_name("photos_x2")) == ["a_x2.jpg", "b_x2.PNG"]


@pytest.mark.parametrize(("options", "hint"), [([], "add --recursive"), (["-r"], "no images")])
def test_a_folder_without_images_is_named(tmp_path: Path, options: list[str], hint: str) -> None:
    (tmp_path / "empty").mkdir()
    assert_fails(sesr("upscale", tmp_path / "empty", *options), 2, "holds no images", hint)


def test_collisions_are_found_before_any_work(photos: Path, tmp_path: Path) -> None:
    save_photo(photos / "a.png")
    command = ["upscale", photos, "-o", tmp_path / "out", "--format", "webp"]
    assert_fails(sesr(*command), 2, "a.jpg", "a.png", "would be written here")
    assert not (tmp_path / "out").exists()
    assert sesr(*command, "--name", "{stem}_{ext}").returncode == 0
    assert tree(tmp_path / "out") == ["a_jpg.webp", "a_png.webp", "b_PNG.webp"]


def test_existing_results_are_skipped(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a_x2.jpg").write_text("precious")
    assert_fails(sesr("upscale", photos, "-o", out), 2, "a_x2.jpg: exists already")
    result = sesr("upscale", photos, "-o", out, "--skip-existing", "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["status"] for line in lines] == ["skipped", "ok"]
    assert (out / "a_x2.jpg").read_text() == "precious"
    assert lines[1]["output"] == str(out / "b_x2.PNG")
    assert (lines[1]["width"], lines[1]["height"]) == (32, 24)


def test_bad_files_are_listed_at_the_end(photos: Path) -> None:
    (photos / "bad.jpg").write_bytes(b"\xff\xd8\xff junk")
    result = sesr("upscale", photos, "--json")
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("sesr: 1 of 3 images failed: ")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["status"] for line in lines] == ["ok", "ok", "failed"]
    assert "bad.jpg" in lines[2]["error"]


def test_quiet_prints_failures_only(photos: Path) -> None:
    (photos / "bad.jpg").write_bytes(b"junk")
    result = sesr("upscale", photos, "--quiet")
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 2


def test_nothing_is_written_outside_the_output_folder(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "inner").symlink_to(tmp_path / "elsewhere")
    result = sesr("upscale", photos, "-r", "-o", tmp_path / "out")
    assert_fails(result, 2, "a link leads out of the output folder")
    assert tree(tmp_path / "elsewhere") == []


def test_a_link_is_replaced_and_not_followed(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "victim.jpg").write_text("precious")
    (tmp_path / "out" / "a_x2.jpg").symlink_to(tmp_path / "victim.jpg")
    assert sesr("upscale", photos, "-o", tmp_path / "out", "--overwrite").returncode == 0
    assert (tmp_path / "victim.jpg").read_text() == "precious"


def test_links_to_folders_are_not_followed(photos: Path, tmp_path: Path) -> None:
    (photos / "loop").symlink_to(photos)
    assert sesr("upscale", photos, "-r", "-o", tmp_path / "out").returncode == 0
    assert len(tree(tmp_path / "out")) == 4


@pytest.mark.parametrize("seconds", [0.25, 0.5, 0.8])
def test_a_killed_batch_goes_on(tmp_path: Path, seconds: float) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    for index in range(12):
        path = folder / f"{index}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(make_photo(200, 200, seed=index)).save(path)
    command = [sys.executable, "-m", "sesr_app", "upscale", str(folder), "-o", str(out)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)
        process.send_signal(signal.SIGKILL)
    # Linux has files without a name, so that not even a kill leaves one behind.
    before = tree(out) if out.exists() else []
    assert set(before) <= {f"{index}_x2.png" for index in range(12)}
    times = {name: (out / name).stat().st_mtime_ns for name in before}
    assert sesr("upscale", folder, "-o", out, "--skip-existing").returncode == 0
    assert len(tree(out)) == 12
    for name in tree(out):
        with Image.open(out / name) as image:
            image.load()
            assert image.size == (400, 400)
    assert times == {name: (out / name).stat().st_mtime_ns for name in before}


@pytest.mark.parametrize(
    ("options", "size"),
    [
        (["--width", "20"], (20, 15)),
        (["--height", "60"], (80, 60)),
        (["--max-side", "48"], (48, 36)),
        (["--width", "20", "--height", "60"], (20, 15)),
        (["--width", "100", "--scale", "2"], (100, 75)),
    ],
)
def test_results_have_the_size_asked_for(
    tmp_path: Path, options: list[str], size: tuple[int, int]
) -> None:
    path = save_photo(tmp_path / "photo.png")
    result = sesr("upscale", path, *options, "--json")
    line = json.loads(result.stdout)
    assert (line["width"], line["height"]) == size
    with Image.open(line["output"]) as image:
        assert image.size == size


def test_names_tell_the_size(tmp_path: Path) -> None:
    path = save_photo(tmp_path / "photo.png")
    assert sesr("upscale", path, "--max-side", "48").returncode == 0
    assert (tmp_path / "photo_max48.png").exists()


def test_an_image_that_claims_too_much_is_refused(tmp_path: Path) -> None:
    path = save_photo(tmp_path / "photo.png")
    result = sesr("upscale", path, "--max-megapixels", "0.0001")
    assert_fails(result, 1, "decompression bomb", "--max-megapixels")


def test_large_images_take_turns() -> None:
    budget = Budget(10)
    budget.take(100)
    entered = threading.Event()

    def second() -> None:
        budget.take(1)
        entered.set()

    thread = threading.Thread(target=second)
    thread.start()
    assert not entered.wait(0.05)
    budget.give_back(100)
    assert entered.wait(5)
    thread.join()


def test_pipes_take_one_image(tmp_path: Path) -> None:
    path = save_photo(tmp_path / "photo.png")
    assert_fails(sesr("upscale", "-", path, stdin=subprocess.DEVNULL), 2, "take one image")
    assert_fails(sesr("upscale", path, path.with_name("x.png"), "-o", "-"), 2, "take one image")


def test_the_thread_that_signals_reach_imports_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended in the middle of an import, it would keep the import's lock from the others."""
    threads: list[threading.Thread] = []
    enlarger = Enlarger("M5")
    prepare = enlarger.prepare

    def spy(*arguments: Any) -> None:
        threads.append(threading.current_thread())
        prepare(*arguments)

    monkeypatch.setattr(enlarger, "prepare", spy)
    image = InputImage(save_photo(tmp_path / "photo.png"))
    runner = JobRunner(
        plan_jobs([image], None, Naming("x2")), enlarger, Settings(Sizing(2)), no_advance
    )
    assert [outcome.status for outcome in runner.run()] == ["ok"]
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()


def test_a_wrong_model_ends_the_run_and_leaves_nothing(tmp_path: Path) -> None:
    path = save_photo(tmp_path / "photo.png")
    result = sesr("upscale", path, path.with_name("none.png"), "--engine", "torch")
    assert_fails(result, 2, "unknown engine 'torch'")
    assert tree(tmp_path) == ["photo.png"]
