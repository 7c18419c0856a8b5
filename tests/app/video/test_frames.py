"""Frames of every form: their planes, their range, and where their color lies."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from app.video.clips import make_clip, shown
from command import sesr
from sesr.pixels.color import FloatImage
from sesr_app.video import Enlargement, Network, VideoOptions, VideoTask, enlarge_video
from sesr_app.video.containers import container_of
from sesr_app.video.frames.chroma import enlarge_chroma, fit_plane
from sesr_app.video.frames.notes import chroma_site


class Bicubic:
    """A network that counts how often it is asked."""

    def __init__(self) -> None:
        self.calls = 0
        self.seen: list[FloatImage] = []

    def __call__(self, luma: FloatImage) -> FloatImage:
        self.calls += 1
        self.seen.append(luma)
        size = (2 * luma.shape[1], 2 * luma.shape[0])
        return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_CUBIC))


def enlarge(clip: Path, network: Bicubic, codec: str = "ffv1") -> Path:
    target = clip.with_name("large.mkv")
    enlarge_video(
        VideoTask(
            source=clip,
            target=target,
            container=container_of(target),
            options=VideoOptions(codec),
            model="bicubic",
            enlargement=lambda h, w: Enlargement([Network(2, network)], (2 * h, 2 * w)),
            workers=2,
            advance=lambda label, done, total: None,
            warn=print,
        )
    )
    return target


@pytest.mark.parametrize("deep", ["", "10le"])
@pytest.mark.parametrize("form", ["yuv420p", "yuv422p", "yuv444p", "gray"])
def test_forms_are_kept_and_right(tmp_path: Path, form: str, deep: str) -> None:
    name = form + deep
    clip = make_clip(tmp_path / "clip.mkv", codec="ffv1", options={"level": "3"}, format=name,
                     frames=2)  # fmt: skip
    large = enlarge(clip, Bicubic())
    with av.open(large) as container:
        assert container.streams.video[0].pix_fmt == name
    peak = 1023 if deep else 255
    offset = 0.25 if form in ("yuv420p", "yuv422p") else 0.5
    for (_, before), (_, after) in zip(shown(clip), shown(large), strict=True):
        assert len(after) == len(before)
        for plane, enlarged in zip(before, after, strict=True):
            assert enlarged.shape == (2 * plane.shape[0], 2 * plane.shape[1])
        size = (after[0].shape[1], after[0].shape[0])
        luma = cv2.resize(before[0].astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
        assert np.abs(after[0] - np.clip(luma, 0, peak)).max() <= 1
        for plane, enlarged in zip(before[1:], after[1:], strict=True):
            expected = sampled(plane, offset)
            inside = np.s_[4:-4, 4:-4]
            assert np.abs(enlarged[inside] - np.clip(expected, 0, peak)[inside]).max() <= 1


def sampled(plane: np.ndarray, offset: float) -> np.ndarray:
    """Twice as large by bicubic, with the samples of columns so far behind the edge of theirs."""
    height, width = plane.shape
    columns = (np.arange(2 * width) + offset) / 2 - offset
    rows = (np.arange(2 * height) + 0.5) / 2 - 0.5
    across = taps(columns, width)
    down = taps(rows, height)
    return np.asarray(down @ plane.astype(np.float64) @ across.T)


def taps(places: np.ndarray, length: int) -> np.ndarray:
    """The matrix of OpenCV's cubic kernel (a = -0.75), borders repeated."""
    matrix = np.zeros((len(places), length))
    for row, place in enumerate(places):
        for index in range(int(np.floor(place)) - 1, int(np.floor(place)) + 3):
            matrix[row, min(max(index, 0), length - 1)] += cubic(abs(place - index))
    return matrix


def cubic(x: float, a: float = -0.75) -> float:
    if x <= 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * (x**3 - 5 * x**2 + 8 * x - 4) if x < 2 else 0.0


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("deep", ["", "10le"])
def test_the_network_gets_luma_in_its_own_range(tmp_path: Path, full: bool, deep: str) -> None:
    clip = make_clip(tmp_path / "clip.mkv", codec="ffv1", options={"level": "3"}, frames=1,
                     format=f"yuv420p{deep}", tags={"color_range": 2 if full else 1})  # fmt: skip
    network = Bicubic()
    large = enlarge(clip, network, "x264")
    plane = shown(clip)[0][1][0].astype(np.float64)
    if full:
        expected = (16 + 219 * plane / (1023 if deep else 255)) / 255
    else:
        expected = plane / (1020 if deep else 255)
    np.testing.assert_allclose(network.seen[0], expected, atol=1e-6)
    with av.open(large) as container:
        frame = next(container.decode(video=0))
        assert frame.color_range == (2 if full else 1)
        mean = np.mean(shown(large)[0][1][0])
        assert abs(mean - plane.mean()) < (4 if deep else 1)


