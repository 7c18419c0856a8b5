"""What FFmpeg says, in words for people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av

from sesr.errors import ImageError, first_line


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Name the video in whatever FFmpeg finds wrong with it.

    Raises:
        ImageError: it cannot be read.
    """
    try:
        yield
    except av.error.FileNotFoundError:
        raise ImageError(f"{path}: there is no such file") from None
    except av.error.DecoderNotFoundError:
        raise ImageError(f"{path}: this FFmpeg lacks its decoder; convert it first") from None
    except (av.error.InvalidDataError, av.error.EOFError) as error:
        raise ImageError(f"{path}: is damaged or no video ({_reason(error)})") from None
    except (av.error.FFmpegError, UnicodeDecodeError) as error:
        raise ImageError(f"{path}: cannot be read ({_reason(error)})") from None


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Name the result in whatever goes wrong while it is written.

    Raises:
        ImageError: it cannot be written.
    """
    try:
        yield
    except (av.error.FFmpegError, OSError) as error:
        raise ImageError(
            f"{path}: cannot be written ({_reason(error)}); the same command goes on where it was"
        ) from error


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or first_line(error))
