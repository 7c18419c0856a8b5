"""`sesr bench`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sesr.catalog.choice import DEFAULT_CHOICE


@click.command
@click.option(
    "--model",
    "models",
    multiple=True,
    default=(DEFAULT_CHOICE.model,),
    show_default=True,
    help="A model of `sesr models`, or a path from `sesr train`; more of them, one by one.",
)
@click.option(
    "--family",
    is_flag=True,
    help="Every model of the package for Y, on LiteRT in float32 and int8, in place of --model.",
)
@click.option("--scale", default=2, show_default=True, help="2 or 4.")
@click.option("--size", default="960x540", show_default=True, help="Of the input.")
@click.option(
    "--runs",
    type=click.IntRange(min=1),
    default=9,
    show_default=True,
    help="Of each kind, fewer for contenders that take seconds; the median counts.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=600.0,
    show_default=True,
    help="Seconds for each contender; one that takes longer is reported and the rest goes on.",
)
@click.option(
    "--images",
    type=click.Path(path_type=Path),
    help="Folder of photographs to measure the PSNR on.",
)
@click.option(
    "--peers",
    type=click.Path(path_type=Path),
    help="Folder of OpenCV's networks: FSRCNN_x2.pb, ESPCN_x2.pb, LapSRN_x2.pb.",
)
@click.option(
    "--plot",
    type=click.Path(path_type=Path),
    help="Draw quality against speed into a PNG file; needs --images.",
)
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    help="Write everything into one HTML file that opens anywhere.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print JSON: the machine, and all figures of each contender, times in seconds.",
)
def bench(**options: Any) -> None:
    """Measure speed, memory and quality on this machine, beside other upscalers.

    This project's engines, bicubic, ONNX Runtime and OpenCV's networks enlarge the same image,
    each in a process of its own; what is not installed gets a row that says how to bring it.
    """
    from sesr_app.bench.options import BenchOptions
    from sesr_app.bench.run import run_benchmark

    run_benchmark(BenchOptions(**options))
