"""What the header says decides before anything is decoded; a stream is judged by its start."""

import io
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from images import decoded, saved
from photos import make_photo
from sesr.errors import ImageError
from sesr_app.images import Header, check_result_size, format_named, open_picture
from sesr_app.images.decode.source import HEAD_BYTES

PHOTO = Image.fromarray(make_photo(24, 32))


def refuse(header: Header) -> None:
    check_result_size(header.format, 2 * header.width, 2 * header.height)


def webp_claiming(width: int, height: int) -> bytes:
    """A lossless WebP whose header is of one image and whose pixels are of another."""
    content = bytearray(saved(PHOTO, "WEBP", lossless=True))
    bits = int.from_bytes(content[21:25], "little") & ~0xFFFFFFF
    content[21:25] = (bits | (width - 1) | (height - 1) << 14).to_bytes(4, "little")
    return bytes(content)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc here")
def test_a_result_that_is_too_large_is_refused_before_anything_is_decoded() -> None:
    content = webp_claiming(16_383, 15_000)
    script = (
        "import sys\n"
        "from sesr.errors import ImageError\n"
        "from sesr_app.images import check_result_size, open_picture\n"
        "def refuse(header):\n"
        "    check_result_size(header.format, 2 * header.width, 2 * header.height)\n"
        "try: open_picture(sys.stdin.buffer, inspect=refuse)\n"
        "except ImageError as error: print(error)\n"
        "status = open('/proc/self/status').read()\n"
        "print(status.split('VmHWM:')[1].split()[0])\n"
    )
    run = subprocess.run([sys.executable, "-c", script], input=content, capture_output=True,
                         check=True)  # fmt: skip
    message, kilobytes = run.stdout.decode().splitlines()
    assert message.startswith("32766x30000 is too large for webp, which holds 16383")
    assert int(kilobytes) < 150_000


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "JPEG", "TIFF", "GIF", "AVIF", "BMP", "PPM"])
def test_every_header_is_seen_before_the_pixels(kind: str) -> None:
    """The rest of the file is missing; the refusal comes first all the same."""
    content = saved(PHOTO, kind)
    seen: list[Header] = []

    def stop(header: Header) -> None:
        seen.append(header)
        raise ImageError("stopped")

    with pytest.raises(ImageError, match="stopped"):
        open_picture(content, inspect=stop)
    assert (seen[0].width, seen[0].height, seen[0].count) == (32, 24, 1)
    assert seen[0].format.pillow == kind


def test_headers_are_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind in ("JPEG", "TIFF", "WEBP", "AVIF"):
        seen: list[Header] = []
        open_picture(saved(PHOTO, kind, exif=exif), inspect=seen.append)
        assert (seen[-1].width, seen[-1].height) == (24, 32), kind


def test_more_megapixels_than_allowed_are_refused_by_the_header() -> None:
    for content in (
        webp_claiming(16_383, 16_383),
        b"P6 20000 20000 255\n",
        b"GIF89a" + struct.pack("<HHBBB", 30_000, 30_000, 0, 0, 0)
        + b"\x2c" + struct.pack("<HHHHB", 0, 0, 30_000, 30_000, 0) + b"\x02\x01\x00\x00\x3b",
    ):  # fmt: skip
        with pytest.raises(ImageError, match="decompression bomb"):
            open_picture(content)


class Stream(io.RawIOBase):
    """Zeros without an end, counted."""

    taken = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        assert size > 0, "all of it was asked for"
        self.taken += size
        return bytes(size)


def test_a_stream_of_anything_is_judged_by_its_first_bytes() -> None:
    stream = Stream()
    with pytest.raises(ImageError, match="not an image of a known format"):
        open_picture(stream)  # type: ignore[arg-type]
    assert stream.taken <= HEAD_BYTES


class Trickle(io.RawIOBase):
    """A pipe that gives a few bytes at a time."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._file.read(7 if size > 0 else -1)


def test_a_stream_may_come_in_pieces() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), np.uint8)
    content = saved(Image.fromarray(noise), "PNG")
    assert len(content) > 2 * HEAD_BYTES
    (frame,) = open_picture(Trickle(content)).frames  # type: ignore[arg-type]
    np.testing.assert_array_equal(frame.pixels, noise)


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="no /dev/fd here")
def test_the_pipe_of_a_shell_is_a_file() -> None:
    reader, writer = os.pipe()
    os.write(writer, saved(PHOTO, "PNG"))
    os.close(writer)
    try:
        (frame,) = open_picture(Path(f"/dev/fd/{reader}")).frames
    finally:
        os.close(reader)
    np.testing.assert_array_equal(frame.pixels, np.asarray(PHOTO))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_with_a_name_is_refused_and_not_waited_for(tmp_path: Any) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(ImageError, match="is no regular file"):
        open_picture(tmp_path / "a.png")


def test_long_comments_of_a_map_change_nothing() -> None:
    deep = make_photo(5, 7).astype(np.uint16) * 250
    comment = b"#" + b"a comment " * 1_000_000 + b"\n"
    content = b"P6\n" + comment + b"7 5\n" + comment + b"65535\n" + deep.astype(">u2").tobytes()
    np.testing.assert_array_equal(decoded(content), deep)


def test_a_result_may_be_checked_before_there_is_one() -> None:
    check_result_size(format_named("webp"), 16_383, 1)
    with pytest.raises(ImageError, match="16384x1 is too large for webp"):
        check_result_size(format_named("webp"), 16_384, 1)
    refuse(Header(format_named("png"), 10**6, 10**6))


def test_nothing_here_needs_posix() -> None:
    """Opened and written in every format where the modules of POSIX are absent."""
    script = """
import sys
for name in ("fcntl", "resource", "pwd", "grp", "termios", "posix_ipc", "pty", "tty"):
    sys.modules[name] = None
from images import decoded, written
from sesr_app.images import FORMATS
image = decoded(sys.stdin.buffer.read())
for kind in FORMATS:
    assert decoded(written(kind.name, image)).shape == image.shape, kind
print("done")
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", script], input=saved(PHOTO, "PNG"),
                         capture_output=True, check=False, env=environment)  # fmt: skip
    assert run.stdout.strip() == b"done", run.stderr.decode()
