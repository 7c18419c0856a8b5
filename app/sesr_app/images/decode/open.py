"""Opening and decoding image files, which are hostile until the opposite is proven."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import numpy as np

from sesr.errors import ImageError
from sesr_app.images.decode import animation, color, deep
from sesr_app.images.encode.png import color_chunks
from sesr_app.images.formats import decoder_of, kind_of
from sesr_app.images.metadata import Metadata, metadata_of
from sesr_app.images.picture import Frame, Picture, Pixels, Warn

MAX_MEGAPIXELS = 250.0
"""More than any camera takes; a small file that claims more is likely an attack."""

HEAD_BYTES = 4096
"""Enough of a file to tell how deep its pixels are."""

Source = Path | bytes
"""A file, or the content of one."""


def open_picture(
    source: Source | IO[bytes],
    warn: Warn = lambda message: None,
    max_megapixels: float = MAX_MEGAPIXELS,
    admit: Callable[[int], None] = lambda pixels: None,
    inspect: Callable[[Any], None] = lambda header: None,
) -> Picture:
    """Open an image file and decode it, or the first frame of it.

    Args:
        source: path of a file, or its content.
        warn: told of what is damaged or cannot be kept, in one line each.
        max_megapixels: largest size to decode, all frames together.
        admit: called with the number of pixels before they are decoded; may wait.
        inspect: called with what has a width and a height before anything is decoded; may raise.

    Raises:
        ImageError: the file is missing, no image, damaged, too large, or of a kind that
            upscaling would take something from. Later frames raise it when they are reached.
    """
    name = str(source) if isinstance(source, Path) else "standard input"
    if isinstance(source, Path) and source.is_fifo():
        with source.open("rb") as stream:
            source = _judged(stream, name)
    elif isinstance(source, Path):
        _check_file(source)
    elif not isinstance(source, bytes):
        source = _judged(source, name)
    with _decoding(name), _open(name, source) as image:
        inspect(image)
        return _picture(image, name, source, warn, max_megapixels, admit)


def _judged(stream: IO[bytes], name: str) -> bytes:
    """The content of a stream, of which no more than the beginning is read if it is no image."""
    head = stream.read(HEAD_BYTES)
    if decoder_of(head) is None:
        reason = "not an image of a known format" if head else "the file is empty"
        raise ImageError(f"{name}: {reason}")
    return head + stream.read()


def _picture(
    image: Any,
    name: str,
    source: Source,
    warn: Warn,
    max_megapixels: float,
    admit: Callable[[int], None],
) -> Picture:
    # An MPO is a photograph of a telephone with a preview or a depth map behind it.
    count = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
    _check_size(name, image.width * image.height * count, max_megapixels)
    admit(image.width * image.height)
    if count > 1:
        return _animated(image, name, source, warn, max_megapixels)
    head = _head(source, HEAD_BYTES)
    if image.format == "AVIF" and deep.is_deep_avif(head):
        warn("has more than 8 bits a channel, which are read as 8; convert it to 16-bit PNG first")
    kind, total = kind_of(image.format), image.width * image.height
    bits = deep.bits_of(image, head)
    orientation = deep.orientation_of(image) if bits > 8 else 1
    if bits > 8:
        pixels = deep.decode(image, _content(source), head)
        # Pillow reads the notes behind the pixels only when it decodes them too.
        if image.format == "PNG":
            image.load()
    else:
        image.load()
    metadata = _metadata(image, source, warn)
    if bits <= 8:
        pixels, keeps_profile = _decode(image, name, warn)
        if not keeps_profile:
            metadata = replace(metadata, icc_profile=None, color_chunks=())
    frames = iter([Frame(deep.upright(pixels, orientation))])
    return Picture(frames, 1, total, kind, metadata, lossless=_is_lossless(image, source))


def _animated(image: Any, name: str, source: Source, warn: Warn, max_megapixels: float) -> Picture:
    """Several frames: looked through once now, and decoded again when they are asked for."""
    if deep.bits_of(image, _head(source, HEAD_BYTES)) > 8:
        raise ImageError(f"{name}: has several images of 16 bits a channel; split it first")
    sequence = animation.survey(image, lambda total: _check_size(name, total, max_megapixels))
    metadata = _metadata(image, source, warn)

    def frames() -> Iterator[Frame]:
        with _decoding(name), _open(name, source) as again:
            yield from animation.frames(again, sequence, lambda page: _decode(page, name, warn)[0])

    return Picture(
        frames(),
        len(sequence.durations),
        sequence.pixels,
        kind_of(image.format),
        metadata,
        sequence.plays,
        _is_lossless(image, source),
    )


def _decode(image: Any, name: str, warn: Warn) -> tuple[Pixels, bool]:
    """Upright pixels of at most 16 bits, and whether the colour profile still fits them."""
    from PIL import ImageOps

    ImageOps.exif_transpose(image, in_place=True)
    converted = color.convert(image, name, warn)
    pixels = np.asarray(converted)
    if pixels.dtype.kind == "u" and pixels.dtype.itemsize == 2:
        pixels = pixels.astype(np.uint16, copy=False)
        key = image.info.get("transparency")
        if isinstance(key, int):
            pixels = np.dstack([pixels, np.where(pixels == key, 0, 65535).astype(np.uint16)])
    return pixels, image.mode not in color.CONVERTED


def _metadata(image: Any, source: Source, warn: Warn) -> Metadata:
    metadata = metadata_of(image, warn)
    if image.format != "PNG":
        return metadata
    with _file(source) as file:
        return replace(metadata, color_chunks=color_chunks(file))


@contextmanager
def _open(name: str, source: Source) -> Iterator[Any]:
    """The Pillow image of a file, whose pixels are not decoded yet."""
    from PIL import Image

    # Sizes are checked here, with a limit that can be raised.
    Image.MAX_IMAGE_PIXELS = None
    decoder = _load_decoder(name, source)
    # What Image.open does after it has loaded all common decoders, which takes longer than
    # decoding a photograph.
    with _file(source) as file, Image.OPEN[decoder][0](file, name) as image:
        yield image


@contextmanager
def _decoding(name: str) -> Iterator[None]:
    """Turn whatever a decoder does about a bad file into one line that names it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ImageError:
        raise
    except MemoryError as error:
        raise ImageError(f"{name}: not enough memory to decode it") from error
    except Exception as error:
        raise ImageError(f"{name}: damaged or unreadable ({one_line(error)})") from error


