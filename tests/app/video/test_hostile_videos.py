"""Videos that are damaged, or of a kind that cannot be enlarged."""

from __future__ import annotations

import resource
import signal
import struct
from pathlib import Path

import av
import pytest
from PIL import Image

from app.video.clips import make_clip, noise
from command import assert_fails, sesr
from photos import make_photo


def assert_nothing_written(folder: Path, *kept: Path) -> None:
    assert set(folder.iterdir()) == set(kept)


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "webm", "avi"])
@pytest.mark.parametrize("content", [b"", b"\0" * 5000, b"no video at all" * 99])
def test_no_video(tmp_path: Path, suffix: str, content: bytes) -> None:
    clip = tmp_path / f"clip.{suffix}"
    clip.write_bytes(content)
    assert_fails(sesr("upscale", clip), 1, f"clip.{suffix}: ")
    assert_nothing_written(tmp_path, clip)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.95])
def test_truncated(tmp_path: Path, suffix: str, part: float) -> None:
    clip = make_clip(tmp_path / f"clip.{suffix}", frames=30, sound=True)
    data = clip.read_bytes()
    clip.write_bytes(data[: round(part * len(data))])
    assert_fails(sesr("upscale", clip), 1, f"clip.{suffix}: ")
    assert_nothing_written(tmp_path, clip)


def test_truncated_behind_its_index(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=30)
    fast = tmp_path / "fast.mp4"
    with av.open(clip) as source, av.open(fast, "w", options={"movflags": "faststart"}) as output:
        copy = output.add_stream_from_template(source.streams.video[0], opaque=True)
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = copy
                output.mux(packet)
    clip.unlink()
    fast.write_bytes(fast.read_bytes()[:-300])
    assert_fails(sesr("upscale", fast), 1, "is truncated", "copy or download it again")
    assert_nothing_written(tmp_path, fast)


def test_a_codec_that_this_ffmpeg_lacks(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=3)
    clip.write_bytes(clip.read_bytes().replace(b"avc1", b"zzzz"))
    assert_fails(sesr("upscale", clip), 1, "clip.mp4: this FFmpeg lacks its decoder")
    assert_nothing_written(tmp_path, clip)


@pytest.mark.parametrize("scrambled", [True, False])
def test_protected_against_copying(tmp_path: Path, scrambled: bool) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=3)
    data = bytearray(protected(clip.read_bytes()))
    if scrambled:
        start, end = data.index(b"mdat") + 60, data.index(b"moov") - 4
        data[start:end] = bytes(byte ^ 0x5A for byte in data[start:end])
    clip.write_bytes(data)
    assert_fails(sesr("upscale", clip), 1, "clip.mp4: is protected against copying (DRM)")
    assert_nothing_written(tmp_path, clip)


def protected(mp4: bytes) -> bytes:
    """The same file as shops of films encrypt it (ISO/IEC 23001-7): `encv`, and a box `sinf`."""
    key = box(b"tenc", bytes(4) + b"\0\0\1\x08" + bytes(range(16)))
    scheme = box(b"schm", bytes(4) + b"cenc" + struct.pack(">I", 0x10000))
    sinf = box(b"sinf", box(b"frma", b"avc1") + scheme + box(b"schi", key))
    entry = mp4.index(b"avc1", mp4.index(b"stsd"))
    end = entry - 4 + int.from_bytes(mp4[entry - 4 : entry], "big")
    data = bytearray(mp4[:end] + sinf + mp4[end:])
    data[entry : entry + 4] = b"encv"
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"encv"):
        place = data.index(name, mp4.index(b"moov")) - 4
        size = int.from_bytes(data[place : place + 4], "big") + len(sinf)
        data[place : place + 4] = struct.pack(">I", size)
    return bytes(data)


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def test_a_container_that_no_codec_of_ours_fits(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=3)
    result = sesr("upscale", clip, "-o", tmp_path / "large.webm", "--codec", "x264")
    assert_fails(result, 2, "webm does not hold x264, only vp9, av1")
    assert_nothing_written(tmp_path, clip)


def test_sound_alone(tmp_path: Path) -> None:
    clip = tmp_path / "song.mp4"
    with av.open(clip, "w") as container:
        stream = container.add_stream("aac", rate=44_100)
        for frame in noise(5000):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert_fails(sesr("upscale", clip), 1, "holds no video, only audio")


def test_a_picture_of_another_name(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    Image.fromarray(make_photo(20, 30)).save(clip, "png")
    assert_fails(sesr("upscale", clip), 1, "clip.mp4: is no video")


@pytest.mark.parametrize("format", ["yuv420p", "yuv422p"])
def test_odd_sizes(tmp_path: Path, format: str) -> None:
    clip = make_clip(tmp_path / "clip.mkv", codec="ffv1", options={"level": "3"}, format=format,
                     size=(33, 47), frames=3)  # fmt: skip
    result = sesr("upscale", clip)
    assert (result.returncode, result.stderr) == (0, "")
    with av.open(tmp_path / "clip_x2.mkv") as after:
        frame = next(after.decode(video=0))
        assert (frame.width, frame.height) == (94, 66)


def test_one_frame(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=1)
    assert sesr("upscale", clip).returncode == 0
    with av.open(tmp_path / "clip_x2.mp4") as after:
        assert len(list(after.decode(video=0))) == 1


def test_no_frame(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", frames=0, sound=True, times=())
    assert_fails(sesr("upscale", clip), 1, "clip.mkv: ")


def test_interlaced_videos_are_refused_or_made_whole(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=8, options={"x264-params": "tff=1"})
    assert_fails(sesr("upscale", clip), 1, "is interlaced", "--deinterlace bwdif")
    assert_nothing_written(tmp_path, clip)
    for name in ("bwdif", "yadif", "w3fdif", "estdif"):
        result = sesr("upscale", clip, "--deinterlace", name, "--overwrite")
        assert (result.returncode, result.stderr) == (0, "")
        with av.open(tmp_path / "clip_x2.mp4") as after:
            frames = list(after.decode(video=0))
        assert [round(frame.time * 25) for frame in frames] == list(range(8))
        assert not any(frame.interlaced_frame for frame in frames)


def test_a_full_disk(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=8)

    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))

    result = sesr("upscale", clip, preexec_fn=small_files)
    assert_fails(result, 1, "clip_x2.mp4: cannot be written", "the same command goes on")
    assert not (tmp_path / "clip_x2.mp4").exists()
    assert sesr("upscale", clip).returncode == 0
