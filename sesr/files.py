"""Writing files so that nobody ever sees half of one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` that replaces it if the block succeeds.

    The temporary file is removed when the block fails, so a full disk or an interrupt leaves
    what was there before. The file gets the permissions that a plain `open` would give it.

    Example:
        >>> target = Path(tempfile.mkdtemp()) / "note.txt"
        >>> with atomic_path(target) as part:
        ...     _ = part.write_text("done")
        >>> target.read_text()
        'done'
    """
    handle, name = tempfile.mkstemp(
        prefix=f".{path.stem[:40]}-", suffix=path.suffix, dir=path.parent
    )
    os.close(handle)
    part = Path(name)
    try:
        yield part
        _give_usual_mode(part, path)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_atomically(path: Path, data: bytes) -> None:
    """Write bytes to a file in one piece."""
    with atomic_path(path) as part:
        part.write_bytes(data)


def _give_usual_mode(part: Path, path: Path) -> None:
    """Temporary files are private; give this one its predecessor's mode, or the usual one."""
    if path.exists():
        part.chmod(path.stat().st_mode & 0o777)
        return
    umask = os.umask(0)
    os.umask(umask)
    part.chmod(0o666 & ~umask)
