"""How the process starts and ends: closed descriptors, interrupts, pipes and names of files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from command import assert_fails, sesr
from photos import make_photo
from sesr_app.terminal.text import printable


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(make_photo(30, 41)).save(path)
    return path


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A line of bash in a folder, in which $SESR is the command."""
    environment = {**os.environ, "SESR": f"{sys.executable} -m sesr_app"}
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_descriptors_cost_nothing(picture: Path, closed: str) -> None:
    result = shell(f"$SESR upscale photo.png {closed}", picture.parent)
    assert (result.returncode, result.stderr) == (0, "")
    with Image.open(picture.with_name("photo_x2.png")) as image:
        image.load()


def test_a_result_for_a_closed_output_is_refused(picture: Path) -> None:
    result = shell("$SESR upscale photo.png -o - >&-", picture.parent)
    assert_fails(result, 2, "the standard output is closed")


def test_an_error_with_nobody_to_tell_is_an_exit_code(picture: Path) -> None:
    result = shell("$SESR upscale none.png >&- 2>&-", picture.parent)
    assert (result.returncode, result.stdout, result.stderr) == (1, "", "")


def test_a_reader_that_goes_away_is_no_error(picture: Path) -> None:
    large = picture.with_name("large.png")
    Image.fromarray(make_photo(700, 700)).save(large)
    line = "$SESR upscale large.png -o - | head -c 10 | wc -c; echo ${PIPESTATUS[0]}"
    result = shell(line, picture.parent)
    assert (result.stdout.split(), result.stderr) == (["10", "1"], "")


def test_an_interrupt_in_the_first_moments_is_no_traceback(tmp_path: Path) -> None:
    """A Click that raises stands for Ctrl-C while it is imported."""
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt\n")
    environment = {**os.environ}
    environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), environment.get("PYTHONPATH", "")])
    result = sesr("--version", env=environment)
    assert (result.returncode, result.stderr) == (130, "sesr: interrupted\n")


def test_the_first_import_is_next_to_nothing() -> None:
    """Whatever is imported before the command can catch an interrupt."""
    code = "import sys, sesr_app.main; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert not loaded & {"click", "sesr", "numpy", "rich"}


def test_pipes_with_a_name_are_read(picture: Path) -> None:
    result = shell("$SESR upscale <(cat photo.png) -o out.png", picture.parent)
    assert (result.returncode, result.stderr) == (0, "")
    with Image.open(picture.with_name("out.png")) as image:
        assert image.size == (82, 60)


def test_a_stream_is_judged_by_its_first_bytes(picture: Path) -> None:
    """A stream without an end would never be read to it."""
    result = shell("yes | $SESR upscale - -o out.png", picture.parent)
    assert_fails(result, 1, "standard input: not an image of a known format")


def test_names_cannot_command_the_terminal(picture: Path) -> None:
    odd = picture.with_name("a\nb\x1b[31m.png")
    odd.write_bytes(b"junk")
    assert_fails(sesr("upscale", odd), 1, r"a\nb\x1b[31m.png: not an image")
    assert_fails(sesr("upscale", odd.with_name("none\n.png")), 1, r"none\n.png: no such file")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("café 漢字 👩‍💻.png", "café 漢字 👩‍💻.png"),
        ("a\u202egnp.exe", r"a\u202egnp.exe"),
        ("tab\t", r"tab\t"),
        (os.fsdecode(b"\x9b31m"), r"\x9b31m"),
        ("\x85\u2028", r"\x85\u2028"),
    ],
)
def test_only_what_cannot_be_seen_is_written_out(text: str, expected: str) -> None:
    assert printable(text) == expected
