"""`sesr bench`."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path

import click

from sesr.errors import MissingExtraError, UsageError

SMALLEST_SIDE = 16


@click.command
@click.option(
    "--model",
    "models",
    multiple=True,
    default=("M5",),
    show_default=True,
    help="A model of `sesr models`, or a path from `sesr train`; more of them, one by one.",
)
@click.option("--scale", "scale", default=2, show_default=True, help="2 or 4.")
@click.option("--size", "size", default="960x540", show_default=True, help="Of the input.")
@click.option(
    "--runs",
    "runs",
    type=click.IntRange(min=1),
    default=9,
    show_default=True,
    help="Of each kind, fewer for contenders that take seconds; the median counts.",
)
@click.option(
    "--images",
    "images",
    type=click.Path(path_type=Path),
    help="Folder of photographs to measure the PSNR on.",
)
@click.option(
    "--peers",
    "peers",
    type=click.Path(path_type=Path),
    help="Folder of OpenCV's networks: FSRCNN_x2.pb, ESPCN_x2.pb, LapSRN_x2.pb.",
)
@click.option(
    "--plot",
    "plot",
    type=click.Path(path_type=Path),
    help="Draw quality against speed into a PNG file; needs --images.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def bench(
    models: tuple[str, ...],
    scale: int,
    size: str,
    runs: int,
    images: Path | None,
    peers: Path | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Measure speed, memory and quality on this machine, beside other upscalers.

    This project's engines, bicubic, ONNX Runtime and OpenCV's networks enlarge the same image,
    each in a process of its own; what is not installed gets a row that says how to bring it.
    """
    from sesr.catalog.shipped import find_model
    from sesr.engine.litert import LiteRTNetwork
    from sesr_app.bench.entries import peer_entries
    from sesr_app.bench.plot import save_plot
    from sesr_app.bench.run import Benchmark
    from sesr_app.terminal.progress import progress_bar
    from sesr_app.terminal.quiet import quiet_native_logs
    from sesr_datasets.image_folder import find_images

    # Whatever can be found out before the work is.
    found = [(model, find_model(model, scale)) for model in models]
    for model, trained in found:
        if trained.card.channels != 1:
            raise UsageError(
                f"{model}: the benchmark takes models of the Y channel; this one is RGB"
            )
        with quiet_native_logs():
            LiteRTNetwork(trained.litert, threads=1)
    _check_plot(plot, images)
    benchmark = Benchmark(
        found,
        peer_entries(peers, scale),
        _parse_size(size),
        runs,
        find_images([images]) if images else [],
    )
    with progress_bar(lines=True) as advance:
        report = benchmark.run(advance)
    # Printed first, so that a plot that cannot be written costs no figures.
    print(json.dumps(report.as_json(), indent=2) if as_json else report.table(), flush=True)
    if plot is not None:
        save_plot(report, plot)


def _check_plot(plot: Path | None, images: Path | None) -> None:
    if plot is None:
        return
    if images is None:
        raise UsageError("--plot draws quality against speed; give --images DIR for the quality")
    if plot.suffix.lower() != ".png":
        raise UsageError(f"{plot}: --plot writes a PNG file; end the name in .png")
    if not plot.parent.is_dir():
        raise UsageError(f"{plot}: its folder does not exist; make it first")
    if find_spec("matplotlib") is None:
        raise MissingExtraError("--plot", "bench")


def _parse_size(text: str) -> tuple[int, int]:
    """Width and height of "960x540"."""
    match = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", text)
    sides = [int(side) for side in match.groups()] if match else [0, 0]
    if min(sides) < SMALLEST_SIDE:
        raise UsageError(
            f"--size is WIDTHxHEIGHT of the input, such as 960x540, at least {SMALLEST_SIDE} a "
            f"side; received {text!r}"
        )
    return sides[0], sides[1]
