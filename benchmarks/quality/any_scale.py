"""Quality of scales between those of the networks, beside bicubic straight to the size.

    python benchmarks/quality/any_scale.py FOLDER [--scale 3] [--model M5]

The images are shrunk as `sesr evaluate` shrinks them, enlarged by the passes and the step down of
`sesr upscale --scale`, and compared on Y; the border of `scale` pixels is left out. Sharpness is
the energy of the differences of neighbours over that of the original: below 1 is blur.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from sesr.evaluation.metrics import psnr
from sesr.evaluation.protocol import reference_luma
from sesr.pixels.imresize import crop_to_multiple, imresize, shrink_to_uint8
from sesr.pixels.lanczos import resize_bands
from sesr_app.upscale.passes import Enlarger
from sesr_app.upscale.plan.sizing import Sizing
from sesr_datasets.image_folder import find_images, read_image


def main() -> None:
    """Parse the command line, measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=int, default=3)
    parser.add_argument("--model", default="M5")
    arguments = parser.parse_args()
    enlarger, scale = Enlarger(arguments.model), arguments.scale
    rows = [_measure(read_image(p), scale, enlarger) for p in find_images([arguments.folder])]
    means = {name: np.mean([row[name] for row in rows], axis=0) for name in rows[0]}
    figures = {
        name: {"psnr_db": round(float(mean[0]), 2), "sharpness": round(float(mean[1]), 3)}
        for name, mean in means.items()
    }
    print(json.dumps({"images": len(rows), "scale": scale, **figures}, indent=2))


def _measure(image: np.ndarray, scale: int, enlarger: Enlarger) -> dict[str, tuple[float, float]]:
    high = crop_to_multiple(image, scale)
    small = shrink_to_uint8(high, scale)
    size, target = small.shape[:2], high.shape[:2]
    bicubic = np.clip(imresize(small.astype(np.float32), scale) + 0.5, 0, 255).astype(np.uint8)
    results = {
        "sesr": np.concatenate(list(enlarger.bands(small, Sizing(float(scale))))),
        "bicubic": bicubic,
        "lanczos": np.concatenate(list(resize_bands(iter([small]), size, target))),
    }
    reference = reference_luma(high)
    lumas = {name: reference_luma(result) for name, result in results.items()}
    return {
        name: (psnr(luma, reference, scale), _energy(luma) / _energy(reference))
        for name, luma in lumas.items()
    }


def _energy(luma: np.ndarray) -> float:
    return sum(float(np.square(np.diff(luma, axis=axis)).sum()) for axis in (0, 1))


if __name__ == "__main__":
    main()
