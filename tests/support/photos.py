"""Pictures for tests."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def make_photo(height: int, width: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    """A picture with what photographs have: gradients, edges, texture, colour; (H, W, 3)."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width].astype(np.float64)
    planes = [
        127
        + 60 * np.sin(x / random.uniform(4, 20) + y / random.uniform(4, 20))
        + 40 * (np.hypot(x - width * random.random(), y - height * random.random()) < width / 4)
        + random.normal(0, 6, (height, width))
        for _ in range(3)
    ]
    return np.clip(np.stack(planes, axis=-1), 0, 255).astype(np.uint8)
