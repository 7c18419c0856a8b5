"""`sesr upscale`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sesr.errors import UsageError

if TYPE_CHECKING:
    from sesr_app.upscale.enlarge import Outcome


BATCH_TILE = 320


@click.command
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "-o",
    "--output",
    help="File to write, a folder, or - for a pipe. Default: photo_x2.png beside "
    "photo.png, photos_x2/ beside a folder photos/.",
)
@click.option(
    "--scale",
    type=int,
    help="How many times larger: 2 or 4. [default: 2, or what a size needs]",
)
@click.option("--width", type=int, help="Largest width of the result.")
@click.option("--height", type=int, help="Largest height of the result.")
@click.option("--max-side", type=int, help="Largest side of the result.")
@click.option("-r", "--recursive", is_flag=True, help="Folders of folders too, mirrored.")
@click.option("--overwrite", is_flag=True, help="Replace existing files.")
@click.option("--skip-existing", is_flag=True, help="Pass over images whose result exists.")
@click.option(
    "--format",
    "format_",
    help="png, jpg, webp, tiff, avif, bmp or gif. [default: that of the input]",
)
@click.option(
    "--quality",
    type=click.IntRange(min=1, max=100),
    help="Of jpg, webp and avif. [default: 95; avif 90]",
)
@click.option("--lossless", is_flag=True, help="The lossless mode of webp and avif.")
@click.option(
    "--name",
    default="{stem}_{target}",
    show_default=True,
    help="Names of results, from {stem}, {target}, {model} and {ext}.",
)
@click.option("--strip", is_flag=True, help="Drop EXIF, XMP, DPI and notes; colours stay right.")
@click.option("--background", help="Colour under transparency where the format has none.")
@click.option(
    "--model",
    default="M5",
    show_default=True,
    help="A model of `sesr models`, or a path from `sesr train`.",
)
@click.option("--engine", default="litert", show_default=True, help="litert, openvino or keras.")
@click.option("--precision", default="auto", show_default=True, help="auto, float32 or bfloat16.")
@click.option("--threads", type=click.IntRange(min=1), help="CPU threads. [default: all cores]")
@click.option(
    "--max-megapixels",
    default=250.0,
    show_default=True,
    help="Refuse larger images, which may be decompression bombs.",
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON an image.")
@click.option("-q", "--quiet", is_flag=True, help="Print failures only.")
def upscale(
    inputs: tuple[str, ...],
    output: str | None,
    scale: int | None,
    width: int | None,
    height: int | None,
    max_side: int | None,
    recursive: bool,
    overwrite: bool,
    skip_existing: bool,
    format_: str | None,
    quality: int | None,
    lossless: bool,
    name: str,
    strip: bool,
    background: str | None,
    model: str,
    engine: str,
    precision: str,
    threads: int | None,
    max_megapixels: float,
    as_json: bool,
    quiet: bool,
) -> None:
    """Upscale images two or four times.

    Gray, RGB, alpha, 16 bits, animations, colour profile, EXIF, XMP and DPI are kept. An image
    that fails is reported and the rest goes on; the exit code is then 1. Killed and run again
    with --skip-existing, it goes on where it was.
    """
    from sesr_app.upscale.memory import keep_freed_memory

    keep_freed_memory()
    from sesr_app.terminal.progress import no_progress, progress_bar
    from sesr_app.upscale.batch import Batch
    from sesr_app.upscale.enlarge import Settings, Upscalers, parse_background
    from sesr_app.upscale.inputs import find_sources
    from sesr_app.upscale.outputs import Naming, named_format, plan_jobs
    from sesr_app.upscale.sizing import Sizing

    if overwrite and skip_existing:
        raise UsageError("--overwrite and --skip-existing exclude each other; give one of them")
    sizing = Sizing(scale, width, height, max_side)
    label = Path(model).stem if Path(model).suffix else model
    naming = Naming(sizing.label, label, name, named_format(format_), overwrite, skip_existing)
    settings = Settings(
        sizing, quality, lossless, strip, parse_background(background), max_megapixels
    )
    folder = Path(output) if output not in (None, "-") else None
    jobs = plan_jobs(find_sources(inputs, recursive=recursive, apart_from=folder), output, naming)
    # Several images share what is prepared for a tile, so a larger one pays.
    tile = BATCH_TILE if len(jobs) > 1 else None
    upscalers = Upscalers(model, threads=threads, engine=engine, precision=precision, tile=tile)
    failures: list[Outcome] = []
    with (no_progress if quiet else progress_bar)() as advance:
        for outcome in Batch(jobs, upscalers, settings, advance).run():
            _print(outcome, as_json=as_json, quiet=quiet)
            if outcome.status == "failed":
                failures.append(outcome)
    if failures:
        if len(jobs) > 1:
            listed = ", ".join(failure.job.source.name for failure in failures)
            print(f"sesr: {len(failures)} of {len(jobs)} images failed: {listed}", file=sys.stderr)
        raise SystemExit(1)


def _print(outcome: Outcome, *, as_json: bool, quiet: bool) -> None:
    job = outcome.job
    for warning in outcome.warnings:
        print(f"sesr: warning: {job.source.name}: {warning}", file=sys.stderr)
    if outcome.status == "failed":
        print(f"sesr: {outcome.error}", file=sys.stderr)
    if job.target is None:
        return
    if as_json:
        line = {
            "input": job.source.name,
            "output": str(job.target),
            "status": outcome.status,
            "width": outcome.width,
            "height": outcome.height,
            "seconds": round(outcome.seconds, 3),
            "warnings": outcome.warnings,
            "error": outcome.error,
        }
        print(json.dumps(line), flush=True)
    elif outcome.status == "ok" and not quiet:
        print(f"{job.target} {outcome.width}x{outcome.height}", flush=True)
