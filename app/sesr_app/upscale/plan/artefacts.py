"""Which network a compressed photograph needs, as the file itself tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sesr.catalog.card import ARTEFACTS
from sesr.errors import UsageError

if TYPE_CHECKING:
    from sesr_app.images import Compression

AUTO = "auto"
CHOICES = (AUTO, *ARTEFACTS)

CLEAN_FROM = 98
"""JPEG quality from which the network for clean photographs does best: artefacts are fainter than
the detail that another network would take for one."""

FAINT_FROM = 89
"""JPEG quality from which that for faint artefacts does better than that for light ones."""

LIGHT_FROM = 69
"""JPEG quality from which that for light artefacts does better than that for heavy ones."""


def artefacts_of(compression: Compression | None) -> str:
    """What compression left in an image, one of `ARTEFACTS`; clean where nothing tells.

    Example:
        >>> artefacts_of(None)
        'clean'
    """
    if compression is None or not compression.tables:
        return "clean"
    from sesr.pixels.jpeg_quality import estimate_jpeg_quality

    try:
        quality = estimate_jpeg_quality(compression.tables)
    except UsageError:
        # Decoders show such files all the same: a step of zero, say.
        return "clean"
    if quality >= FAINT_FROM:
        return "clean" if quality >= CLEAN_FROM else "faint"
    return "light" if quality >= LIGHT_FROM else "heavy"
