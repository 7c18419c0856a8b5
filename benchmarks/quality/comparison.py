"""Make the pictures of the README: a detail by bicubic beside the same detail by SESR.

    python benchmarks/quality/comparison.py samples/guitar.webp samples/comparison.png
    python benchmarks/quality/comparison.py samples/guitar.webp samples/compressed.png --quality 40

The photograph is upscaled as it is; nothing was shrunk first, so no original exists to compare.
With --quality it is saved as JPEG of that quality before.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import numpy as np
from PIL import Image

from sesr import Upscaler
from sesr.evaluation.panels import side_by_side
from sesr.pixels.imresize import imresize
from sesr_app.images import open_picture
from sesr_app.upscale.plan.artefacts import artefacts_of

DETAIL = (232, 170, 110, 78)
"""Left, top, width and height of the detail in the photograph."""


def main() -> None:
    """Parse the command line and write the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photograph", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--quality", type=int, help="of the JPEG that the photograph becomes first")
    arguments = parser.parse_args()
    photograph = Image.open(arguments.photograph).convert("RGB")
    if arguments.quality is None:
        versions = enlarged(np.asarray(photograph), 4, {"SESR-M5 x4": "clean"})
    else:
        file = io.BytesIO()
        photograph.save(file, "JPEG", quality=arguments.quality)
        picture = open_picture(file.getvalue())
        networks = {
            "SESR-M5 for clean images": "clean",
            "SESR-M5, chosen by the file": artefacts_of(picture.compression),
        }
        versions = enlarged(next(picture.frames).pixels, 2, networks)
    Image.fromarray(side_by_side(versions)).save(arguments.output, optimize=True)


def enlarged(photograph: np.ndarray, scale: int, networks: dict[str, str]) -> dict[str, np.ndarray]:
    """The detail by bicubic, and by M5 for some artefacts, by what stands under it."""
    bicubic = np.clip(np.rint(imresize(photograph.astype(np.float32), scale)), 0, 255)
    ours = {
        label: Upscaler(scale=scale, artefacts=artefacts)(photograph)
        for label, artefacts in networks.items()
    }
    versions = {f"bicubic x{scale}": bicubic.astype(np.uint8), **ours}
    return {label: detail(image, scale) for label, image in versions.items()}


def detail(image: np.ndarray, scale: int) -> np.ndarray:
    """The part that is shown, in whole screen pixels of like size for both scales."""
    left, top, width, height = (value * scale for value in DETAIL)
    part = image[top : top + height, left : left + width]
    return part.repeat(4 // scale, axis=0).repeat(4 // scale, axis=1)


if __name__ == "__main__":
    main()
