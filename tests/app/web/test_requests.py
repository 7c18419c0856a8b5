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


def number_of(served: Served, event: str) -> int:
    """Of the first thing that the page does at an event."""
    return next(
        index
        for index, one in enumerate(json.loads(get(served, "/config")[1])["dependencies"])
        if any(target[1] == event for target in one["targets"])
    )


def dropped(served: Served, path: str, name: str = "a.png", session: str | None = None) -> str:
    """All that the page says when a client claims that a file lies at a path."""
    session = session or uuid.uuid4().hex
    file = {"path": path, "orig_name": name, "meta": {"_type": "gradio.FileData"}}
    data = [[file], "M5", 2, "auto", "", 1]
    number = number_of(served, "upload")
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


def cleared(served: Served, session: str) -> None:
    """Take away what was dropped in a session."""
    body = {"data": [2], "fn_index": number_of(served, "clear"), "session_hash": session}
    post(served, "/gradio_api/run/predict", json.dumps(body).encode())


def uploaded(served: Served, name: str, content: bytes) -> bytes:
    """What the page answers to a file."""
    head = f'--edge\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    form = head.encode() + content + b"\r\n--edge--\r\n"
    return post(served, "/gradio_api/upload", form, "multipart/form-data; boundary=edge")


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
    with pytest.raises(urllib.error.HTTPError) as caught:
        uploaded(served, "a.png", bytes(3_000_000))
    with caught.value:
        assert caught.value.code == 413
    assert not served.files()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../../tmp/up.png", "up_x2.png"),
        ("/etc/cron.d/<script>alert(1)</script>.png", "script_x2.png"),
        ("..\\..\\$(touch x);`id`.png", "$(touch x);`id`_x2.png"),
    ],
)
def test_names_lead_nowhere(served: Served, photograph: Path, name: str, kept: str) -> None:
    session = uuid.uuid4().hex
    (path,) = json.loads(uploaded(served, name, photograph.read_bytes()))
    told = dropped(served, path, name, session)
    (result,) = [one for one in served.files() if "_x2" in one]
    assert Path(result).name == kept
    assert Path(result).parent.parent.name == "results"
    assert "<script" not in told
    cleared(served, session)
    assert not served.files()


def test_what_the_page_is_not_for_is_not_there(served: Served) -> None:
    for path in ("/monitoring", "/gradio_api/vibe-code/", "/gradio_api/runs", "/docs"):
        assert get(served, path)[0] == 404, path
