"""Writing files so that nobody ever sees half of one.

Linux has files without a name, which even a process that is killed leaves nothing of. Everything
that needs them is in this module; elsewhere a file with a temporary name does the same but for
that.
"""

from __future__ import annotations

import errno
import json
import os
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sesr.errors import UsageError

_LOCK = ".lock"
"""In a folder that is kept: held by the run that works there."""


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` that replaces it if the block succeeds.

    The temporary file is removed when the block fails, so a full disk or an interrupt leaves
    what was there before. The file gets the permissions that a plain `open` would give it.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "note.txt"
        >>> with atomic_path(target) as part:
        ...     _ = part.write_text("done")
        >>> target.read_text()
        'done'
    """
    import tempfile

    handle, name = tempfile.mkstemp(
        prefix=f".{path.stem[:40]}-", suffix=path.suffix, dir=path.parent
    )
    os.close(handle)
    part = Path(name)
    try:
        yield part
        # Windows syncs only what is open for writing, which the mode may forbid afterwards.
        with part.open("r+b") as written:
            os.fsync(written.fileno())
        part.chmod(_usual_mode(path))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_atomically(path: Path, data: bytes) -> None:
    """Write bytes to a file in one piece; a process that is killed leaves nothing of it."""
    with atomic_file(path) as file:
        file.write(data)


class KeptFolder:
    """A hidden folder beside a result, with what is done of it, for a run that is killed.

    Args:
        target: the result.
        job: what it is made of, and how; what is there of another job is dropped.

    Attributes:
        path: of the folder.

    Example:
        >>> import tempfile
        >>> folder = KeptFolder(Path(tempfile.mkdtemp()) / "film.mkv", {"model": "M5"})
        >>> folder.open()
        >>> folder.path.name, sorted(path.name for path in folder.path.iterdir())
        ('.film.mkv.parts', ['.lock', 'job.json'])
    """

    def __init__(self, target: Path, job: Mapping[str, str]) -> None:
        self.path, self._target = folder_of(target), target
        self._job = json.dumps(dict(job), sort_keys=True)
        self._release: Callable[[], object] = _nothing

    def open(self) -> None:
        """Make the folder, empty unless it is of the same job, and keep others out of it.

        Raises:
            UsageError: another run works in it.
        """
        note = self.path / "job.json"
        self._lock()
        try:
            same = note.read_text(encoding="utf-8") == self._job
        except (OSError, UnicodeDecodeError):
            same = False
        if not same:
            for path in self.path.iterdir():
                if path.name != _LOCK:
                    path.unlink()
            write_atomically(note, self._job.encode())

    def remove(self) -> None:
        """Leave nothing of it."""
        import shutil

        shutil.rmtree(self.path, ignore_errors=True)
        self._release()

    def _lock(self) -> None:
        """Hold a file of the folder, until the end of this object or of the process."""
        try:
            import fcntl
        except ImportError:  # Windows: nothing keeps the other run away.
            self.path.mkdir(exist_ok=True)
            return
        while True:
            self.path.mkdir(exist_ok=True)
            try:
                handle = os.open(self.path / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
            except FileNotFoundError:  # The other run has just removed it.
                continue
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                raise UsageError(
                    f"{self._target}: another run is making it; wait for that one, or choose "
                    "another output"
                ) from None
            except OSError:  # This file system has no locks, so nothing keeps the other run away.
                os.close(handle)
                return
            if _is_at(handle, self.path / _LOCK):
                self._release = weakref.finalize(self, os.close, handle)
                return
            os.close(handle)


def _nothing() -> None:
    """There is no lock to release."""


def _is_at(handle: int, path: Path) -> bool:
    """Whether a file has still its name."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def folder_of(target: Path) -> Path:
    """Where the parts of a result lie until it is whole."""
    return target.with_name(f".{target.name}.parts")


def _usual_mode(path: Path) -> int:
    """Temporary files are private; the mode of the file that one replaces, or the usual one."""
    if path.exists():
        return path.stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


@contextmanager
def atomic_file(path: Path, *, replace: bool = True) -> Iterator[IO[bytes]]:
    """Give a file to write that appears at `path`, whole, if the block succeeds.

    Until then it has no name where the system can do that (Linux), so that nothing is left of
    it even by a process that is killed; elsewhere a temporary name, which is removed when the
    block fails.

    Args:
        path: of the file.
        replace: a file that is there by then; else that one stays.

    Raises:
        FileExistsError: one is, and is not to be replaced.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "note.txt"
        >>> with atomic_file(target) as file:
        ...     _ = file.write(b"done")
        >>> target.read_text()
        'done'
    """
    handle = _nameless(path.parent)
    if handle is None:
        with atomic_path(path) as part, part.open("w+b") as file:
            yield file
            if not replace and os.path.lexists(path):
                raise _exists(path)
        return
    with os.fdopen(handle, "w+b") as file:
        yield file
        file.flush()
        os.fchmod(handle, _usual_mode(path))
        os.fsync(handle)
        _give_name(handle, path, replace)


def _exists(path: Path) -> FileExistsError:
    return FileExistsError(errno.EEXIST, "a file of that name has come meanwhile", str(path))


def _nameless(folder: Path) -> int | None:
    """A file without a name in a folder, where the system has such files."""
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None or not hasattr(os, "fchmod") or not Path("/proc/self/fd").is_dir():
        return None
    try:
        return os.open(folder, flag | os.O_RDWR, 0o600)
    except OSError:
        # Some file systems cannot; every other reason comes back with the named file.
        return None


def _give_name(handle: int, path: Path, replace: bool) -> None:
    if not replace or not os.path.lexists(path):
        try:
            _link(handle, path)
        except FileExistsError:
            if not replace:
                raise _exists(path) from None
        else:
            return
    # A link never replaces a file, so a name of its own comes first for a moment.
    part = path.with_name(f".sesr-{os.getpid()}-{handle}{path.suffix}")
    part.unlink(missing_ok=True)
    _link(handle, part)
    try:
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _link(handle: int, path: Path) -> None:
    # Naming a folder, though the path is whole without it, makes Python follow the link.
    os.link(f"/proc/self/fd/{handle}", path, src_dir_fd=handle, follow_symlinks=True)
