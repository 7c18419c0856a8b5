"""`sesr upscale`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sesr.errors import SesrError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sesr.upscaler import Upscaler


def upscale(
    inputs: Annotated[list[Path], typer.Argument(help="Image files.", metavar="INPUT...")],
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            help="File to write, or a folder. Default: photo_x2.png beside photo.png.",
        ),
    ] = None,
    scale: Annotated[int, typer.Option(help="How many times larger: 2 or 4.")] = 2,
    model: Annotated[
        str, typer.Option(help="A model of `sesr models`, or a path from `sesr train`.")
    ] = "M5",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")] = False,
) -> None:
    """Upscale images two or four times.

    The format of the output follows its suffix: png, jpg, webp, bmp or tiff. An image that
    fails is reported and the rest goes on; the exit code is then 1.
    """
    from sesr.upscaler import Upscaler
    from sesr_app.outputs import plan_outputs
    from sesr_app.quiet import quiet_native_logs

    with quiet_native_logs():
        upscaler = Upscaler(model=model, scale=scale)
    planned = plan_outputs(inputs, output, scale, overwrite)
    failures = _upscale_files(upscaler, planned)
    if failures:
        if len(planned) > 1:
            print(f"sesr: {failures} of {len(planned)} images failed", file=sys.stderr)
        raise typer.Exit(1)


def _upscale_files(upscaler: Upscaler, planned: dict[Path, Path]) -> int:
    """Upscale one file after the other; how many failed."""
    from sesr_app.progress import progress_bar

    failures = 0
    with progress_bar() as advance:
        for index, (path, target) in enumerate(planned.items()):

            def report(done: int, total: int, path: Path = path, index: int = index) -> None:
                advance(path.name, index + done / total, len(planned))

            try:
                _upscale_file(upscaler, path, target, report)
            except SesrError as error:
                print(f"sesr: {error}", file=sys.stderr)
                failures += 1
    return failures


def _upscale_file(
    upscaler: Upscaler, path: Path, target: Path, report: Callable[[int, int], None]
) -> None:
    from sesr_app.images import Picture, read_picture, write_picture

    picture = read_picture(path)
    pixels = upscaler(picture.pixels, report)
    write_picture(target, Picture(pixels, picture.icc_profile))
    height, width = pixels.shape[:2]
    print(f"{target} {width}x{height}")
