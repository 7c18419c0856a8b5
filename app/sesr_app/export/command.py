"""`sesr export` and `sesr export verify`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from sesr_app.export.options import ExportOptions, export_options


@click.group(invoke_without_command=True, no_args_is_help=True)
@export_options
@click.pass_context
def export(context: click.Context, /, **values: Any) -> None:
    """Export a network as a folder to flash: int8, compiled, wholly on the NPU, and checked.

    For boards without an NPU, the targets c99 and cortex-m4, -m7 and -m55 give C instead.
    """
    if context.invoked_subcommand:
        return
    from sesr.export.folder import check_free
    from sesr.export.source import find_source

    options = ExportOptions(**values, command=_command(context))
    if not options.on_cpu and not options.in_c:
        options.find_npu()
    check_free(options.output, options.overwrite)
    int8_trained = not options.on_cpu and not options.post_training
    source = find_source(options.model, options.scale, options.channels, int8_trained)
    if options.on_cpu:
        from sesr_app.export.cpu import export_to_cpu

        export_to_cpu(source, options)
    elif options.in_c:
        from sesr_app.export.c99 import export_to_c

        export_to_c(source, options)
    elif options.defense:
        from sesr_app.export.defense import export_defense

        export_defense(source, options)
    else:
        from sesr_app.export.npu import export_to_npu

        export_to_npu(source, options)


def _command(context: click.Context) -> str:
    """What was typed, as far as it decides about the result; of paths only the name."""
    words = ["sesr", "export"]
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        source = context.get_parameter_source(parameter.name or "")
        if parameter.name in ("output", "overwrite") or source is not ParameterSource.COMMANDLINE:
            continue
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
