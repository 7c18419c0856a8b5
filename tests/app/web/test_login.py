"""A page with a password, asked over HTTP."""

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from served import SECONDS, Served, serve

PASSWORD = "fish & chips: \u00e9"  # noqa: S105

LOCKED = [
    "/config",
    "/gradio_api/info",
    "/gradio_api/file={}",
    "/gradio_api/queue/data?session_hash=a",
    "/gradio_api/upload_progress?upload_id=a",
]

LOCKED_POSTS = ["/gradio_api/queue/join", "/gradio_api/run/predict", "/gradio_api/upload"]


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page, whose password is in the environment."""
    with serve(tmp_path_factory.mktemp("login"), SESR_WEB_PASSWORD=PASSWORD) as page:
        yield page


@dataclass
class Program:
    """One that asks a page, and keeps its cookies."""

    url: str
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def ask(self, path: str, content: bytes | None = None) -> tuple[int, bytes]:
        """Status and content; with content of its own it posts."""
        keeping = urllib.request.HTTPCookieProcessor(self.jar)
        request = urllib.request.Request(self.url.rstrip("/") + path, content)  # noqa: S310
        try:
            with urllib.request.build_opener(keeping).open(request, timeout=SECONDS) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def log_in(self, password: str) -> int:
        """The status of the answer."""
        form = urllib.parse.urlencode({"username": "anybody", "password": password})
        return self.ask("/login", form.encode())[0]


@pytest.fixture
def program(locked: Served) -> Program:
    return Program(locked.url)


@pytest.fixture
def secret(locked: Served) -> Iterator[str]:
    """A file of a visitor, among the files that the page serves."""
    (folder,) = locked.temporary.iterdir()
    place = folder / "session-of-somebody"
    place.mkdir()
    (place / "holiday.png").write_bytes(b"a secret")
    yield str(place / "holiday.png")
    (place / "holiday.png").unlink()
    place.rmdir()


def test_nothing_is_shown_to_whoever_does_not_know_it(program: Program, secret: str) -> None:
    for path in LOCKED:
        assert program.ask(path.format(secret))[0] == 401, path
    for path in LOCKED_POSTS:
        assert program.ask(path, b"{}")[0] == 401, path
    status, shown = program.ask("/")
    assert status == 200
    assert b"auth_required" in shown
    assert b"upscale-start" not in shown


def test_a_wrong_password_opens_nothing(program: Program, secret: str) -> None:
    for wrong in ("", PASSWORD.upper(), f"{PASSWORD} "):
        assert program.log_in(wrong) in (400, 422), wrong
        assert program.ask("/config")[0] == 401
        assert program.ask(f"/gradio_api/file={secret}")[0] == 401
    assert not list(program.jar)


def test_the_right_one_opens_the_page_for_who_gave_it(
    program: Program, locked: Served, secret: str
) -> None:
    assert program.log_in(PASSWORD) == 200
    status, config = program.ask("/config")
    assert status == 200
    assert b"upscale-start" in config
    assert program.ask(f"/gradio_api/file={secret}") == (200, b"a secret")
    for cookie in program.jar:
        assert cookie.has_nonstandard_attr("HttpOnly"), cookie.name
        assert cookie.get_nonstandard_attr("SameSite") is not None, cookie.name
        assert PASSWORD not in (cookie.value or "")
    assert Program(locked.url).ask("/config")[0] == 401


def test_a_cookie_of_ones_own_making_opens_nothing(program: Program) -> None:
    assert program.log_in(PASSWORD) == 200
    for cookie in program.jar:
        cookie.value = "x" * len(cookie.value or "")
    assert program.ask("/config")[0] == 401


def test_the_password_is_in_no_log(program: Program, locked: Served) -> None:
    assert program.log_in(PASSWORD) == 200
    assert program.log_in("another") == 400
    log = locked.log.read_text()
    assert PASSWORD not in log
    assert "another" not in log
    assert "Traceback" not in log
