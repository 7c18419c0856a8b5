"""What an image must pass before it is decoded, and how bad files are told from unknown ones."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from sesr.errors import ImageError, SesrError
from sesr_app.images.formats import Format
from sesr_app.images.picture import Warn

MAX_MEGAPIXELS = 250.0
"""More than any camera takes; a small file that claims more is likely an attack."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself before anything is decoded.

    Attributes:
        format: of the file.
        width, height: of its first image, upright as far as the header tells.
        count: of images that will be enlarged.
    """

    format: Format
    width: int
    height: int
    count: int = 1


class Gate(NamedTuple):
    """What an image must pass before it is decoded.

    Attributes:
        name: of the file, for messages.
        warn: told of what cannot be kept.
        max_megapixels: largest size to decode, all frames together.
        admit: called with the pixels of the first image; may wait.
        inspect: called with the header; may raise.
    """

    name: str
    warn: Warn
    max_megapixels: float
    admit: Callable[[int], None]
    inspect: Callable[[Header], None]

    def let_in(self, header: Header) -> None:
        """Check what the header says.

        Raises:
            ImageError: it is too large.
        """
        if min(header.width, header.height) < 1:
            raise ImageError(f"{self.name}: damaged: {header.width}x{header.height} pixels")
        self.check_size(header.width * header.height * header.count)
        self.inspect(header)
        self.admit(header.width * header.height)

    def check_size(self, pixels: int) -> None:
        """Refuse more pixels than are allowed.

        Raises:
            ImageError: so many.
        """
        if pixels > self.max_megapixels * 1e6:
            raise ImageError(
                f"{self.name}: has {pixels / 1e6:,.0f} megapixels, and more than "
                f"{self.max_megapixels:g} may be a decompression bomb; raise --max-megapixels if "
                "you trust it"
            )

    def unsupported(self, what: str, help_: str = "convert it to 16 or 8 bits first") -> ImageError:
        """The error for a sound file of a kind that is not read."""
        return ImageError(f"{self.name}: {what} is not supported; {help_}")


@contextmanager
def decoding(name: str) -> Iterator[None]:
    """Turn whatever a decoder does about a bad file into one line that names it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except SesrError:
        raise
    except MemoryError as error:
        raise ImageError(f"{name}: not enough memory to decode it") from error
    except Exception as error:
        raise ImageError(f"{name}: damaged or unreadable ({one_line(error)})") from error


def one_line(error: BaseException) -> str:
    """The message of an error of a library, without its line breaks."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())
