"""Image files made on the spot, opened and written without the command line."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from sesr_app.images import (
    Enlarged,
    Metadata,
    Picture,
    SaveOptions,
    format_named,
    open_picture,
    write_picture,
)


def saved(image: Image.Image, image_format: str, **options: Any) -> bytes:
    """A file of Pillow's."""
    buffer = io.BytesIO()
    image.save(buffer, format=image_format, **options)
    return buffer.getvalue()


def pixels_of(picture: Picture) -> list[np.ndarray]:
    """All frames."""
    return [frame.pixels for frame in picture.frames]


def decoded(content: bytes) -> np.ndarray:
    """The only frame of a file."""
    (pixels,) = pixels_of(open_picture(content))
    return pixels


def written(
    kind: str,
    frames: np.ndarray | Sequence[np.ndarray],
    metadata: Metadata | None = None,
    options: SaveOptions | None = None,
    warnings: list[str] | None = None,
    plays: int = 0,
) -> bytes:
    """A file of this project's."""
    images = [frames] if isinstance(frames, np.ndarray) else list(frames)
    enlarged = [Enlarged(image.shape, image.dtype, iter([image]), 100.0) for image in images]
    warn = (warnings if warnings is not None else []).append
    file = io.BytesIO()
    write_picture(
        file, format_named(kind), iter(enlarged), len(images), plays, metadata, options, warn
    )
    return file.getvalue()
