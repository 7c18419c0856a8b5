"""A folder with what a reader of the site has at hand, all of it small."""

from __future__ import annotations

import csv
from pathlib import Path
from shutil import copy
from typing import Any

import numpy as np
from PIL import Image

from photos import make_photo

ROOT = Path(__file__).parents[2]

CLASSES = ("red", "green", "blue")
SIDE = 32


def fill(folder: Path) -> None:
    """Photographs, a video, a set of labelled pictures and their classifier."""
    _photographs(folder)
    _video(folder / "clip.mp4")
    _labelled(folder)
    _classifier(folder / "net.keras")


def _photographs(folder: Path) -> None:
    """A folder of folders, some to train on, others to choose by, and the shipped one."""
    _save(folder / "holiday.jpg", 90, 120, 1, quality=60)
    _save(folder / "photos" / "beach.jpg", 72, 96, 2, quality=60)
    _save(folder / "photos" / "winter" / "snow.png", 60, 80, 3)
    for seed in range(4, 8):
        _save(folder / "training" / f"{seed}.png", 160, 200, seed)
    for seed in range(8, 10):
        _save(folder / "others" / f"{seed}.png", 128, 160, seed)
    (folder / "samples").mkdir()
    copy(ROOT / "samples" / "guitar.webp", folder / "samples")


def _save(path: Path, height: int, width: int, seed: int, **options: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(make_photo(height, width, seed)).save(path, **options)


def _video(path: Path) -> None:
    import av

    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for seed in range(5):
            frame = av.VideoFrame.from_ndarray(make_photo(48, 64, seed), format="rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode())


def _labelled(folder: Path) -> None:
    """Pictures of three classes by their color."""
    (folder / "pictures").mkdir()
    random = np.random.default_rng(0)
    rows = []
    for index in range(12):
        label = index % len(CLASSES)
        color = np.where(np.arange(3) == label, 150, 110)
        pixels = np.clip(color + random.normal(0, 10, (SIDE, SIDE, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / "pictures" / f"{index:02d}.png")
        rows.append((f"{index:02d}.png", label))
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("image", "label"), *rows])
    (folder / "names.txt").write_text("\n".join(CLASSES) + "\n")


def _classifier(path: Path) -> None:
    import keras

    layers = [
        keras.Input((SIDE, SIDE, 3)),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(len(CLASSES)),
    ]
    model = keras.Sequential(layers)
    model.set_weights([10 * np.eye(3, dtype=np.float32), np.zeros(3, np.float32)])
    model.save(path)
