"""Make the picture of the README: a detail by bicubic beside the same detail by SESR.

    python benchmarks/comparison.py samples/guitar.webp samples/comparison.png

The photograph is upscaled as it is; nothing was shrunk first, so no original exists to compare.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sesr import Upscaler
from sesr.resize import imresize

DETAIL = (232, 170, 110, 78)
"""Left, top, width and height of the detail in the photograph."""

SCALE = 4
BORDER = 12
CAPTION = 40


def main() -> None:
    """Parse the command line and write the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photograph", type=Path)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    photograph = np.asarray(Image.open(arguments.photograph).convert("RGB"))
    bicubic = np.clip(np.rint(imresize(photograph.astype(np.float32), SCALE)), 0, 255)
    ours = Upscaler(scale=SCALE)(photograph)
    panels = [_panel(bicubic.astype(np.uint8), "bicubic x4"), _panel(ours, "SESR-M5 x4")]
    Image.fromarray(np.hstack(panels)).save(arguments.output, optimize=True)


def _panel(image: np.ndarray, caption: str) -> np.ndarray:
    left, top, width, height = (value * SCALE for value in DETAIL)
    detail = image[top : top + height, left : left + width]
    framed = cv2.copyMakeBorder(
        detail, CAPTION, BORDER, BORDER, BORDER, cv2.BORDER_CONSTANT, value=(255, 255, 255)
    )
    canvas = Image.fromarray(framed)
    draw = ImageDraw.Draw(canvas)
    draw.text((BORDER, 8), caption, fill=(30, 30, 30), font=ImageFont.load_default(size=22))
    return np.asarray(canvas)


if __name__ == "__main__":
    main()
