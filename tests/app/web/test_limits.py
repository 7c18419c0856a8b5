"""What may be asked of a page, and by whom."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from command import assert_fails, sesr
from coroutines import run_coroutine
from sesr.errors import ImageError, UsageError
from sesr_app.images import read_header
from sesr_app.web.address import Address
from sesr_app.web.guard import Guard
from sesr_app.web.limits import Limits


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_this_machine_needs_no_password(host: str) -> None:
    assert Address(host).local


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org", ""])  # noqa: S104
def test_others_need_one(host: str) -> None:
    with pytest.raises(UsageError, match="give --password"):
        Address(host)
    assert not Address(host, password=host or "x").local
    assert not Address(host, no_password=True).local


@pytest.mark.parametrize("options", [{"password": ""}, {"password": "x", "no_password": True}])
def test_half_a_password_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="password"):
        Address(**options)


def test_the_password_is_not_told() -> None:
    word = "fish"
    assert word not in repr(Address(password=word))


def test_the_command_refuses_at_once() -> None:
    assert_fails(sesr("web", "--host", "0.0.0.0"), 2, "--password", "--no-password")  # noqa: S104
    assert_fails(sesr("web", "--max-minutes", "nan"), 2, "--max-minutes", "above 0")
    assert_fails(sesr("web", "--max-files", "0"), 2, "--max-files", "above 0")


def test_too_many_files_are_refused() -> None:
    Limits(max_files=3).check_count(3)
    with pytest.raises(UsageError, match=r"4 files.*at most 3"):
        Limits(max_files=3).check_count(4)


def test_headers_are_read_without_decoding(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.new("1", (20_000, 10_000)).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    header = read_header(path)
    assert (header.width, header.height) == (20_000, 10_000)


def test_bombs_are_refused_by_what_they_say(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", (20_000, 10_000)).save(path)
    with pytest.raises(ImageError, match=r"bomb.png: has 200 megapixels.*takes 60"):
        Limits().check_photograph(path, 2)
    with pytest.raises(ImageError, match=r"would have 3,200 megapixels.*smaller scale"):
        Limits(max_megapixels=300).check_photograph(path, 4)
    Limits(max_megapixels=300, max_result_megapixels=900).check_photograph(path, 2)


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_text("no image")
    with pytest.raises(ImageError):
        Limits().check_photograph(path, 2)


def test_videos_are_for_the_command(tmp_path: Path) -> None:
    path = tmp_path / "my clip.MP4"
    path.write_bytes(b"\0\0\0\x18ftypmp42")
    with pytest.raises(ImageError, match=r"is a video.*sesr upscale 'my clip.MP4'$"):
        Limits().check_photograph(path, 2)


def ask(path: str, *, local: bool = True, room: bool = True, **headers: str) -> int:
    """The status that a guard gives to a request; 200 from what it guards."""
    statuses: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
            assert b"content-security-policy" in dict(message["headers"])

    given = {"host": "127.0.0.1:7860", **headers}
    encoded = [(name.encode(), value.encode()) for name, value in given.items()]
    scope = {"type": "http", "path": path, "headers": encoded}
    guard = Guard(app, ("127.0.0.1", "localhost", "::1") if local else None, lambda: room)
    run_coroutine(guard(scope, None, send))
    return statuses[0]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/config",
        "/assets/index-abc.js",
        "/gradio_api/queue/join",
        "/gradio_api/run/predict",
        "/gradio_api/upload",
        "/gradio_api/file=/tmp/a.png",
        "/gradio_api/heartbeat/abc123",
    ],
)
def test_the_page_gets_what_it_asks_for(path: str) -> None:
    assert ask(path) == 200


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/proxy=http://example.org/",
        "/gradio_api/file=http://example.org/a.png",
        "/gradio_api/vibe-edit/",
        "/gradio_api/api/predict",
        "/gradio_api/call/predict",
        "/gradio_api/process_recording",
        "/monitoring",
        "/gradio_api/mcp/sse",
        "/openapi.json",
    ],
)
def test_nothing_else_is_answered(path: str) -> None:
    assert ask(path) == 404


def test_other_sites_do_not_get_in() -> None:
    assert ask("/", host="evil.example:7860") == 421
    assert ask("/", host="evil.example:7860", local=False) == 200
    assert ask("/", host="[::1]:7860") == 200
    assert ask("/gradio_api/upload", origin="http://evil.example") == 403
    assert ask("/gradio_api/upload", origin="null") == 403
    assert ask("/gradio_api/upload", origin="http://127.0.0.1:7860") == 200


def test_a_full_disk_is_told() -> None:
    assert ask("/gradio_api/upload", room=False) == 507
    assert ask("/", room=False) == 200
