"""`sesr evaluate`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sesr.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sesr.color import FloatImage
    from sesr.evaluation import Scores
    from sesr_app.progress import Advance


@click.command
@click.argument(
    "folders", nargs=-1, required=True, metavar="DIR...", type=click.Path(path_type=Path)
)
@click.option(
    "--model",
    "model",
    default="M5",
    show_default=True,
    help="A model of `sesr models`, or a .tflite or .keras file.",
)
@click.option("--scale", "scale", default=2, show_default=True, help="2 or 4.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--update-card", "update_card", is_flag=True, help="Write the scores into the model's card."
)
def evaluate(
    folders: tuple[Path, ...],
    model: str,
    scale: int,
    as_json: bool,
    update_card: bool,
) -> None:
    """Measure PSNR and SSIM of a model on folders of images, beside bicubic.

    The protocol of the literature: images are shrunk by MATLAB's antialiased bicubic, scores
    are taken on Y with the border cut off.
    """
    from sesr.shipped import find_model
    from sesr_app.progress import progress_bar
    from sesr_datasets.image_folder import find_images

    sets = {folder.resolve().name: find_images([folder]) for folder in folders}
    if len(sets) < len(folders):
        raise UsageError("two folders have the same name; evaluate them one by one")
    # A model without a card is found out before the work, not after it.
    carded = find_model(model, scale) if update_card else None
    network = _network(model, scale)
    with progress_bar() as advance:
        scores = {
            name: _score_set(network, name, paths, scale, advance) for name, paths in sets.items()
        }
    if as_json:
        table = {name: asdict(row) for name, row in scores.items()}
        print(json.dumps({"model": model, "scale": scale, "sets": table}, indent=2))
    else:
        _print_table(scores)
    if carded is not None:
        rows = {name: _rounded(row) for name, row in scores.items()}
        card = replace(carded.card, benchmarks={**carded.card.benchmarks, **rows})
        card.save(carded.card_file)
        print(f"updated {carded.card_file}", file=sys.stderr)


def _score_set(
    network: Callable[[FloatImage], FloatImage],
    name: str,
    paths: list[Path],
    scale: int,
    advance: Advance,
) -> Scores:
    from sesr.evaluation import evaluate as score
    from sesr_datasets.image_folder import read_image

    images = ((str(path), read_image(path)) for path in paths)
    return score(network, images, scale, lambda done: advance(name, done, len(paths)))


def _network(model: str, scale: int) -> Callable[[FloatImage], FloatImage]:
    """The luma network behind a name or a file."""
    if Path(model).suffix == ".keras":
        return _keras_network(Path(model), scale)
    from sesr.upscaler import Upscaler
    from sesr_app.quiet import quiet_native_logs

    with quiet_native_logs():
        return Upscaler(model=model, scale=scale).luma


def _keras_network(path: Path, scale: int) -> Callable[[FloatImage], FloatImage]:
    from sesr_app.extras import require

    require("evaluating a .keras file", "train", ["keras", "tensorflow"])
    import numpy as np

    from sesr.network.load import load_network
    from sesr.network.model import UNCLIPPED

    network = load_network(path)
    model_scale, channels = network.get_layer(UNCLIPPED).scale, network.input_shape[-1]
    if model_scale != scale:
        raise UsageError(f"{path}: this model is for x{model_scale}; received scale {scale}")
    if channels != 1:
        raise UsageError(f"{path}: evaluation takes models of the Y channel; this one is RGB")

    def run(luma: FloatImage) -> FloatImage:
        output = network.predict_on_batch(luma[np.newaxis, ..., np.newaxis])
        return np.asarray(output[0, ..., 0], np.float32)

    return run


def _rounded(scores: Scores) -> dict[str, float]:
    return {
        "images": scores.images,
        "psnr": round(scores.psnr, 3),
        "ssim": round(scores.ssim, 4),
        "bicubic_psnr": round(scores.bicubic_psnr, 3),
        "bicubic_ssim": round(scores.bicubic_ssim, 4),
    }


def _print_table(scores: dict[str, Scores]) -> None:
    width = max(len(name) for name in (*scores, "set"))
    print(f"{'set':{width}}  images   PSNR    SSIM   bicubic PSNR    SSIM")
    for name, row in scores.items():
        print(
            f"{name:{width}}  {row.images:6d}  {row.psnr:5.2f}  {row.ssim:.4f}"
            f"          {row.bicubic_psnr:5.2f}  {row.bicubic_ssim:.4f}"
        )
