"""Measure time and memory of `sesr upscale` on one large photograph, format by format.

    python benchmarks/speed/large_image.py [PHOTOGRAPH] --megapixels 100 --formats png tiff jpg

The photograph is mirrored until it has the size, and saved as JPEG, PNG and 16-bit PNG.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from sample import SAMPLE, fill_frame


def main() -> None:
    """Parse the command line, measure, print a line of JSON a case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photograph", type=Path, nargs="?", default=SAMPLE)
    parser.add_argument("--megapixels", type=float, default=100)
    parser.add_argument("--formats", nargs="+", default=["png", "tiff", "jpg"])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for path in _sources(arguments.photograph, arguments.megapixels, Path(folder)):
            for kind in arguments.formats:
                print(json.dumps(_measure(path, kind)), flush=True)


def _sources(photograph: Path, megapixels: float, folder: Path) -> list[Path]:
    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    filled = fill_frame(photograph, round(height * 1.5), height)
    eight, sixteen = folder / "photo.jpg", folder / "deep.png"
    Image.fromarray(filled).save(eight, quality=92)
    cv2.imwrite(str(sixteen), filled[..., ::-1].astype(np.uint16) * 257)
    return [eight, sixteen]


def _measure(path: Path, kind: str) -> dict[str, object]:
    """A process of its own for each, since the largest memory is that of all children."""
    target = path.with_name(f"out.{kind}")
    script = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-m", "sesr_app", "upscale", str(path), "-o", str(target)]
    command += ["--overwrite", "--quiet"]
    began = time.perf_counter()
    run = subprocess.run(
        [sys.executable, "-c", script, *command], check=True, capture_output=True, text=True
    )
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return {
        "input": path.name,
        "output": target.name,
        "seconds": round(time.perf_counter() - began, 1),
        "peak_memory_mb": round(int(run.stdout.split()[-1]) / unit),
        "output_mb": round(target.stat().st_size / 1e6),
    }


if __name__ == "__main__":
    main()