def _check_file(path: Path) -> None:
    if not path.exists():
        raise ImageError(f"{path}: no such file")
    if path.is_dir():
        raise ImageError(f"{path}: is a folder; give the image files themselves")
    if not path.is_file():
        raise ImageError(f"{path}: is no regular file")


def _load_decoder(name: str, source: Source) -> str:
    """Make Pillow know the decoder that a file needs, and return its name."""
    head = _head(source, 16)
    decoder = decoder_of(head)
    if decoder is None:
        reason = "not an image of a known format" if head else "the file is empty"
        raise ImageError(f"{name}: {reason}")
    import_module(f"PIL.{decoder}ImagePlugin")
    return decoder.upper()


def _check_size(name: str, pixels: int, max_megapixels: float) -> None:
    if pixels > max_megapixels * 1e6:
        raise ImageError(
            f"{name}: has {pixels / 1e6:,.0f} megapixels, and more than {max_megapixels:g} may be "
            "a decompression bomb; raise --max-megapixels if you trust it"
        )


def _file(source: Source) -> Any:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _head(source: Source, size: int) -> bytes:
    with _file(source) as file:
        head: bytes = file.read(size)
    return head


def _content(source: Source) -> bytes:
    return source if isinstance(source, bytes) else source.read_bytes()


def _is_lossless(image: Any, source: Source) -> bool:
    """Whether a file is of a lossless kind; a WebP file tells by its chunks."""
    if image.format != "WEBP":
        return True
    with _file(source) as file:
        file.seek(12)
        while len(header := file.read(8)) == 8:
            name, size = header[:4], int.from_bytes(header[4:], "little")
            if name in (b"VP8L", b"VP8 "):
                return bool(name == b"VP8L")
            # A frame of an animation wraps its chunk behind 16 bytes of position and time.
            file.seek(16 if name == b"ANMF" else size + size % 2, 1)
    return False


def one_line(error: BaseException) -> str:
    """The message of an error of a library, without its line breaks."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())
