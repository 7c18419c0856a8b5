"""A recipe beside the settings that it names."""

from __future__ import annotations

from collections.abc import Iterable

import click

from sesr.errors import UsageError


def refuse_settings(context: click.Context, names: Iterable[str]) -> None:
    """Allow no setting beside --recipe: with one changed it is another run, of unknown figure.

    Args:
        context: of the command.
        names: parameters that a recipe sets.

    Raises:
        UsageError: one of them was given on the command line.
    """
    for name in names:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise UsageError(
                f"--recipe names every setting; --{name.replace('_', '-')} cannot be given "
                "beside it: leave one of the two out"
            )
