"""The photograph that the benchmarks beside it enlarge unless they are given another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

SAMPLE = Path(__file__).parents[2] / "samples" / "guitar.webp"


def fill_frame(photograph: Path, width: int, height: int) -> npt.NDArray[np.uint8]:
    """The photograph, mirrored until it fills a frame, (height, width, 3)."""
    pixels = np.asarray(Image.open(photograph).convert("RGB"))
    down, right = max(0, height - len(pixels)), max(0, width - pixels.shape[1])
    filled = np.pad(pixels, ((0, down), (0, right), (0, 0)), mode="symmetric")
    return filled[:height, :width]
