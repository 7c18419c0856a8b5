"""What the networks for compressed photographs gain, and how often the choice by tables is right.

    python benchmarks/quality/artefacts.py PHOTOS... [--model M5] [--scale 2] [--qualities 50,75]
        [--update-cards]

Photographs are shrunk by MATLAB's bicubic, saved as JPEG (4:2:0, and 4:4:4 for every other one),
opened and enlarged; PSNR on Y in dB against the photograph. A choice counts as wrong where another
network would have been better by more than the tolerance.
"""

from __future__ import annotations

import argparse
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sesr import Upscaler
from sesr.catalog.card import ARTEFACTS
from sesr.catalog.shipped import TrainedModel, find_form, find_model, nearest_form
from sesr.evaluation.metrics import psnr
from sesr.evaluation.protocol import input_luma, reference_luma
from sesr.pixels.imresize import crop_to_multiple, imresize, shrink_to_uint8
from sesr_app.images import open_picture
from sesr_app.upscale.plan.artefacts import artefacts_of
from sesr_datasets.image_folder import find_images, read_rgb

TOLERANCE = 0.05
"""In dB: less is seen by nobody."""


def main() -> None:
    """Print a row a quality, and the share of wrong choices."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--model", default="M5")
    parser.add_argument("--scale", type=int, default=2)
    parser.add_argument("--qualities", default="30,40,50,60,70,75,80,85,88,90,92,94,95,97,100")
    parser.add_argument("--update-cards", action="store_true", help="write the figures down")
    given = parser.parse_args()
    clean = find_model(given.model, given.scale)
    kinds = [name for name in ARTEFACTS if name == "clean" or find_form(clean, name)]
    networks = {name: Upscaler(given.model, given.scale, artefacts=name) for name in kinds}
    photos = [read_rgb(path) for path in find_images(given.photos)]
    print("| q | bicubic | " + " | ".join(kinds) + " | auto | wrong choices |")
    print("|" + "---|" * (len(kinds) + 4))
    wrong = 0
    found = {}
    qualities = [int(text) for text in given.qualities.split(",")]
    for quality in qualities:
        rows = [_row(clean, networks, p, quality, i % 2) for i, p in enumerate(photos)]
        means = np.mean([values for values, _ in rows], axis=0)
        found[str(quality)] = dict(zip(("bicubic", *kinds), means.tolist(), strict=False))
        missed = sum(miss for _, miss in rows)
        wrong += missed
        cells = " | ".join(f"{value:.2f}" for value in means)
        print(f"| {quality} | {cells} | {missed} of {len(photos)} |", flush=True)
    total = len(photos) * len(qualities)
    print(f"wrong by more than {TOLERANCE} dB: {wrong} of {total}, {wrong / total:.1%}")
    if given.update_cards:
        for name in kinds:
            _update_card(given.model, given.scale, name, found)


def _update_card(
    model: str, scale: int, artefacts: str, found: dict[str, dict[str, float]]
) -> None:
    """Write what one network has on its card, quality by quality."""
    trained = find_model(model, scale, artefacts=artefacts)
    figures = {
        quality: {
            "psnr": round(means[artefacts], 3),
            "bicubic_psnr": round(means["bicubic"], 3),
        }
        for quality, means in found.items()
    }
    replace(trained.card, by_quality=figures).save(trained.card_file)


def _row(
    model: TrainedModel,
    networks: dict[str, Upscaler],
    photo: Any,
    quality: int,
    full_chroma: bool,
) -> tuple[list[float], bool]:
    """PSNR of bicubic, every network and the one chosen; whether that choice was wrong."""
    scale = model.card.scale
    high = crop_to_multiple(photo, scale)
    reference = reference_luma(high)
    file = io.BytesIO()
    Image.fromarray(shrink_to_uint8(high, scale)).save(
        file, "JPEG", quality=quality, subsampling=0 if full_chroma else 2
    )
    picture = open_picture(file.getvalue())
    low = next(picture.frames).pixels
    luma = input_luma(low)
    bicubic = psnr(np.clip(imresize(luma, scale), 0, 1), reference, scale)
    scores = {name: psnr(one.luma(luma), reference, scale) for name, one in networks.items()}
    chosen = scores[nearest_form(model, artefacts_of(picture.compression))]
    return [bicubic, *scores.values(), chosen], chosen < max(scores.values()) - TOLERANCE


if __name__ == "__main__":
    main()
