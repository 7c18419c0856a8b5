"""Options of a command that are the fields of a configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

import click

from sesr.errors import UsageError

PRECISION = "float32 or bfloat16, for processors that have it; goes with --recipe too."
"""Help of what every training has, and what alone goes beside its recipe."""

Command = TypeVar("Command", bound=Callable[..., Any])


def config_options(config: type[Any], helps: Mapping[str, str]) -> Callable[[Command], Command]:
    """Give a command an option for each of some fields, with the field's own default.

    Args:
        config: a frozen dataclass of numbers and texts.
        helps: what the fields are, by their names, in the order of the help.
    """
    defaults = {field.name: field.default for field in fields(config)}

    def decorate(command: Command) -> Command:
        for name, text in reversed(list(helps.items())):
            default, shown = defaults[name], defaults[name] != ""
            flag = f"--{name.replace('_', '-')}"
            command = click.option(flag, default=default, show_default=shown, help=text)(command)
        return command

    return decorate


def is_given(context: click.Context, name: str) -> bool:
    """Whether a parameter stands on the command line."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def beside_recipe(context: click.Context, names: Iterable[str]) -> dict[str, Any]:
    """What replaces settings of a recipe: the precision at most, which goes by the processor.

    Args:
        context: of the command.
        names: parameters that a recipe sets.

    Raises:
        UsageError: another of them was given: with one changed it is another run, of unknown
            figure.
    """
    flags = {one.name: one.opts[-1] for one in context.command.params}
    given = [name for name in names if is_given(context, name)]
    for name in given:
        if name != "precision":
            raise UsageError(
                f"--recipe names every setting; {flags[name]} cannot be given beside it: leave "
                "one of the two out"
            )
    return {name: context.params[name] for name in given}


def refuse_before_subcommand(context: click.Context) -> None:
    """Allow no option of a group before one of its commands, which would not hear of it.

    Raises:
        UsageError: one was given there.
    """
    for parameter in context.command.params:
        if is_given(context, parameter.name or ""):
            inner = context.invoked_subcommand
            raise UsageError(
                f"{parameter.opts[-1]} stands before {inner}, which would not hear of it: write "
                f"{context.command_path} {inner} {parameter.opts[-1]} ..., if it has that option"
            )
