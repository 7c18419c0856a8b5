"""`sesr upscale`: files in, files out, and what happens when something is wrong."""

import contextlib
import os
import pty
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from command import assert_fails, sesr
from photos import make_photo
from sesr import Upscaler
from sesr_app.images import MAX_MEGAPIXELS
from sesr_app.upscale.command import upscale


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of an image file that decodes to its end."""
    with Image.open(path) as image:
        image.load()
        return image.size


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(make_photo(30, 41)).save(path)
    return path


@pytest.mark.parametrize("scale", [2, 4])
def test_the_file_is_what_the_upscaler_gives(picture: Path, scale: int) -> None:
    result = sesr("upscale", picture, "--scale", scale)
    assert (result.returncode, result.stderr) == (0, "")
    written = picture.with_name(f"photo_x{scale}.png")
    assert result.stdout == f"{written} {41 * scale}x{30 * scale}\n"
    expected = Upscaler(scale=scale)(make_photo(30, 41))
    with Image.open(written) as image:
        np.testing.assert_array_equal(np.asarray(image), expected)


@pytest.mark.parametrize("suffix", ["jpg", "JPEG", "webp", "bmp", "tif", "tiff"])
def test_formats_are_kept(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"photo.{suffix}"
    Image.fromarray(make_photo(20, 24)).save(path)
    assert sesr("upscale", path).returncode == 0
    with Image.open(path) as before, Image.open(tmp_path / f"photo_x2.{suffix}") as after:
        assert after.format == before.format
        assert after.size == (48, 40)


def test_gray_stays_gray(tmp_path: Path) -> None:
    Image.fromarray(make_photo(20, 24)[..., 0]).save(tmp_path / "gray.png")
    assert sesr("upscale", tmp_path / "gray.png").returncode == 0
    with Image.open(tmp_path / "gray_x2.png") as after:
        assert (after.mode, after.size) == ("L", (48, 40))


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tiff"])
def test_the_color_profile_is_kept(tmp_path: Path, suffix: str) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = tmp_path / f"photo.{suffix}"
    Image.fromarray(make_photo(20, 24)).save(path, icc_profile=profile)
    assert sesr("upscale", path).returncode == 0
    with Image.open(tmp_path / f"photo_x2.{suffix}") as after:
        after.load()
        assert after.info["icc_profile"] == profile


def test_photographs_come_out_upright(tmp_path: Path) -> None:
    image = Image.fromarray(make_photo(20, 30))
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(tmp_path / "turned.jpg", exif=exif)
    assert sesr("upscale", tmp_path / "turned.jpg").returncode == 0
    with Image.open(tmp_path / "turned_x2.jpg") as after:
        assert after.size == (40, 60)
        assert after.getexif().get(0x0112, 1) == 1


def test_one_pixel_is_an_image(tmp_path: Path) -> None:
    Image.new("RGB", (1, 1), (10, 200, 30)).save(tmp_path / "dot.png")
    assert sesr("upscale", tmp_path / "dot.png").returncode == 0
    assert size_of(tmp_path / "dot_x2.png") == (2, 2)


def test_output_can_be_a_file_of_another_format(picture: Path) -> None:
    assert sesr("upscale", picture, "-o", picture.with_name("big.webp")).returncode == 0
    with Image.open(picture.with_name("big.webp")) as image:
        assert image.format == "WEBP"


def test_several_files_go_into_a_folder(tmp_path: Path, picture: Path) -> None:
    other = tmp_path / "other.jpg"
    Image.fromarray(make_photo(10, 12)).save(other)
    assert sesr("upscale", picture, other, "-o", tmp_path / "new" / "out").returncode == 0
    names = sorted(path.name for path in (tmp_path / "new" / "out").iterdir())
    assert names == ["other_x2.jpg", "photo_x2.png"]


def test_a_bad_file_does_not_stop_the_rest(tmp_path: Path, picture: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"junk")
    result = sesr("upscale", tmp_path / "bad.png", picture)
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        f"sesr: {tmp_path / 'bad.png'}: not an image of a known format",
        f"sesr: 1 of 2 images failed: {tmp_path / 'bad.png'}",
    ]
    assert picture.with_name("photo_x2.png").exists()


def damaged(path: Path, kind: str) -> Path:
    """A file that is no good in one of several ways."""
    whole = path.read_bytes()
    contents = {
        "empty": b"",
        "renamed": b"%PDF-1.7 something else entirely",
        "truncated": whole[: len(whole) // 2],
        "header only": whole[:40],
        "garbled": whole[:60] + bytes(200) + whole[260:],
    }
    bad = path.with_name("bad.png")
    bad.write_bytes(contents[kind])
    return bad


@pytest.mark.parametrize("kind", ["empty", "renamed", "truncated", "header only", "garbled"])
def test_damaged_files_are_named(picture: Path, kind: str) -> None:
    bad = damaged(picture, kind)
    before = set(picture.parent.iterdir())
    assert_fails(sesr("upscale", bad), 1, str(bad))
    assert set(picture.parent.iterdir()) == before


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert_fails(sesr("upscale", tmp_path / "none.png"), 1, "none.png: no such file")


def test_photographs_of_telephones_are_single_images(tmp_path: Path) -> None:
    photo, depth = Image.fromarray(make_photo(20, 30)), Image.fromarray(make_photo(5, 8))
    photo.save(tmp_path / "phone.jpg", format="MPO", save_all=True, append_images=[depth])
    assert sesr("upscale", tmp_path / "phone.jpg").returncode == 0
    assert size_of(tmp_path / "phone_x2.jpg") == (60, 40)


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--model", "M6"], ["unknown model 'M6'", "M5"]),
        (["--model", "N7"], ["no trained N7 x2", "M5 x2"]),
        (["--scale", "9"], ["--scale must be above 1 and at most 8", "received 9"]),
        (["--scale", "nan"], ["--scale must be above 1", "received nan"]),
        (["--scale", "x"], ["'x' is no scale", "1.5 or 150%"]),
        (["--watch"], ["--watch takes folders"]),
        (["--watch", "--dry-run"], ["exclude each other"]),
        (["--max-megapixels", "nan"], ["--max-megapixels must be", "received nan"]),
        (["--width", "1000000"], ["--width must be 1 to 200,000", "received 1000000"]),
        (["--quality", "80"], ["--quality is for jpg, webp", "the results are png"]),
        (["--lossless", "--format", "jpg"], ["jpg has no lossless mode", "--format"]),
        (["--lossless", "--quality", "80", "-f", "webp"], ["exclude each other"]),
        (["--format", "webp", "-o", "x.jpg"], ["x.jpg: is named for jpg", "--format webp"]),
        (["-o", "out.xyz"], ["out.xyz", "unknown output format 'xyz'", "png, jpg, webp"]),
        (["--format", "xyz"], ["unknown output format 'xyz'"]),
        (["--engine", "torch"], ["unknown engine 'torch'", "litert"]),
        (["--width", "0"], ["--width must be 1 to", "received 0"]),
        (["--background", "blurple"], ["unknown colour 'blurple'"]),
        (["--name", "{number}"], ["unknown field {number}", "{stem}"]),
        (["--name", "{}_big"], ["name template '{}_big'"]),
        (["--name", "{stem:d}"], ["name template '{stem:d}'"]),
        (["--dry-run", "--scale", "2", "--model", "nonsense"], ["unknown model 'nonsense'"]),
        (["--dry-run", "--scale", "2", "--background", "nocolor"], ["nocolor"]),
        (["--name", "../{stem}"], ["must be a file name"]),
        (["--overwrite", "--skip-existing"], ["exclude each other"]),
    ],
)
def test_wrong_usage_exits_with_2(picture: Path, options: list[str], parts: list[str]) -> None:
    assert_fails(sesr("upscale", picture, *options, cwd=picture.parent), 2, *parts)


def test_an_existing_file_is_not_replaced_unasked(picture: Path) -> None:
    taken = picture.with_name("photo_x2.png")
    taken.write_text("precious")
    assert_fails(sesr("upscale", picture), 2, "exists already", "--overwrite")
    assert taken.read_text() == "precious"
    assert sesr("upscale", picture, "--overwrite").returncode == 0
    assert size_of(taken) == (82, 60)


def test_the_input_is_never_the_output(picture: Path) -> None:
    before = picture.read_bytes()
    result = sesr("upscale", picture, "-o", picture, "--overwrite")
    assert_fails(result, 2, "is the input itself")
    assert picture.read_bytes() == before


def test_two_inputs_for_one_output_are_found_before_any_work(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Image.fromarray(make_photo(9, 9)).save(tmp_path / name / "same.png")
    inputs = [tmp_path / name / "same.png" for name in ("a", "b")]
    result = sesr("upscale", *inputs, "-o", tmp_path / "out")
    assert_fails(result, 2, "would be written here")
    assert not (tmp_path / "out").exists()
    both = sesr(
        "upscale", *inputs, "-o", tmp_path / "out", "--name", "{stem}_{ext}", "--format", "tiff"
    )
    assert_fails(both, 2, "would be written here", "{stem}_{ext}_{target}")


@pytest.mark.parametrize("target", ["none/out.png", "photo.png/out.png", "/proc/out.png"])
def test_an_unwritable_output_is_named(picture: Path, target: str) -> None:
    result = sesr("upscale", picture, "-o", picture.parent / target)
    assert_fails(result, 1, "out.png")


def test_a_full_disk_leaves_nothing(picture: Path) -> None:
    def limit_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    before = set(picture.parent.iterdir())
    assert_fails(sesr("upscale", picture, preexec_fn=limit_files), 1, "photo_x2.png", "too large")
    assert set(picture.parent.iterdir()) == before


@pytest.mark.parametrize("seconds", [0.3, 0.6, 0.9, 1.2])
def test_a_terminated_run_leaves_no_partial_file(tmp_path: Path, seconds: float) -> None:
    path, written = tmp_path / "large.png", tmp_path / "large_x4.png"
    Image.fromarray(make_photo(700, 700)).save(path)
    command = [sys.executable, "-m", "sesr_app", "upscale", str(path), "--scale", "4"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)
        process.terminate()
    assert set(tmp_path.iterdir()) <= {path, written}
    assert not written.exists() or size_of(written) == (2800, 2800)


def test_names_need_not_be_text(picture: Path) -> None:
    odd = picture.with_name(os.fsdecode(b"caf\xe9 \n.png"))
    picture.rename(odd)
    result = sesr("upscale", odd, errors="surrogateescape")
    assert (result.returncode, result.stderr) == (0, "")
    written = picture.with_name(os.fsdecode(b"caf\xe9 \n_x2.png"))
    assert str(written) in result.stdout
    assert size_of(written) == (82, 60)


FORBIDDEN = ("tensorflow", "keras", "jax", "torch", "scipy", "skimage", "matplotlib", "foolbox")

SPY = """
import sys
from sesr_app.main import main
sys.argv = ["sesr", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def loaded_by(*arguments: object) -> set[str]:
    command = [sys.executable, "-c", SPY, *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(run.stdout.splitlines()[-1].split())


def test_upscaling_never_loads_a_training_framework(picture: Path) -> None:
    loaded = loaded_by("upscale", picture)
    assert picture.with_name("photo_x2.png").exists()
    assert "ai_edge_litert" in loaded
    assert not loaded.intersection(FORBIDDEN)


@pytest.mark.parametrize("words", [["--version"], ["upscale", "--help"], ["models"]])
def test_the_version_and_help_load_next_to_nothing(words: list[str]) -> None:
    loaded = loaded_by(*words)
    assert not loaded.intersection((*FORBIDDEN, "numpy", "cv2", "PIL", "rich", "ai_edge_litert"))


def test_the_command_and_the_decoders_have_one_limit() -> None:
    limit = next(option for option in upscale.params if option.name == "max_megapixels")
    assert limit.default == MAX_MEGAPIXELS


def on_a_terminal(*arguments: object) -> tuple[str, str]:
    """Standard output and error of a command whose error is a terminal."""
    terminal, theirs = pty.openpty()
    command = [sys.executable, "-m", "sesr_app", *map(str, arguments)]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=theirs, text=True, env=environment
    ) as process:
        os.close(theirs)
        seen = b""
        # A terminal whose other side is gone raises instead of ending.
        with contextlib.suppress(OSError):
            while part := os.read(terminal, 4096):
                seen += part
        output = process.stdout.read() if process.stdout else ""
    os.close(terminal)
    return output, seen.decode()


def test_several_tiles_show_a_progress_bar(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.fromarray(make_photo(600, 700)).save(path)
    output, seen = on_a_terminal("upscale", path)
    assert output == f"{tmp_path / 'large_x2.png'} 1400x1200\n"
    assert "large.png" in seen
    assert "tile" in seen


def test_several_files_show_a_progress_bar(tmp_path: Path, picture: Path) -> None:
    other = tmp_path / "other.png"
    Image.fromarray(make_photo(20, 20)).save(other)
    output, seen = on_a_terminal("upscale", picture, other)
    assert len(output.splitlines()) == 2
    assert "/2 files" in seen


def test_one_tile_shows_none(picture: Path) -> None:
    assert "%" not in on_a_terminal("upscale", picture)[1]


def test_scripts_see_none(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.fromarray(make_photo(300, 300)).save(path)
    assert sesr("upscale", path).stderr == ""