@pytest.mark.parametrize("repeat", [1, 3])
def test_repeated_frames_are_not_computed_again(tmp_path: Path, repeat: int) -> None:
    clip = make_clip(tmp_path / "clip.mkv", codec="ffv1", options={"level": "3"}, frames=9,
                     repeat=repeat)  # fmt: skip
    network = Bicubic()
    large = shown(enlarge(clip, network))
    assert network.calls == 9 // repeat
    same = [
        all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
        for (_, one), (_, other) in pairwise(large)
    ]
    assert same == [(number + 1) % repeat != 0 for number in range(8)]
    assert [time for time, _ in large] == [time for time, _ in shown(clip)]


@pytest.mark.parametrize("form", ["rgb24", "bgr0"])
def test_rgb_is_converted(tmp_path: Path, form: str) -> None:
    codec = "libx264rgb" if form == "rgb24" else "ffv1"
    options = {"crf": "0"} if form == "rgb24" else {"level": "3"}
    clip = make_clip(tmp_path / "clip.mkv", codec=codec, options=options, format=form, frames=2)
    result = sesr("upscale", clip, "-o", tmp_path / "large.mkv", "--crf", "4")
    assert (result.returncode, result.stderr) == (0, "")
    with av.open(tmp_path / "large.mkv") as container:
        after = next(container.decode(video=0))
        assert (after.format.name, after.colorspace, after.color_range) == ("yuv444p", 1, 1)
        rgb = after.to_ndarray(format="rgb24").astype(np.float64)
    with av.open(clip) as container:
        before = next(container.decode(video=0)).to_ndarray(format="rgb24")
    small = cv2.resize(rgb, (64, 48), interpolation=cv2.INTER_AREA)
    assert np.abs(small - before).mean() < 4
    assert np.abs(small.mean(axis=(0, 1)) - before.mean(axis=(0, 1))).max() < 1


def test_what_a_codec_lacks_is_said(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", format="yuv444p", frames=2)
    result = sesr("upscale", clip, "--codec", "av1")
    assert result.returncode == 0
    assert "does not hold yuv444p, so it becomes yuv420p" in result.stderr


def test_the_place_of_color_is_read_and_kept(tmp_path: Path) -> None:
    for number, site in ((0, "left"), (2, "topleft")):
        clip = make_clip(tmp_path / f"{site}.mp4", frames=2,
                         options={"x264-params": f"chromaloc={number}"})  # fmt: skip
        assert sesr("upscale", clip).returncode == 0
        for path in (clip, tmp_path / f"{site}_x2.mp4"):
            with av.open(path) as container:
                assert chroma_site(next(container.decode(video=0))) == site


@pytest.mark.parametrize("codec", ["x264", "x265", "av1"])
def test_the_light_of_hdr_is_kept(tmp_path: Path, codec: str) -> None:
    light = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
    clip = make_clip(tmp_path / "clip.mp4", codec="libx265", frames=3, format="yuv420p10le",
                     tags={"color_primaries": 9, "color_trc": 16, "colorspace": 9},
                     options={"x265-params": f"log-level=none:master-display={light}:"
                                             "max-cll=1000,400"})  # fmt: skip
    result = sesr("upscale", clip, "--codec", codec)
    assert (result.returncode, result.stderr) == (0, "")
    found = []
    for path in (clip, tmp_path / "clip_x2.mp4"):
        with av.open(path) as container:
            data = next(container.decode(video=0)).side_data
            found.append([light_of(data, name) for name in
                          ("MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL")])  # fmt: skip
    for before, after in zip(*found, strict=True):
        np.testing.assert_allclose(after, before, rtol=2e-3)


def light_of(data: object, name: str) -> list[float]:
    numbers = np.frombuffer(bytes(data[av.sidedata.sidedata.Type[name]]), np.int32)  # type: ignore[index]
    if name == "CONTENT_LIGHT_LEVEL":
        return [float(number) for number in numbers[:2]]
    return [float(Fraction(int(a), int(b))) for a, b in numbers[:20].reshape(10, 2)]


@pytest.mark.parametrize("first", [(False, False), (False, True), (True, True)])
def test_a_ramp_of_color_stays_where_it_is(first: tuple[bool, bool]) -> None:
    """At any size, a sample at a place of luma has the value of that place."""
    ramp = (np.arange(32) * 600 + 20).astype(np.uint16)[np.newaxis].repeat(24, axis=0)
    for scale in (2, 4):
        middle = enlarge_chroma(ramp, scale, first)
        assert middle.shape == (24 * scale, 32 * scale)
        for width in (32 * scale, 50, 24):
            fitted = fit_plane(middle, (24 * scale, width), first)
            ratio = width / 32
            offset = 0.25 if first[1] else 0.5
            expected = 20 + 600 * ((np.arange(width) + offset) / ratio - offset)
            inside = slice(width // 4, -width // 4)
            errors = fitted[12, inside] - expected[inside]
            # OpenCV's kernel makes waves on a ramp, but no step to the side.
            assert np.abs(errors).max() <= 200
            assert abs(errors.mean()) <= 12
