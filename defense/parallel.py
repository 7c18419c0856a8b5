"""Spread a batch over the processor's cores."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from defense.batch import ImageBatch


def map_chunks(
    function: Callable[[ImageBatch], ImageBatch], images: ImageBatch, chunk: int = 1
) -> ImageBatch:
    """Apply a function to pieces of a batch in threads and join the results in order.

    Threads help where the function spends its time in code that releases Python's lock, as
    OpenCV, Pillow, PyWavelets and NumPy do.

    Args:
        function: (n, H, W, C) to (n, H', W', C'), each image treated on its own.
        images: (N, H, W, C), N at least 1.
        chunk: most images in a piece, at least 1.

    Returns:
        (N, H', W', C'), the same as function(images).

    Example:
        >>> map_chunks(lambda x: x[:, ::2], np.ones((5, 4, 4, 3), np.float32), chunk=2).shape
        (5, 2, 4, 3)
    """
    pieces = [images[start : start + chunk] for start in range(0, len(images), chunk)]
    workers = min(len(pieces), os.cpu_count() or 1)
    if workers == 1:
        return np.concatenate([function(piece) for piece in pieces])
    with ThreadPoolExecutor(workers) as pool:
        return np.concatenate(list(pool.map(function, pieces)))
