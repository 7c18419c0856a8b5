"""How hard a JPEG was compressed, as its own quantisation tables tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from sesr.errors import UsageError

LUMA = np.array(
    [
        *(16, 11, 10, 16, 24, 40, 51, 61),
        *(12, 12, 14, 19, 26, 58, 60, 55),
        *(14, 13, 16, 24, 40, 57, 69, 56),
        *(14, 17, 22, 29, 51, 87, 80, 62),
        *(18, 22, 37, 56, 68, 109, 103, 77),
        *(24, 35, 55, 64, 81, 104, 113, 92),
        *(49, 64, 78, 87, 103, 121, 120, 101),
        *(72, 92, 95, 98, 112, 100, 103, 99),
    ],
    np.float64,
)
"""Steps of luma at quality 50, from annex K of the standard, row by row."""

LOW = 10
"""Coefficients, the lowest in both directions, that tell most: what lies beyond is zero nearly
everywhere, and encoders differ there most."""


def estimate_jpeg_quality(tables: Mapping[int, Sequence[int]] | Sequence[Sequence[int]]) -> int:
    """The quality from 1 to 100 at which libjpeg would have compressed about as hard.

    Exact for files of libjpeg and what counts as it does (Pillow, OpenCV, most cameras' software
    and web sites); for other tables (Photoshop, cameras, mozjpeg) the quality whose luma steps are
    nearest in ratio.

    Args:
        tables: quantisation tables by number, 64 steps each row by row, as Pillow has them in
            `image.quantization`; the first is that of luma.

    Raises:
        UsageError: there is no table of 64 steps above 0.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> file = io.BytesIO()
        >>> Image.new("RGB", (8, 8)).save(file, "JPEG", quality=82)
        >>> estimate_jpeg_quality(Image.open(file).quantization)
        82

    Reference: ITU-T T.81, annex K; the scaling by quality is that of libjpeg's `jcparam.c`.
    """
    if not len(tables):
        raise UsageError(
            "a JPEG has a quantisation table of 64 steps above 0; received no table: pass "
            "image.quantization of a JPEG"
        )
    table = np.asarray(tables[min(tables)] if isinstance(tables, Mapping) else tables[0], float)
    if table.shape != (64,) or table.min() <= 0:
        least = table.min(initial=np.inf)
        raise UsageError(
            f"a quantisation table has 64 steps above 0; received {table.size} from {least:g} on"
        )
    weights = _weights()
    ratios = np.log(_standard_tables() / table)
    # Steps are whole numbers, so that many qualities near 100 share most of them.
    return int((np.abs(ratios) * weights).sum(axis=1).argmin()) + 1


@cache
def _standard_tables() -> npt.NDArray[np.float64]:
    """libjpeg's luma steps for the qualities 1 to 100, (100, 64)."""
    quality = np.arange(1, 101)
    percent = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    steps = (LUMA * percent[:, np.newaxis] + 50) // 100
    return np.asarray(np.clip(steps, 1, 255), np.float64)


@cache
def _weights() -> npt.NDArray[np.float64]:
    """Low frequencies count fully, the others a tenth."""
    rows, columns = np.divmod(np.arange(64), 8)
    return np.where((rows + 1) * (columns + 1) <= LOW, 1.0, 0.1)
