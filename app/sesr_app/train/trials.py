"""Every combination of some settings, each as the run that `sesr train` would make of it."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import click

from sesr.errors import UsageError, did_you_mean
from sesr_app.terminal.config_options import is_given
from sesr_app.train.job import TrainingJob

_OF_THE_SWEEP = ("--cluster", "--sweep", "--early-stop", "--worker-cpus")
_NOT_COMPARED = ("--scale", "--output", "--validation", *_OF_THE_SWEEP)
"""PSNR on other images, or at another scale, says nothing about the network."""

_HOLD_COMMAS = ("--data", "--shrink")
_LONGEST = 80
"""Of the name of a folder, in characters."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of a sweep.

    Attributes:
        name: of its folder in that of the sweep.
        settings: those that are swept, as they were written.
        command: that makes the same run alone.
        job: the run.
    """

    name: str
    settings: dict[str, str]
    command: str
    job: TrainingJob


def plan_trials(
    context: click.Context,
    sweeps: Sequence[str],
    output: Path,
    made: Callable[[click.Context], TrainingJob],
) -> list[Trial]:
    """The runs of a sweep; wrong values are found here, before any work.

    Args:
        context: of the command with all else that was given.
        sweeps: settings with their values, such as "model=M3,M5".
        output: folder of the sweep.
        made: makes a run of a command line.

    Raises:
        UsageError: there is no such setting, or it cannot have such a value.
    """
    axes = dict(_axis(context.command, text) for text in sweeps)
    if len(axes) < len(sweeps):
        raise UsageError("--sweep names a setting twice; put all its values into one: seed=0,1,2")
    words = _words(context, {*axes, "--output", *_OF_THE_SWEEP})
    trials = []
    for values in product(*axes.values()):
        settings = dict(zip(axes, values, strict=True))
        name = folder_name(settings)
        swept = [word for pair in settings.items() for word in pair]
        line = [*words, *swept, "-o", str(output / name)]
        with context.command.make_context("train", list(line)) as alone:
            job = made(alone)
        plain = {flag.removeprefix("--"): value for flag, value in settings.items()}
        trials.append(Trial(name, plain, shlex.join(["sesr", "train", *line]), job))
    if len({(trial.job.config.scale, trial.job.config.degradation) for trial in trials}) > 1:
        names = ", ".join(flag.removeprefix("--") for flag in axes)
        raise UsageError(
            f"--sweep {names}: runs that differ in scale or degradation validate on other images "
            "and cannot be compared by their PSNR: sweep each apart"
        )
    return trials


def folder_name(settings: dict[str, str]) -> str:
    """A name for a folder that tells the settings, and is no other's.

    Example:
        >>> folder_name({"--model": "M3", "--learning-rate": "5e-4"})
        'model-M3_learning-rate-5e-4'
        >>> folder_name({"--data": "bsds500=1,t91=2"})
        'data-bsds500=1,t91=2'
        >>> folder_name({"--start-from": "../m3.keras"})
        'start-from-..-m3.keras_de98'
    """
    plain = "_".join(f"{flag.removeprefix('--')}-{value}" for flag, value in settings.items())
    name = re.sub(r"[^\w.,=+-]", "-", plain)[:_LONGEST]
    return name if name == plain else f"{name}_{hashlib.sha256(plain.encode()).hexdigest()[:4]}"


def _axis(command: click.Command, text: str) -> tuple[str, list[str]]:
    """A flag and its values.

    Raises:
        UsageError: it is no setting, or one that cannot be swept.
    """
    name, equals, rest = text.partition("=")
    flag = f"--{name.strip().removeprefix('--')}"
    options = {option for one in command.params if isinstance(one, click.Option) and not one.is_flag
               for option in one.opts}  # fmt: skip
    if flag in _NOT_COMPARED:
        raise UsageError(f"--sweep {name}: runs that differ in it cannot be compared by their PSNR")
    if flag not in options:
        raise UsageError(
            f"--sweep {text}: there is no setting {name!r}: {did_you_mean(flag, options)}"
            "write a setting of sesr train with its values, such as model=M3,M5"
        )
    mark = ";" if ";" in rest or flag in _HOLD_COMMAS else ","
    values = [value.strip() for value in rest.split(mark)]
    if not equals or not all(values) or len(set(values)) < len(values):
        raise UsageError(
            f"--sweep {text}: needs values, each once: seed=0,1,2, or data=a=1;a=1,b=2"
        )
    return flag, values


def _words(context: click.Context, without: set[str]) -> list[str]:
    """What was given on the command line, but for some options."""
    words: list[str] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        if not is_given(context, name) or without & set(parameter.opts):
            continue
        value = context.params[name]
        values = [str(one) for one in (value if isinstance(value, tuple) else [value])]
        if isinstance(parameter, click.Argument):
            words += values
        elif isinstance(parameter, click.Option) and parameter.is_flag:
            words.append(parameter.opts[-1])
        else:
            words += [word for one in values for word in (parameter.opts[-1], one)]
    return words
