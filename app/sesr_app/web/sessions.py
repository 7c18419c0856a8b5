"""The files of every visitor: apart from all others, and deleted when he is gone."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sesr.errors import UsageError
from sesr_app.web.names import safe_name, unused_name

_UPLOAD = re.compile(r"[0-9a-f]{64}")
"""Name of the folder that Gradio puts an uploaded file into."""

_SETTLING_SECONDS = 5.0
"""How long a folder may be empty before what is received stands in it."""

_UNCLAIMED_SECONDS = 600.0
"""After which an upload that no session took is deleted."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as the browser sent it.

    Attributes:
        path: where Gradio put it.
        name: what it was called; not to be trusted.
    """

    path: str
    name: str


@dataclass(slots=True)
class Session:
    """One visitor on one part of the page.

    Attributes:
        folder: of his files; its name cannot be guessed.
        root: where Gradio keeps what is uploaded.
        stop: set to end the job that runs for him.
        began_at: when he asked for that job, by his browser's clock.
        seen: when he last did something.
    """

    folder: Path
    root: Path
    stop: threading.Event = field(default_factory=threading.Event)
    began_at: float = 0.0
    seen: float = field(default_factory=time.monotonic)
    _taken: dict[str, Path] = field(default_factory=dict)
    _runs: int = 0

    def take(self, files: Sequence[Sent]) -> list[Path]:
        """The uploaded files under names of their own; each is taken once.

        Raises:
            UsageError: one is not there, or not what this page received.
        """
        self.touch()
        return [self._taken.get(sent.path) or self._take(sent) for sent in files]

    def _take(self, sent: Sent) -> Path:
        source = Path(sent.path)
        if not self._was_uploaded(source):
            raise UsageError(f"{safe_name(sent.name)}: was not received; drop the file again")
        place = self.folder / "uploads"
        place.mkdir(exist_ok=True)
        target = place / unused_name(safe_name(sent.name), [path.name for path in place.iterdir()])
        # The same file of another visitor has the same place.
        os.link(source, target)
        self._taken[sent.path] = target
        return target

    def refuse(self, files: Sequence[Sent]) -> None:
        """Delete uploaded files that are not taken."""
        for path in (Path(sent.path) for sent in files):
            if self._was_uploaded(path):
                path.unlink(missing_ok=True)

    def _was_uploaded(self, path: Path) -> bool:
        """Whether Gradio put it there; clients may write any path where a file is due."""
        place = path.parent
        own = place.parent == self.root and _UPLOAD.fullmatch(place.name) is not None
        return own and path.is_file() and not path.is_symlink()

    def new_folder(self, name: str) -> Path:
        """An empty folder for the results of a job; those of the one before are deleted."""
        self.touch()
        above = self.folder / name
        shutil.rmtree(above, ignore_errors=True)
        self._runs += 1
        place = above / str(self._runs)
        place.mkdir(parents=True)
        return place

    def begin(self, at: float = 0.0) -> threading.Event:
        """A new job: the one before is told to end.

        Args:
            at: when it was asked for.

        Returns:
            What is set when the new one is to end.
        """
        self.stop.set()
        self.stop = threading.Event()
        self.began_at = at
        self.touch()
        return self.stop

    def outlives(self, at: float) -> bool:
        """Whether its job was asked for after a click at this moment, so that it goes on.

        A busy machine may hear of a click only after what was clicked next.
        """
        return self.began_at > at

    def without_folders(self, message: str) -> str:
        """A message for the visitor, who knows files by their names only."""
        return re.sub(re.escape(str(self.folder)) + r"/(?:\w+/)*", "", message)

    def touch(self) -> None:
        """The visitor is still there."""
        self.seen = time.monotonic()

    def discard(self) -> None:
        """End the job and delete all files."""
        self.stop.set()
        for path in self._taken:
            Path(path).unlink(missing_ok=True)
        self._taken.clear()
        shutil.rmtree(self.folder, ignore_errors=True)


class Sessions:
    """The visitors of a page.

    Args:
        root: folder of all files, also of what Gradio receives.
        keep_seconds: after which the files of one who does nothing are deleted.
    """

    def __init__(self, root: Path, keep_seconds: float) -> None:
        self.root = root.resolve()
        self._keep = keep_seconds
        self._found: dict[tuple[str, str], Session] = {}
        self._lock = threading.Lock()

    def of(self, key: str | None, part: str = "") -> Session:
        """The session of a browser's tab, new if need be.

        Args:
            key: of the browser's tab.
            part: of the page; what is done on one neither ends nor deletes anything of another.
        """
        if not key:
            raise UsageError("this page works in a browser only; open it there")
        with self._lock:
            if (key, part) not in self._found:
                folder = self.root / f"session-{secrets.token_hex(16)}"
                folder.mkdir()
                self._found[key, part] = Session(folder, self.root)
            return self._found[key, part]

    def end(self, key: str | None, part: str | None = None) -> None:
        """A browser's tab was closed, or a part of the page cleared."""
        with self._lock:
            ended = [one for one in self._found if one[0] == key and part in (None, one[1])]
            sessions = [self._found.pop(one) for one in ended]
        for session in sessions:
            session.discard()
        self._remove_empty()

    def sweep(self) -> None:
        """Delete what belongs to nobody any more."""
        now = time.monotonic()
        with self._lock:
            idle = [key for key, one in self._found.items() if now - one.seen > self._keep]
        for key, part in idle:
            self.end(key, part)
        for path in self._uploads():
            # It may go away meanwhile, with the visitor who claimed its file.
            with suppress(FileNotFoundError):
                for file in path.iterdir():
                    if time.time() - file.lstat().st_ctime > max(self._keep, _UNCLAIMED_SECONDS):
                        file.unlink(missing_ok=True)
        self._remove_empty()

    def sweep_for_ever(self, pause: float = 30.0) -> Callable[[], None]:
        """Sweep now and then, in a thread of its own.

        Returns:
            A function that ends it.
        """
        ended = threading.Event()

        def run() -> None:
            while not ended.wait(pause):
                self.sweep()

        threading.Thread(target=run, name="sesr-sweep", daemon=True).start()
        return ended.set

    def used_bytes(self) -> int:
        """Of all files; one that is uploaded and taken counts once."""
        found = {}
        for parent, _, names in os.walk(self.root):
            for name in names:
                with suppress(OSError):
                    status = Path(parent, name).lstat()
                    found[status.st_ino] = status.st_size
        return sum(found.values())

    def _uploads(self) -> list[Path]:
        return [path for path in self.root.iterdir() if _UPLOAD.fullmatch(path.name)]

    def _remove_empty(self) -> None:
        for path in self._uploads():
            # Another visitor's file may be there; Gradio may have made the folder just now for one.
            with suppress(OSError):
                if time.time() - path.stat().st_ctime > _SETTLING_SECONDS:
                    path.rmdir()
