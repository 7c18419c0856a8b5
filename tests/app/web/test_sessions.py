"""The files of visitors: apart, under harmless names, and gone in the end."""

import time
from pathlib import Path

import pytest

from sesr.errors import UsageError
from sesr_app.web.names import as_typed, safe_name, unused_name
from sesr_app.web.sessions import Sent, Sessions


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    return Sessions(tmp_path, keep_seconds=1000)


def upload(sessions: Sessions, name: str = "a.png", number: int = 0) -> Sent:
    """Put a file where Gradio puts it."""
    folder = sessions.root / f"{number:064x}"
    folder.mkdir(exist_ok=True)
    (folder / "file").write_bytes(b"content")
    return Sent(str(folder / "file"), name)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("holiday.JPG", "holiday.JPG"),
        ("Größe & 'Weite' (1).png", "Größe & 'Weite' (1).png"),
        ("../../../etc/passwd", "passwd"),
        ("C:\\photos\\..\\a.png", "a.png"),
        ("/etc/", "photo"),
        ("..", "photo"),
        (".htaccess", "htaccess"),
        ("-rf.png", "rf.png"),
        ("a\nb\x1b[31m\u202e.png", "ab[31m.png"),
        ("<img src=x onerror=alert(1)>.png", "img src=x onerror=alert(1).png"),
        ("\ud800.png", "png"),
        ("", "photo"),
    ],
)
def test_names_are_harmless(sent: str, kept: str) -> None:
    assert safe_name(sent) == kept


def test_long_names_leave_room_for_what_results_add() -> None:
    name = safe_name("é" * 300 + ".jpeg")
    assert len(name.encode()) <= 180
    assert name.endswith("é.jpeg")


def test_names_are_used_once() -> None:
    assert unused_name("a.png", ["A.PNG", "a-2.png"]) == "a-3.png"


def test_commands_can_be_pasted() -> None:
    assert as_typed(["sesr", "a b.png", "it's", "$(x)"]) == "sesr 'a b.png' 'it'\"'\"'s' '$(x)'"


def test_uploads_are_taken_under_their_names(sessions: Sessions) -> None:
    session = sessions.of("one")
    first, second = upload(sessions, "a.png", 1), upload(sessions, "x/a.png", 2)
    taken = session.take([first, second])
    assert [path.name for path in taken] == ["a.png", "a-2.png"]
    assert {path.read_bytes() for path in taken} == {b"content"}
    assert session.take([first, second]) == taken


def later(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep when folders have been empty for long."""
    monkeypatch.setattr("sesr_app.web.sessions._SETTLING_SECONDS", -1.0)
    sessions.sweep()


def test_a_folder_made_for_an_upload_stays_while_others_go(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions.of("one")
    fresh = sessions.root / ("2" * 64)
    fresh.mkdir()
    sessions.end("one")
    assert fresh.exists()
    later(sessions, monkeypatch)
    assert not fresh.exists()


def test_visitors_with_the_same_file_do_not_disturb_each_other(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = upload(sessions)
    (one,), (other,) = (sessions.of(key).take([sent]) for key in ("one", "other"))
    assert one.parent != other.parent
    sessions.end("one")
    assert not one.exists()
    assert other.read_bytes() == b"content"
    sessions.end("other")
    assert not other.exists()
    assert not Path(sent.path).exists()
    later(sessions, monkeypatch)
    assert list(sessions.root.iterdir()) == []


def test_no_other_file_is_taken(sessions: Sessions, tmp_path: Path) -> None:
    sent = upload(sessions)
    (theirs,) = sessions.of("one").take([sent])
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    link = tmp_path / ("1" * 64) / "link"
    link.parent.mkdir()
    link.symlink_to(secret)
    inside = Path(sent.path).parent
    paths = [
        "/etc/passwd",
        secret,
        theirs,
        link,
        inside,
        inside / ".." / "secret.png",
        inside / ".." / ".." / tmp_path.name / "secret.png",
        f"../{secret.name}",
        "",
    ]
    for path in paths:
        with pytest.raises(UsageError, match="was not received"):
            sessions.of("other").take([Sent(str(path), "a.png")])


def test_refused_files_are_deleted_and_no_others(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, secret = upload(sessions), tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    sessions.of("one").refuse([sent, Sent(str(secret), "a.png"), Sent("/nowhere", "")])
    assert not Path(sent.path).exists()
    assert secret.exists()
    sessions.end("one")
    later(sessions, monkeypatch)
    assert list(sessions.root.iterdir()) == [secret]


def test_each_job_has_an_empty_folder_and_ends_the_one_before(sessions: Sessions) -> None:
    session = sessions.of("one")
    first = session.begin()
    folder = session.new_folder("results")
    (folder / "a").write_bytes(b"")
    second = session.begin()
    assert (first.is_set(), second.is_set()) == (True, False)
    assert session.new_folder("results") != folder
    assert not folder.exists()


def test_a_job_outlives_what_was_clicked_before_it(sessions: Sessions) -> None:
    session = sessions.of("one")
    session.begin(100.0)
    session.begin(200.0)
    assert session.outlives(150.0)
    assert not session.outlives(250.0)


def test_parts_of_the_page_are_apart(sessions: Sessions) -> None:
    """Photographs are taken away while an export runs."""
    upscaling, exporting = sessions.of("one", "upscale"), sessions.of("one", "export")
    stop, made = exporting.begin(), exporting.new_folder("exports")
    upscaling.take([upload(sessions)])
    sessions.end("one", "upscale")
    assert not upscaling.folder.exists()
    assert (stop.is_set(), made.is_dir()) == (False, True)
    sessions.end("one")
    assert (stop.is_set(), made.exists()) == (True, False)


def test_messages_hold_no_folders(sessions: Sessions) -> None:
    session = sessions.of("one")
    message = f"{session.folder}/uploads/a b.png: is no image; {session.folder}/results/3/c.png"
    assert session.without_folders(message) == "a b.png: is no image; c.png"


def test_what_nobody_wants_any_more_is_swept(sessions: Sessions) -> None:
    session = sessions.of("gone")
    (taken,) = session.take([upload(sessions, number=1)])
    unclaimed = Path(upload(sessions, number=2).path)
    sessions.of("here")
    session.seen -= 2000
    sessions.sweep()
    assert not taken.exists()
    assert session.stop.is_set()
    assert unclaimed.exists()
    assert sessions.of("here").folder.exists()


def test_uploads_that_nobody_took_are_swept_in_time(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    unclaimed = Path(upload(sessions).path)
    now = time.time()
    monkeypatch.setattr("sesr_app.web.sessions.time.time", lambda: now + 2000)
    sessions.sweep()
    assert not unclaimed.parent.exists()


def test_room_is_counted_once(sessions: Sessions) -> None:
    sessions.of("one").take([upload(sessions)])
    assert sessions.used_bytes() == len(b"content")


def test_folders_cannot_be_guessed(sessions: Sessions) -> None:
    one, other = (sessions.of(key).folder.name for key in ("one", "other"))
    assert len(one) >= 40
    assert one != other


def test_there_is_no_session_without_a_tab(sessions: Sessions) -> None:
    with pytest.raises(UsageError, match="in a browser only"):
        sessions.of(None)
