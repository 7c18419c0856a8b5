"""What lies beside the frames in a video, and what tells how to show them."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import pytest
from av.container import InputContainer
from av.sidedata.sidedata import Type

from app.video.clips import make_clip, packets
from command import assert_fails, sesr

SUBTITLES = "1\n00:00:00,040 --> 00:00:00,200\nHello\n\n2\n00:00:00,240 --> 00:00:00,400\nBye\n"
MS = Fraction(1, 1000)
CHAPTERS = [
    {"id": 0, "start": 0, "end": 200, "time_base": MS, "metadata": {"title": "one"}},
    {"id": 1, "start": 200, "end": 480, "time_base": MS, "metadata": {"title": "two"}},
]


def upscaled(clip: Path, *options: object, target: str = "") -> Path:
    """The result of the command, which has nothing to complain about."""
    path = clip.with_name(target or f"large{clip.suffix}")
    result = sesr("upscale", clip, "-o", path, *options)
    assert (result.returncode, result.stderr) == (0, "")
    return path


def remake(clip: Path, target: Path, **changes: object) -> Path:
    """A copy of a clip with more in it."""
    with av.open(clip) as source, av.open(target, "w") as output:
        copies = {s.index: output.add_stream_from_template(s, opaque=True) for s in source.streams}
        video = copies[0]
        if "matrix" in changes:
            video.set_display_matrix(changes["matrix"])
        if "chapters" in changes:
            output.set_chapters(changes["chapters"])
        output.metadata.update(changes.get("metadata", {}))
        if "language" in changes:
            copies[1].metadata["language"] = changes["language"]
            copies[1].disposition = av.stream.Disposition.forced
        if "font" in changes:
            output.add_attachment("font.ttf", "application/x-truetype-font", changes["font"])
        text = None
        if "subtitles" in changes:
            srt = clip.with_suffix(".srt")
            srt.write_text(SUBTITLES)
            text = av.open(srt)
            words = output.add_stream_from_template(text.streams.subtitles[0], opaque=True)
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = copies[packet.stream_index]
                output.mux(packet)
        if text is not None:
            for packet in text.demux():
                if packet.dts is not None:
                    packet.stream = words
                    output.mux(packet)
            text.close()
    return target


def opened(path: Path) -> InputContainer:
    return av.open(path)


def test_subtitles_chapters_and_attachments_pass(tmp_path: Path) -> None:
    plain = make_clip(tmp_path / "plain.mkv", sound=True, base=Fraction(1, 1000),
                      times=[40 * n for n in range(12)])  # fmt: skip
    clip = remake(
        plain,
        tmp_path / "clip.mkv",
        subtitles=True,
        chapters=CHAPTERS,
        font=b"glyphs",
        metadata={"title": "Holiday", "comment": "by the sea"},
        language="gre",
    )
    large = upscaled(clip)
    for kind in ("audio", "subtitles"):
        assert packets(large, kind) == packets(clip, kind)
    with opened(large) as after, opened(clip) as before:
        assert [s.type for s in after.streams] == [s.type for s in before.streams]
        assert after.chapters() == before.chapters()
        assert after.streams.attachments[0].data == b"glyphs"
        assert after.streams.attachments[0].name == "font.ttf"
        assert (after.metadata["title"], after.metadata["COMMENT"]) == ("Holiday", "by the sea")
        assert after.streams.audio[0].language == "gre"
        assert after.streams.audio[0].disposition == before.streams.audio[0].disposition


def test_notes_of_mp4_pass_or_are_left_out(tmp_path: Path) -> None:
    notes = {"title": "Holiday", "creation_time": "2024-07-01T10:00:00.000000Z"}
    plain = make_clip(tmp_path / "plain.mp4")
    clip = remake(plain, tmp_path / "clip.mp4", chapters=CHAPTERS, metadata=notes)
    with opened(upscaled(clip)) as after:
        assert after.metadata["title"] == "Holiday"
        assert after.metadata["creation_time"].startswith("2024-07-01T10:00:00")
        assert [chapter["metadata"]["title"] for chapter in after.chapters()] == ["one", "two"]
    with opened(upscaled(clip, "--strip", target="bare.mp4")) as after:
        assert "title" not in after.metadata


def test_a_container_that_cannot_hold_a_stream_is_named(tmp_path: Path) -> None:
    clip = remake(make_clip(tmp_path / "plain.mkv"), tmp_path / "clip.mkv", subtitles=True)
    result = sesr("upscale", clip, "--format", "mp4")
    assert_fails(result, 1, "mp4 does not hold", "subtitle", "choose --format mkv")
    assert {path.name for path in tmp_path.iterdir()} == {"plain.mkv", "plain.srt", "clip.mkv"}


def test_a_turned_video_stays_turned(tmp_path: Path) -> None:
    # As telephones write it: a quarter turn, and the shift that brings it back into view.
    matrix = [0, 1 << 16, 0, -(1 << 16), 0, 0, 48 << 16, 0, 1 << 30]
    clip = remake(make_clip(tmp_path / "plain.mp4"), tmp_path / "clip.mp4", matrix=matrix)
    with opened(upscaled(clip)) as after:
        frame = next(after.decode(video=0))
        found = struct.unpack("9i", bytes(frame.side_data[Type.DISPLAYMATRIX]))
        assert found == (*matrix[:6], 96 << 16, 0, 1 << 30)
        assert frame.rotation == -90


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov"])
@pytest.mark.parametrize("codec", ["x264", "x265"])
def test_aspect_and_tags_stay(tmp_path: Path, suffix: str, codec: str) -> None:
    tags = {"color_range": 1, "color_primaries": 9, "color_trc": 16, "colorspace": 9}
    clip = make_clip(tmp_path / f"clip.{suffix}", frames=3, tags=tags, format="yuv420p10le",
                     sample_aspect_ratio=Fraction(4, 3))  # fmt: skip
    with opened(upscaled(clip, "--codec", codec)) as after:
        stream = after.streams.video[0]
        assert {name: getattr(stream, name) for name in tags} == tags
        assert stream.sample_aspect_ratio == Fraction(4, 3)
        assert stream.pix_fmt == "yuv420p10le"
        frame = next(after.decode(video=0))
        assert {name: getattr(frame, name) for name in tags} == tags


@pytest.mark.parametrize("codec", ["x264", "x265", "av1", "vp9", "ffv1"])
def test_codecs_in_matroska(tmp_path: Path, codec: str) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=9, sound=True)
    large = upscaled(clip, "--codec", codec, target="large.mkv")
    names = {"x264": "h264", "x265": "hevc", "vp9": "vp9", "ffv1": "ffv1", "av1": "libdav1d"}
    with opened(large) as after:
        assert after.streams.video[0].codec_context.name == names[codec]
        assert len(list(after.decode(video=0))) == 9


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_cover_is_passed_on(tmp_path: Path, suffix: str) -> None:
    plain = make_clip(tmp_path / f"plain.{suffix}", frames=5, sound=True)
    clip = tmp_path / f"clip.{suffix}"
    cover = make_clip(tmp_path / "cover.mkv", codec="mjpeg", format="yuvj420p", frames=1,
                      options={"qmin": "2"})  # fmt: skip
    with av.open(plain) as source, av.open(cover) as art, av.open(clip, "w") as output:
        copies = {s.index: output.add_stream_from_template(s, opaque=True) for s in source.streams}
        (data,) = (packet for packet in art.demux() if packet.size)
        if suffix == "mkv":
            output.add_attachment("cover.jpg", "image/jpeg", bytes(data))
        else:
            picture = output.add_stream_from_template(art.streams.video[0], opaque=True)
            picture.disposition = av.stream.Disposition.attached_pic
            data.stream = picture
            output.mux(data)
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = copies[packet.stream_index]
                output.mux(packet)
    large = upscaled(clip)
    with opened(clip) as before, opened(large) as after:
        covers = [
            [bytes(packet) for packet in file.demux(file.streams.video[1]) if packet.size]
            for file in (before, after)
        ]
        assert after.streams.video[1].disposition & av.stream.Disposition.attached_pic
    assert covers[0] == covers[1]
    assert packets(large, "audio") == packets(clip, "audio")


def test_webm_becomes_webm(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.webm", codec="libvpx-vp9", options={"crf": "40"}, frames=4)
    with opened(upscaled(clip)) as after:
        assert after.streams.video[0].codec_context.name == "vp9"
    result = sesr("upscale", clip, "--codec", "x264")
    assert_fails(result, 2, "webm does not hold x264", "--format mkv")


def test_avi_becomes_matroska(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.avi", codec="mpeg4", base=Fraction(1, 25), times=range(5),
                     frames=5)  # fmt: skip
    result = sesr("upscale", clip)
    assert (result.returncode, result.stderr) == (0, "")
    with opened(tmp_path / "clip_x2.mkv") as after:
        assert [round(frame.time * 25) for frame in after.decode(video=0)] == list(range(5))
