from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from defense.batch import ImageBatch


def noisy_photos(count: int, height: int, width: int, seed: int = 0) -> ImageBatch:
    """Smooth colour shapes with noise, so that every subband holds signal and noise."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((count, height // 8 + 2, width // 8 + 2, 3), dtype=np.float32)
    smooth = np.stack([cv2.resize(image, (width, height)) for image in coarse])
    noise = rng.normal(0, 0.03, smooth.shape)
    return np.clip(smooth + noise, 0, 1).astype(np.float32)


@pytest.fixture(name="noisy_photos")
def _noisy_photos() -> Callable[..., ImageBatch]:
    return noisy_photos


@pytest.fixture(name="photos")
def _photos() -> ImageBatch:
    return noisy_photos(5, 45, 70)
