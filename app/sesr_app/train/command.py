"""`sesr train`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sesr.errors import UsageError
from sesr.training.config import TrainingConfig
from sesr_app.terminal.config_options import PRECISION, beside_recipe, config_options

if TYPE_CHECKING:
    from sesr_app.train.job import TrainingJob

NETWORK = {
    "scale": "2 or 4.",
    "activation": "relu or prelu.",
}
SCHEDULE = {
    "steps": "Optimiser steps in all.",
    "batch_size": "Crops in a step.",
    "crop": "Side of a crop in low-resolution pixels.",
    "learning_rate": "Peak of the schedule.",
}
REST = {
    "ema": "Momentum of the averaged weights.",
    "loss": "l1, l2 or psnr.",
    "precision": PRECISION,
    "quantize": "int8 fine-tunes the network of --start-from while it rounds as in int8; int6 "
    "rounds more coarsely, as a start for int8.",
    "shrink": "0.85,0.7,0.55 trains on copies of the photographs of these sizes as well.",
    "degradation": "jpeg:30-92 trains on photographs compressed at these qualities.",
    "seed": "Seed of weights and data.",
    "dispatch": "Steps handed to the device at a time; more pays on a GPU.",
}
SETTINGS = (*NETWORK, *SCHEDULE, "mixture", *REST)
"""Options that go into the configuration as they are."""


@click.command
@click.argument("photos", nargs=-1, required=True, metavar="PHOTOS...")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder of the run.",
)
@click.option(
    "--validation",
    multiple=True,
    help="Folders of images to choose by (div2k has its own); each is a kind, and all kinds "
    "weigh the same.",
)
@click.option(
    "--exclude",
    multiple=True,
    help='File names to leave out of the training, as a pattern: "test-*".',
)
@click.option(
    "--recipe",
    help="All settings at once, as of the shipped networks: m3_x2_rgb; or gpu_m7_x2_y "
    "and its like, long runs for a GPU (see sesr/training/recipes.py).",
)
@click.option(
    "--model",
    default=TrainingConfig().variant,
    show_default=True,
    help="M2, M3, M5, M7, M11, XL, N5, N7 or FSRCNN.",
)
@config_options(TrainingConfig, NETWORK)
@click.option("--rgb", is_flag=True, help="RGB in and out instead of Y.")
@click.option(
    "--start-from",
    type=click.Path(path_type=Path),
    help="A .keras file to take over every layer that fits from.",
)
@config_options(TrainingConfig, SCHEDULE)
@click.option(
    "--warmup", type=int, help="Steps of linear warm-up. [default: 1000, or a tenth of the steps]"
)
@click.option(
    "--validate-every",
    type=int,
    help="Steps between validations, each with a checkpoint. [default: 1000, or all steps]",
)
@click.option(
    "--data",
    "mixture",
    default="",
    help="Weights of the training sets by the names of their folders, bsds500=1,t91=2; the others "
    "are left out. [default: every pixel of all sets alike]",
)
@config_options(TrainingConfig, REST)
@click.option(
    "--devices",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="GPUs of this machine that share each step (with KERAS_BACKEND=jax).",
)
@click.option(
    "--sweep",
    multiple=True,
    metavar="NAME=VALUES",
    help="Train a network for each value of a setting, seed=0,1,2, and for all combinations where "
    "several are given; on a cluster. Values with commas stand between semicolons.",
)
@click.option(
    "--cluster",
    metavar="auto|HOST:PORT",
    help="The Ray cluster of a sweep: the one this machine is a node of, or by its head.",
)
@click.option(
    "--worker-cpus",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Of every run of a sweep.",
)
@click.option(
    "--early-stop/--no-early-stop",
    default=True,
    show_default=True,
    help="Stop the runs of a sweep that are behind after a ninth and a third of the steps.",
)
@click.pass_context
def train(context: click.Context, /, sweep: tuple[str, ...], **given: Any) -> None:
    """Train a network, or go on with a run that was stopped.

    PHOTOS are folders of photographs, each a set of its own, or a folder of such folders.

    Started again with the same settings and output folder, a run continues from its last
    checkpoint, with the same schedule and the same data. The folder ends up with the best
    network as .keras (to train on), as .tflite (for `sesr upscale --model`) and its card, and
    the course of the training as log.csv.

    A sweep has such a folder for every run, and sweep.json with all of them, best first.
    """
    from sesr_app.terminal.extras import require

    require("sesr train", "train", ["keras", "tensorflow"])
    if bool(sweep) != bool(given["cluster"]):
        raise UsageError(
            "--sweep and --cluster belong together: --cluster auto --sweep seed=0,1,2; "
            "one run alone needs neither"
        )
    if not sweep:
        click.echo(_job(context).run())
        return
    from sesr_app.train.sweep import Sweep
    from sesr_app.train.trials import plan_trials

    trials = plan_trials(context, sweep, given["output"], _job)
    which = ("output", "cluster", "worker_cpus", "early_stop")
    click.echo(Sweep(trials, **{name: given[name] for name in which}).run())


def _job(context: click.Context) -> TrainingJob:
    """The run of a command line."""
    from sesr_app.train.job import TrainingJob, find_settings, made_settings

    given = context.params
    if given["recipe"] is not None:
        other = beside_recipe(context, (*SETTINGS, "model", "rgb", "warmup", "validate_every"))
        config, start = find_settings(given["recipe"], given["start_from"])
        config = replace(config, **other)
    else:
        config, start = made_settings(given, SETTINGS), given["start_from"]
    return TrainingJob(
        given["photos"],
        given["validation"],
        given["exclude"],
        given["output"],
        config,
        start,
        given["devices"],
    )
