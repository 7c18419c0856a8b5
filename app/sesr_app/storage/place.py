"""A folder on this machine, on a store, or on another machine."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeVar

from sesr.errors import ImageError, MissingExtraError, SesrError, UsageError
from sesr.files import write_atomically
from sesr_app.storage.failures import explained, explaining

_T = TypeVar("_T")

_WHOLE_PUTS = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "oci", "oss", "memory"})
"""Stores where a file is there when its upload is complete and not before; elsewhere it gets its
name when it is whole."""

_ATTEMPTS = 4
_FIRST_PAUSE = 0.5
"""Seconds before a second attempt; each of the next waits twice as long. What the store's own
library tries again comes before that."""

_READ_AHEAD = 1 << 22
"""Bytes that are fetched at least where a part of a file is read."""

_STAMPS = ("ETag", "etag", "md5Hash", "content_md5", "mtime", "LastModified", "last_modified",
           "updated", "created")  # fmt: skip
"""What file systems call that which changes with the content of a file, the best first."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_SECRET = re.compile(r"(?<=://)([^/@:]*):[^/@]*@")


class Entry(NamedTuple):
    """What lies in a folder.

    Attributes:
        name: without the folder.
        size: in bytes, 0 for a folder.
        stamp: ETag or time of the last change, which changes with the content.
        is_folder: whether it is one.
    """

    name: str
    size: int
    stamp: str
    is_folder: bool


def is_url(text: str) -> bool:
    """Whether a path of the command line is a URL.

    Example:
        >>> is_url("s3://photos/"), is_url("photos/a.png"), is_url("C:/photos")
        (True, False, False)
    """
    return bool(_SCHEME.match(text))


class Place:
    """A folder.

    Args:
        url: of any file system that fsspec knows, or a path.

    Attributes:
        url: the same for messages, without passwords and without a slash at its end.
        local: its path, where it is one on this machine.

    Raises:
        UsageError: there is no such kind of URL.
        MissingExtraError: fsspec or what it needs is not installed.

    Example:
        >>> place = Place("memory://doctest/photos")
        >>> place.write("a.txt", b"whole")
        >>> [entry.name for entry in place.entries()], place.read("a.txt")
        (['a.txt'], b'whole')
    """

    def __init__(self, url: str) -> None:
        self.url = _SECRET.sub(r"\1:***@", url).rstrip("/")
        self._protocol, self._fs, self._root = _opened(url, self.url)
        self.local = Path(self._root) if self._protocol in ("file", "local") else None

    def url_of(self, name: str) -> str:
        """A file in it, for messages and manifests."""
        return f"{self.url}/{name}" if name else self.url

    def is_folder(self, name: str = "") -> bool:
        """Whether there is a folder of that name.

        Raises:
            SesrError: the store does not answer.
        """
        url = self.url_of(name)
        try:
            info = _patiently(lambda: self._fs.info(self._path(name)))
        except FileNotFoundError as error:
            if "bucket" in str(error).lower():
                raise explained(error, url, "read") from error
            return False
        except Exception as error:
            raise explained(error, url, "read") from error
        return bool(info["type"] == "directory")

    def exists(self, name: str = "") -> bool:
        """Whether there is a file or folder of that name.

        Raises:
            SesrError: the store does not answer.
        """
        try:
            with explaining(self.url_of(name), "read"):
                _patiently(lambda: self._fs.info(self._path(name)))
        except SesrError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return False
            raise
        return True

    def entries(self, folder: str = "") -> Iterator[Entry]:
        """What lies in a folder, which may be missing: then nothing.

        On S3 it comes page by page, so a folder of any size takes no memory.

        Raises:
            SesrError: it cannot be listed, or its bucket is missing.
        """
        url = self.url_of(folder)
        try:
            yield from self._listed(folder)
        except (FileNotFoundError, NotADirectoryError) as error:
            if "bucket" in str(error).lower():
                raise explained(error, url, "listed") from error
        except Exception as error:
            raise explained(error, url, "listed") from error

    def stat(self, name: str) -> Entry:
        """One file.

        Raises:
            SesrError: it is not there, or the store does not answer.
        """
        with explaining(self.url_of(name), "read"):
            return _entry(_patiently(lambda: self._fs.info(self._path(name))))

    def download(self, name: str, to: Path, size: int) -> None:
        """Copy a file to this machine.

        Args:
            size: that it had when it was listed.

        Raises:
            ImageError: it cannot be read, or has another size by now.
        """
        url = self.url_of(name)
        with explaining(url, "read"):
            _patiently(lambda: self._get(name, to, size))
        if (received := to.stat().st_size) != size:
            raise ImageError(f"{url}: was {size} bytes when it was listed and {received} when it "
                             "was read; run the command again when it is whole")  # fmt: skip

    def upload(self, path: Path, name: str) -> None:
        """Copy a file of this machine here, whole or not at all.

        Raises:
            SesrError: it cannot be written.
        """
        with explaining(self.url_of(name), "written"):
            _patiently(lambda: self._whole(name, lambda to: self._fs.put_file(str(path), to)))

    def read(self, name: str) -> bytes:
        """The content of a small file.

        Raises:
            SesrError: it cannot be read.
        """
        with explaining(self.url_of(name), "read"):
            content: bytes = _patiently(lambda: self._fs.cat_file(self._path(name)))
            return content

    def open(self, name: str) -> IO[bytes]:
        """A file, of which any bytes can be read without the others.

        Raises:
            OSError: it is not there, or the store does not answer.
        """
        file: IO[bytes] = _patiently(
            lambda: self._fs.open(self._path(name), "rb", block_size=_READ_AHEAD)
        )
        return file

    def write(self, name: str, content: bytes) -> None:
        """Write a small file, whole or not at all; one that is there is replaced.

        Raises:
            SesrError: it cannot be written.
        """
        with explaining(self.url_of(name), "written"):
            if self.local is not None:
                (self.local / name).parent.mkdir(parents=True, exist_ok=True)
                write_atomically(self.local / name, content)
                return
            _patiently(lambda: self._whole(name, lambda to: self._fs.pipe_file(to, content)))

    def remove(self, name: str) -> None:
        """Remove a file; one that is gone is no failure.

        Raises:
            SesrError: it cannot be removed.
        """
        with explaining(self.url_of(name), "removed"), suppress(FileNotFoundError):
            _patiently(lambda: self._fs.rm_file(self._path(name)))

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root or "/"

    def _get(self, name: str, to: Path, size: int) -> None:
        self._fs.get_file(self._path(name), str(to))
        if to.stat().st_size < size:
            raise OSError(f"the connection ended after {to.stat().st_size} of {size} bytes")

    def _whole(self, name: str, send: Callable[[str], Any]) -> None:
        path = self._path(name)
        if self._protocol in _WHOLE_PUTS:
            send(path)
            return
        folder, _, last = path.rpartition("/")
        self._fs.makedirs(folder, exist_ok=True)
        part = f"{folder}/.{last[:40]}-{uuid.uuid4().hex[:12]}"
        try:
            send(part)
            self._fs.mv(part, path)
        except BaseException:
            if self._fs.exists(part):
                self._fs.rm_file(part)
            raise

    def _listed(self, folder: str) -> Iterator[Entry]:
        if self._protocol in ("s3", "s3a"):
            yield from self._pages(folder)
            return
        path = self._path(folder)
        self._fs.invalidate_cache(path)
        found = (_entry(info) for info in _patiently(lambda: self._fs.ls(path, detail=True)))
        yield from sorted(found)

    def _pages(self, folder: str) -> Iterator[Entry]:
        bucket, _, key = self._path(folder).partition("/")
        asked: dict[str, Any] = {"Bucket": bucket, "Delimiter": "/"}
        asked["Prefix"] = f"{key}/" if key else ""
        while True:
            page = _patiently(lambda: self._fs.call_s3("list_objects_v2", **asked))
            for found in page.get("CommonPrefixes", ()):
                yield Entry(_last(found["Prefix"]), 0, "", True)
            for found in page.get("Contents", ()):
                # Some tools mark a folder by an empty object of its name.
                if found["Key"] != asked["Prefix"]:
                    stamp = str(found.get("ETag", "")).strip('"')
                    yield Entry(_last(found["Key"]), found["Size"], stamp, False)
            if not page.get("IsTruncated"):
                return
            asked["ContinuationToken"] = page["NextContinuationToken"]


def _opened(url: str, shown: str) -> tuple[str, Any, str]:
    """Protocol, file system and path of a URL."""
    if find_spec("fsspec") is None:
        raise MissingExtraError(shown, "cloud")
    from fsspec.core import url_to_fs
    from fsspec.registry import known_implementations

    protocol = url.partition("://")[0].lower() if is_url(url) else "file"
    if protocol not in known_implementations and protocol != "local":
        raise UsageError(f"{shown}: there is no file system {protocol}://; take a path, s3://, "
                         "gs://, sftp:// or another that fsspec knows")  # fmt: skip
    if is_url(url) and not url.partition("://")[2].strip("/") and protocol not in ("file", "local"):
        raise UsageError(f"{protocol}://: names no bucket or folder; give one, as in "
                         f"{protocol}://photos/")  # fmt: skip
    with explaining(shown, "reached"):
        file_system, path = url_to_fs(url)
    return protocol, file_system, str(path).rstrip("/")


def _entry(info: Mapping[str, Any]) -> Entry:
    stamp = next((str(info[key]) for key in _STAMPS if info.get(key)), "")
    is_folder = info["type"] == "directory"
    return Entry(_last(info["name"]), 0 if is_folder else int(info["size"] or 0),
                 stamp.strip('"'), is_folder)  # fmt: skip


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _patiently(work: Callable[[], _T]) -> _T:
    """Try again what failed for a reason that may pass."""
    for attempt in range(1, _ATTEMPTS):
        try:
            return work()
        except (FileNotFoundError, PermissionError, NotADirectoryError, IsADirectoryError):
            raise
        except Exception as error:
            if not _may_pass(error):
                raise
            time.sleep(_FIRST_PAUSE * 2 ** (attempt - 1))
    return work()


def _may_pass(error: Exception) -> bool:
    kind = type(error).__name__
    if isinstance(error, ImportError | ValueError | TypeError) or "Credentials" in kind:
        return False
    return isinstance(error, OSError) or any(
        word in kind for word in ("Timeout", "Connection", "Payload", "Response", "Http", "Client")
    )
