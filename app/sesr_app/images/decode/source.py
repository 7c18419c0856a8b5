"""Where an image comes from: a file, its content, or a stream that is judged by its first bytes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO, NamedTuple

from sesr.errors import ImageError
from sesr_app.images.formats import Format, format_of_head

HEAD_BYTES = 4096
"""Enough of a file to tell its format, and how deep most images are."""

PIPES = ("/dev/fd/", "/proc/")
"""Where shells put the pipe of `<(command)`; any other pipe may never be written to."""


class Source(NamedTuple):
    """A file, or the content of one.

    Attributes:
        name: for messages.
        head: the first bytes.
        format: by these, or by the suffix where a format has no signature.
        path: of the file, unless its content is given.
        content: of the file, unless its path is given.
    """

    name: str
    head: bytes
    format: Format
    path: Path | None = None
    content: bytes = b""

    @classmethod
    def of(cls, given: Path | bytes | IO[bytes]) -> Source:
        """A path, the content of a file, or a stream, of which the rest is read if it is an image.

        Raises:
            ImageError: missing, no file, or not of a format that is read.
        """
        if isinstance(given, Path):
            return _of_path(given)
        name = "standard input"
        if isinstance(given, bytes):
            return cls(name, given[:HEAD_BYTES], _known(name, given[:HEAD_BYTES]), content=given)
        return _of_stream(name, given)

    def open(self) -> IO[bytes]:
        """The file, at its start."""
        return io.BytesIO(self.content) if self.path is None else self.path.open("rb")

    def read(self) -> bytes:
        """The whole of it."""
        return self.content if self.path is None else self.path.read_bytes()


def is_shell_pipe(path: Path) -> bool:
    """Whether it is a pipe of a shell, whose content can be read once."""
    return path.is_fifo() and str(path).startswith(PIPES)


def _of_path(path: Path) -> Source:
    if not path.exists():
        raise ImageError(f"{path}: no such file")
    if path.is_dir():
        raise ImageError(f"{path}: is a folder; give the image files themselves")
    try:
        if not path.is_file():
            if not is_shell_pipe(path):
                raise ImageError(f"{path}: is no regular file")
            with path.open("rb") as stream:
                return _of_stream(str(path), stream)
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise ImageError(f"{path}: cannot be read ({error.strerror or error})") from error
    return Source(str(path), head, _known(str(path), head), path)


def _of_stream(name: str, stream: IO[bytes]) -> Source:
    parts: list[bytes] = []
    missing = HEAD_BYTES
    while missing and (part := stream.read(missing)):
        parts.append(part)
        missing -= len(part)
    head = b"".join(parts)
    kind = _known(name, head)
    return Source(name, head, kind, content=head + (b"" if missing else stream.read()))


def _known(name: str, head: bytes) -> Format:
    if not head:
        raise ImageError(f"{name}: the file is empty")
    found = format_of_head(head, Path(name).suffix)
    if isinstance(found, Format):
        return found
    if found:
        raise ImageError(f"{name}: is {found}, which is not supported; convert it to png or tiff")
    raise ImageError(f"{name}: not an image of a known format")
