"""Whether the 8x8 grid of JPEG can be found in pixels, where no table tells of it: hits and misses.

    python benchmarks/quality/jpeg_grid.py PHOTOS... [--qualities 30,50,75,90]

Photographs are shrunk by half, so that they are clean, and saved at each quality. The test compares
the steps between neighbouring pixels at every eighth boundary with those at the others. Pictures
made of tiles of eight pixels, as programs draw them, stand beside them: theirs is a grid by nature.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from sesr.pixels.color import Rgb8
from sesr.pixels.imresize import crop_to_multiple, shrink_to_uint8
from sesr_datasets.degradation import compress
from sesr_datasets.image_folder import find_images, read_rgb

BLOCK = 8
BOUNDARY = 6
"""Of the eight phases of the steps that are looked at, the one that crosses a block's border."""

LARGEST_STEP = 3.0
"""In levels: larger steps are edges of what is shown."""

THRESHOLD = 3.0
"""In standard deviations of the mean."""


def main() -> None:
    """Print a row a quality, and the two kinds of false alarms."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--qualities", default="30,50,60,75,85,90,95")
    given = parser.parse_args()
    photos = [read_rgb(path) for path in find_images(given.photos)]
    small = [shrink_to_uint8(crop_to_multiple(photo, 2), 2) for photo in photos]
    print(f"false alarms on clean photographs: {sum(map(has_grid, small))} of {len(small)}")
    drawn = [_tiles(seed) for seed in range(20)]
    print(f"false alarms on pictures of tiles: {sum(map(has_grid, drawn))} of {len(drawn)}")
    for quality in map(int, given.qualities.split(",")):
        hits = sum(has_grid(compress(image, quality, full_chroma=False)) for image in small)
        print(f"quality {quality}: found in {hits} of {len(small)}")


def has_grid(image: Rgb8) -> bool:
    """Whether steps are larger at the borders of blocks, along both axes."""
    luma = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    scores = np.array([_phases(axis) for axis in (luma, luma.T)])
    strongest = (scores.argmax(axis=1) == BOUNDARY).all()
    return bool(strongest and scores[:, BOUNDARY].mean() > THRESHOLD)


def _phases(luma: cv2.typing.MatLike) -> list[float]:
    """For each phase how far its steps stand out, beyond the slopes beside them."""
    steps = np.abs(np.diff(luma, axis=1))
    beyond = steps[:, 1:-1] - 0.5 * (steps[:, :-2] + steps[:, 2:])
    whole = beyond.shape[1] // BLOCK * BLOCK
    means = np.clip(beyond[:, :whole], -LARGEST_STEP, LARGEST_STEP).mean(0).reshape(-1, BLOCK)
    found = []
    for phase in range(BLOCK):
        more = means[:, phase] - np.delete(means, phase, axis=1).mean(axis=1)
        found.append(float(more.mean() / (more.std() / np.sqrt(len(more)) + 1e-6)))
    return found


def _tiles(seed: int) -> Rgb8:
    """What old games and charts look like: tiles of 8 pixels in a few colours."""
    random = np.random.default_rng(seed)
    colors = random.integers(0, 256, (6, 3), dtype=np.uint8)
    chosen = random.integers(6, size=(24, 32))
    return colors[chosen].repeat(BLOCK, axis=0).repeat(BLOCK, axis=1)


if __name__ == "__main__":
    main()
