"""Make the picture of the README: a detail by bicubic beside the same detail by SESR.

    python benchmarks/quality/comparison.py samples/guitar.webp samples/comparison.png

The photograph is upscaled as it is; nothing was shrunk first, so no original exists to compare.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from sesr import Upscaler
from sesr.evaluation.panels import side_by_side
from sesr.pixels.imresize import imresize

DETAIL = (232, 170, 110, 78)
"""Left, top, width and height of the detail in the photograph."""

SCALE = 4


def main() -> None:
    """Parse the command line and write the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photograph", type=Path)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    photograph = np.asarray(Image.open(arguments.photograph).convert("RGB"))
    bicubic = np.clip(np.rint(imresize(photograph.astype(np.float32), SCALE)), 0, 255)
    ours = Upscaler(scale=SCALE)(photograph)
    versions = {
        "bicubic x4": _detail(bicubic.astype(np.uint8)),
        "SESR-M5 x4": _detail(ours),
    }
    Image.fromarray(side_by_side(versions)).save(arguments.output, optimize=True)


def _detail(image: np.ndarray) -> np.ndarray:
    left, top, width, height = (value * SCALE for value in DETAIL)
    return image[top : top + height, left : left + width]


if __name__ == "__main__":
    main()
