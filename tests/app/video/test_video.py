"""`sesr upscale` of a video: what goes in and what comes out."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from app.video.clips import make_clip, packets, shown, times
from command import assert_fails, sesr
from photos import make_photo
from sesr import Upscaler
from sesr_app.video import is_video

LOSSLESS = ("--codec", "ffv1", "--format", "mkv")


def test_a_clip_is_enlarged_beside_itself(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", sound=True)
    result = sesr("upscale", clip)
    assert (result.returncode, result.stderr) == (0, "")
    target = tmp_path / "clip_x2.mp4"
    assert result.stdout == f"{target} 128x96\n"
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "clip_x2.mp4"}
    with av.open(target) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height, stream.frames) == (128, 96, 12)


def test_sound_is_the_same_to_the_bit_and_in_step(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", sound=True)
    assert sesr("upscale", clip).returncode == 0
    before, after = packets(clip, "audio"), packets(tmp_path / "clip_x2.mp4", "audio")
    assert len(before) > 15
    assert after == before
    assert times(tmp_path / "clip_x2.mp4") == times(clip)


def test_luma_is_what_the_network_makes_of_it(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=3)
    result = sesr("upscale", clip, *LOSSLESS)
    assert (result.returncode, result.stderr) == (0, "")
    upscale = Upscaler()
    small, large = shown(clip), shown(tmp_path / "clip_x2.mkv")
    for (_, before), (_, after) in zip(small, large, strict=True):
        luma = upscale.luma(before[0].astype(np.float32) / np.float32(255))
        expected = np.clip(np.rint(luma * 255), 0, 255)
        assert np.abs(after[0] - expected).max() <= 1
        for plane, enlarged in zip(before[1:], after[1:], strict=True):
            size = (enlarged.shape[1], enlarged.shape[0])
            bicubic = cv2.resize(plane, size, interpolation=cv2.INTER_CUBIC).astype(float)
            # Samples of color lie a quarter further to the left than `resize` takes them to.
            assert np.abs(enlarged - bicubic).mean() < 3


def test_luma_of_8_bits_goes_through_int8_as_it_is_stored(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=2)
    result = sesr("upscale", clip, "--precision", "int8", *LOSSLESS)
    assert (result.returncode, result.stderr) == (0, "")
    upscale = Upscaler(precision="int8")
    for (_, before), (_, after) in zip(shown(clip), shown(tmp_path / "clip_x2.mkv"), strict=True):
        luma = upscale.luma((before[0] ^ 128).view(np.int8))
        np.testing.assert_array_equal(after[0], luma.view(np.uint8) ^ 128)


@pytest.mark.parametrize(
    ("format", "tags"), [("yuv420p10le", {"color_range": 1}), ("yuv420p", {"color_range": 2})]
)
def test_other_luma_keeps_float32(tmp_path: Path, format: str, tags: dict[str, int]) -> None:
    clip = make_clip(tmp_path / "clip.mkv", codec="ffv1", options={"level": "3"}, frames=2,
                     format=format, tags=tags)  # fmt: skip
    made = []
    for precision in ("int8", "float32"):
        assert sesr("upscale", clip, "--precision", precision, *LOSSLESS).returncode == 0
        made.append([planes for _, planes in shown(tmp_path / "clip_x2.mkv")])
        (tmp_path / "clip_x2.mkv").unlink()
    for one, other in zip(*made, strict=True):
        for plane, expected in zip(one, other, strict=True):
            np.testing.assert_array_equal(plane, expected)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\x1aE\xdf\xa3" + bytes(8), True),
        (b"RIFF\1\2\3\4AVI ", True),
        (b"RIFF\1\2\3\4WEBP", False),
        (b"\0\0\0\x14ftypqt  ", True),
        (b"\0\0\0\x14ftypisom", True),
        (b"\0\0\0\x14moov\0\0\0\0", True),
        *((b"\0\0\0\x14ftyp" + brand, False) for brand in (b"avif", b"heic", b"hevc", b"mif1")),
        (b"\x89PNG\r\n\x1a\n\0\0\0\r", False),
        (b"", False),
    ],
)
def test_videos_are_known_by_their_first_bytes(tmp_path: Path, head: bytes, expected: bool) -> None:
    path = tmp_path / "file"
    path.write_bytes(head)
    assert is_video(path) == expected


def test_time_stamps_are_those_of_the_input(tmp_path: Path) -> None:
    uneven = [0, 512, 700, 2_000, 2_001, 5_000, 5_512, 9_000]
    clip = make_clip(tmp_path / "clip.mp4", frames=8, times=uneven)
    assert times(clip) == [Fraction(time, 12_800) for time in uneven]
    assert sesr("upscale", clip).returncode == 0
    assert times(tmp_path / "clip_x2.mp4") == times(clip)


@pytest.mark.parametrize("name", ["photo.png", "list.txt"])
def test_video_options_need_a_video(tmp_path: Path, name: str) -> None:
    result = sesr("upscale", tmp_path / name, "--crf", "20")
    assert_fails(result, 2, "--crf is for videos, and no input is one")


def test_a_video_goes_into_no_pipe_and_no_image(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=2)
    assert_fails(sesr("upscale", clip, "-o", "-"), 2, "clip.mp4", "give -o FILE")
    result = sesr("upscale", clip, "-o", tmp_path / "large.png")
    assert_fails(result, 2, "cannot be written as png; choose one of mp4, mkv, mov, webm")


def test_without_pyav_the_line_that_installs_it(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=2)
    code = (
        "import sys, importlib.util as u; find = u.find_spec; "
        "u.find_spec = lambda name, *rest: None if name == 'av' else find(name, *rest); "
        "from sesr_app.main import run_process; run_process()"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, "upscale", clip], capture_output=True, text=True, check=False
    )
    assert result.returncode in (1, 2)
    assert 'pip install ".[video]"' in result.stderr
    assert result.stderr.count("\n") == 1


def test_folders_mix_photographs_and_videos(tmp_path: Path) -> None:
    folder = tmp_path / "holiday"
    folder.mkdir()
    make_clip(folder / "a.mp4", frames=3)
    Image.fromarray(make_photo(20, 30)).save(folder / "b.png")
    result = sesr("upscale", folder, "--format", "mkv")
    assert (result.returncode, result.stderr) == (0, "")
    made = tmp_path / "holiday_x2"
    assert {path.name for path in made.iterdir()} == {"a_x2.mkv", "b_x2.png"}
