"""A model measured on folders of images, from the options to what is printed."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sesr.catalog.shipped import TrainedModel, find_model
from sesr.errors import UsageError
from sesr.evaluation.forms import Candidate, open_candidate
from sesr.evaluation.panels import Detail, compare, write_panels
from sesr.evaluation.protocol import Scores
from sesr.evaluation.protocol import evaluate as score
from sesr.reporting.progress import Advance
from sesr_app.terminal.extras import require
from sesr_app.terminal.progress import progress_bar
from sesr_app.terminal.quiet import quiet_native_logs
from sesr_datasets.image_folder import find_images, read_image


@dataclass(frozen=True, slots=True)
class EvaluateOptions:
    """The options of `sesr evaluate` under their own names; its help explains each."""

    folders: tuple[Path, ...]
    model: str = "M5"
    scale: int = 2
    rgb: bool = False
    form: str | None = None
    as_json: bool = False
    update_card: bool = False
    picture: Path | None = None
    detail: str | None = None

    @property
    def channels(self) -> int | None:
        """Those of the network, if they were asked for."""
        return 3 if self.rgb else None


def run_evaluation(options: EvaluateOptions) -> None:
    """Measure, print, and write what else was asked for.

    Raises:
        SesrError: something is wrong with the model, the images or the options.
    """
    sets = {folder.resolve().name: find_images([folder]) for folder in options.folders}
    if len(sets) < len(options.folders):
        raise UsageError("two folders have the same name; evaluate them one by one")
    window = _parse_detail(options.detail)
    scale = options.scale
    # A model without a card is found out before the work, not after it.
    carded = find_model(options.model, scale, options.channels) if options.update_card else None
    candidate = _open(options)
    if options.picture is not None:
        first = next(iter(sets.values()))[0]
        _write_picture(candidate, first, scale, window, options.picture)
    with progress_bar() as advance:
        scores = {
            name: _score_set(candidate, name, paths, scale, advance) for name, paths in sets.items()
        }
    if options.as_json:
        print(json.dumps(_report(options, candidate, scores), indent=2))
    else:
        _print_table(scores)
    if carded is not None:
        _update_card(carded, scores)


def _open(options: EvaluateOptions) -> Candidate:
    if options.form in ("collapsed", "keras") or Path(options.model).suffix == ".keras":
        require("evaluating a Keras network", "train", ["keras", "tensorflow"])
    with quiet_native_logs():
        return open_candidate(options.model, options.scale, options.channels, options.form)


def _update_card(model: TrainedModel, scores: dict[str, Scores]) -> None:
    rows = {name: _rounded(row) for name, row in scores.items()}
    card = replace(model.card, benchmarks={**model.card.benchmarks, **rows})
    card.save(model.card_file)
    print(f"updated {model.card_file}", file=sys.stderr)


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
    write_panels(target, compare(candidate, read_image(image), scale, detail))
    print(f"wrote {target}, of {image.name}", file=sys.stderr)


def _score_set(
    candidate: Candidate, name: str, paths: list[Path], scale: int, advance: Advance
) -> Scores:
    images = ((str(path), read_image(path)) for path in paths)
    return score(
        candidate.run,
        images,
        scale,
        lambda done: advance(name, done, len(paths)),
        channels=candidate.channels,
    )


def _report(
    options: EvaluateOptions, candidate: Candidate, scores: dict[str, Scores]
) -> dict[str, Any]:
    """Everything that a table or a plot of several such reports needs."""
    card = candidate.card
    return {
        "model": options.model,
        "form": candidate.form,
        "scale": options.scale,
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
