"""What programs send to the page, which browsers never would."""

import json
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from served import SECONDS, Served


def get(served: Served, path: str) -> tuple[int, bytes]:
    """Status and content of an address of the page."""
    try:
        with urllib.request.urlopen(served.url.rstrip("/") + path, timeout=SECONDS) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def post(served: Served, path: str, content: bytes, kind: str = "application/json") -> bytes:
    """What the page answers to a request."""
    request = urllib.request.Request(  # noqa: S310
        served.url.rstrip("/") + path, content, {"Content-Type": kind}
    )
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
        found: bytes = answer.read()
        return found


def dropped(served: Served, path: str) -> str:
    """All that the page says when a client claims that a file lies at a path."""
    config = json.loads(get(served, "/config")[1])
    number = next(
        index
        for index, event in enumerate(config["dependencies"])
        if any(target[1] == "upload" for target in event["targets"])
    )
    session = uuid.uuid4().hex
    file = {"path": path, "orig_name": "a.png", "meta": {"_type": "gradio.FileData"}}
    data = [[file], "M5", 2, "auto", ""]
    body = {"data": data, "fn_index": number, "session_hash": session, "trigger_id": 1}
    post(served, "/gradio_api/queue/join", json.dumps(body).encode())
    address = f"{served.url}gradio_api/queue/data?session_hash={session}"
    told = []
    with urllib.request.urlopen(address, timeout=SECONDS) as stream:  # noqa: S310
        for line in stream:
            told.append(line.decode())
            if "process_completed" in told[-1]:
                return "".join(told)
    raise AssertionError(told)


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/etc/../etc/passwd", "secret.png", "/proc/self/environ", "/", ""]
)
def test_a_path_is_not_a_file(served: Served, path: str) -> None:
    (served.temporary / "secret.png").write_bytes(b"secret")
    before = len(served.lines())
    told = dropped(served, path)
    (served.temporary / "secret.png").unlink()
    assert "root:" not in told
    assert '"is_generating": true' not in told
    assert "_x2" not in told
    assert len(served.lines()) <= before + 1
    assert not served.files()


class _Counting(BaseHTTPRequestHandler):
    """Counts who asks."""

    asked: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        """Answer nothing."""
        self.asked.append(self.path)
        self.send_response(404)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Counting)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    _Counting.asked.clear()
    yield f"http://127.0.0.1:{server.server_port}/a.png"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_is_not_a_file_either(served: Served, elsewhere: str) -> None:
    before = len(served.lines())
    told = dropped(served, elsewhere)
    assert "_x2" not in told
    assert len(served.lines()) <= before + 1
    assert get(served, f"/gradio_api/file={elsewhere}")[0] == 404
    assert _Counting.asked == []


def test_no_file_of_the_machine_is_served(served: Served) -> None:
    (folder,) = served.temporary.iterdir()
    for path in ("/etc/passwd", __file__, str(folder), f"{folder}/../../log", str(Path.cwd())):
        status, content = get(served, f"/gradio_api/file={path}")
        assert status in (403, 404), path
        assert b"root:" not in content


def test_an_upload_has_its_limit(served: Served) -> None:
    edge = "edge"
    head = (
        f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    ).encode()
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(
            served,
            "/gradio_api/upload",
            head + bytes(3_000_000) + f"\r\n--{edge}--\r\n".encode(),
            f"multipart/form-data; boundary={edge}",
        )
    with caught.value:
        assert caught.value.code == 413
    assert not served.files()


def test_what_the_page_is_not_for_is_not_there(served: Served) -> None:
    for path in ("/monitoring", "/gradio_api/vibe-code/", "/gradio_api/runs", "/docs"):
        assert get(served, path)[0] == 404, path
