"""`sesr export` and `sesr export verify`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from sesr_app.export.options import ExportOptions, export_options
from sesr_app.terminal.config_options import is_given, refuse_before_subcommand


@click.group(invoke_without_command=True, no_args_is_help=True)
@export_options
@click.pass_context
def export(context: click.Context, /, **values: Any) -> None:
    """Export a network as a folder to flash: int8, compiled, wholly on the NPU, and checked.

    For boards without an NPU, the targets c99 and cortex-m4, -m7 and -m55 give C instead.
    """
    if context.invoked_subcommand:
        refuse_before_subcommand(context)
        return
    from sesr_app.export.run import export_network

    export_network(ExportOptions(**values, command=_command(context)))


def parse_export(words: Sequence[str]) -> ExportOptions:
    """What a command line asks for, its words without `sesr export`."""
    context = export.make_context("sesr export", list(words))
    return ExportOptions(**context.params, command=_command(context))


def _command(context: click.Context) -> str:
    """What was typed, as far as it decides about the result; of paths only the name."""
    words = ["sesr", "export"]
    for parameter in context.command.params:
        name = parameter.name or ""
        if name in ("output", "overwrite") or not is_given(context, name):
            continue
        value = context.params[name]
        words.append(parameter.opts[0])
        if value is not True:
            words.append(Path(str(value)).name)
    return shlex.join(words)


@export.command
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def verify(folder: Path) -> None:
    """Check an exported folder again: hashes, operators, C arrays and test vectors."""
    from sesr.export.npu.vela import vela_version
    from sesr_app.export.verify import verify_export
    from sesr_app.terminal.quiet import quiet_native_logs

    vela_version()
    with quiet_native_logs():
        checks = verify_export(folder)
    for line in checks:
        click.echo(line)
