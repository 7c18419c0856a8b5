"""`sesr evaluate`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sesr.errors import UsageError

if TYPE_CHECKING:
    from sesr.evaluation.forms import Candidate
    from sesr.evaluation.panels import Detail
    from sesr.evaluation.protocol import Scores
    from sesr.reporting.progress import Advance


@click.command
@click.argument(
    "folders", nargs=-1, required=True, metavar="DIR...", type=click.Path(path_type=Path)
)
@click.option(
    "--model",
    default="M5",
    show_default=True,
    help="A model of `sesr models`, or a .tflite or .keras file.",
)
@click.option("--scale", default=2, show_default=True, help="2 or 4.")
@click.option("--rgb", is_flag=True, help="The network for RGB, where there is one for Y too.")
@click.option(
    "--form",
    help="litert (default), collapsed or keras: the file that runs, or the Keras network "
    "collapsed or as it was trained. An int8 .tflite file is given as --model.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--update-card", is_flag=True, help="Write the scores into the model's card.")
@click.option(
    "--picture",
    type=click.Path(path_type=Path),
    help="Also write this picture: a detail of the first image, side by side.",
)
@click.option(
    "--detail",
    help="LEFT,TOP,WIDTH,HEIGHT of that detail; by default where bicubic errs most.",
)
def evaluate(
    folders: tuple[Path, ...],
    model: str,
    scale: int,
    rgb: bool,
    form: str | None,
    as_json: bool,
    update_card: bool,
    picture: Path | None,
    detail: str | None,
) -> None:
    """Measure PSNR and SSIM of a model on folders of images, beside bicubic.

    The protocol of the literature: images are shrunk by MATLAB's antialiased bicubic, scores
    are taken on Y with the border cut off, of RGB networks on the Y of what they make.
    """
    from sesr.catalog.shipped import find_model
    from sesr_app.terminal.progress import progress_bar
    from sesr_datasets.image_folder import find_images

    sets = {folder.resolve().name: find_images([folder]) for folder in folders}
    if len(sets) < len(folders):
        raise UsageError("two folders have the same name; evaluate them one by one")
    window = _parse_detail(detail)
    channels = 3 if rgb else None
    # A model without a card is found out before the work, not after it.
    carded = find_model(model, scale, channels) if update_card else None
    candidate = _open(model, scale, channels, form)
    if picture is not None:
        first = next(iter(sets.values()))[0]
        _write_picture(candidate, first, scale, window, picture)
    with progress_bar() as advance:
        scores = {
            name: _score_set(candidate, name, paths, scale, advance) for name, paths in sets.items()
        }
    if as_json:
        print(json.dumps(_report(model, scale, candidate, scores), indent=2))
    else:
        _print_table(scores)
    if carded is not None:
        rows = {name: _rounded(row) for name, row in scores.items()}
        card = replace(carded.card, benchmarks={**carded.card.benchmarks, **rows})
        card.save(carded.card_file)
        print(f"updated {carded.card_file}", file=sys.stderr)


def _open(model: str, scale: int, channels: int | None, form: str | None) -> Candidate:
    from sesr.evaluation.forms import open_candidate
    from sesr_app.terminal.extras import require
    from sesr_app.terminal.quiet import quiet_native_logs

    if form in ("collapsed", "keras") or Path(model).suffix == ".keras":
        require("evaluating a Keras network", "train", ["keras", "tensorflow"])
    with quiet_native_logs():
        return open_candidate(model, scale, channels, form)


def _parse_detail(text: str | None) -> Detail | None:
    if text is None:
        return None
    try:
        left, top, width, height = (int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(
            f"--detail takes LEFT,TOP,WIDTH,HEIGHT in pixels; received {text!r}"
        ) from None
    return left, top, width, height


def _write_picture(
    candidate: Candidate, image: Path, scale: int, detail: Detail | None, target: Path
) -> None:
    from sesr.evaluation.panels import compare, write_panels
    from sesr_datasets.image_folder import read_image

    write_panels(target, compare(candidate, read_image(image), scale, detail))
    print(f"wrote {target}, of {image.name}", file=sys.stderr)


def _score_set(
    candidate: Candidate, name: str, paths: list[Path], scale: int, advance: Advance
) -> Scores:
    from sesr.evaluation.protocol import evaluate as score
    from sesr_datasets.image_folder import read_image

    images = ((str(path), read_image(path)) for path in paths)
    return score(
        candidate.run,
        images,
        scale,
        lambda done: advance(name, done, len(paths)),
        channels=candidate.channels,
    )


def _report(
    model: str, scale: int, candidate: Candidate, scores: dict[str, Scores]
) -> dict[str, Any]:
    """Everything that a table or a plot of several such reports needs."""
    card = candidate.card
    return {
        "model": model,
        "form": candidate.form,
        "scale": scale,
        "channels": candidate.channels,
        "variant": card and card.variant,
        "parameters": card and card.parameters,
        "macs_720p": card and card.macs_720p,
        "sets": {name: asdict(row) for name, row in scores.items()},
    }


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
