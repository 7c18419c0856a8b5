"""`sesr evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


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
def evaluate(**options: Any) -> None:
    """Measure PSNR and SSIM of a model on folders of images, beside bicubic.

    The protocol of the literature: images are shrunk by MATLAB's antialiased bicubic, scores
    are taken on Y with the border cut off, of RGB networks on the Y of what they make.
    """
    from sesr_app.evaluate.run import EvaluateOptions, run_evaluation

    run_evaluation(EvaluateOptions(**options))
