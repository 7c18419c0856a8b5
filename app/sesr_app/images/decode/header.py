"""What a file says of itself, without decoding it."""

from __future__ import annotations

from pathlib import Path

from sesr.errors import ImageError, SesrError
from sesr_app.images.decode.gate import Header
from sesr_app.images.decode.open import open_picture


class _HeaderReadError(SesrError):
    """Ends the opening of a file after its header."""


def read_header(path: Path, max_megapixels: float = float("inf")) -> Header:
    """What a file says of itself; nothing is decoded.

    Raises:
        ImageError: it is no image that is read, or a larger one.
    """
    found: list[Header] = []

    def stop(header: Header) -> None:
        found.append(header)
        raise _HeaderReadError

    try:
        open_picture(path, max_megapixels=max_megapixels, inspect=stop)
    except _HeaderReadError:
        return found[0]
    raise ImageError(f"{path}: damaged: holds no image")
