"""`sesr export` and `sesr export verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sesr.errors import UsageError

DEFAULT_TILE = "64x64"

app = typer.Typer(
    help="Export a network to a micro-NPU or a phone, or check such an export.",
    invoke_without_command=True,
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def export(
    context: typer.Context,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder to write.", metavar="DIR")
    ] = None,
    model: Annotated[
        str, typer.Option(help="A model of `sesr models`, or the .keras file of another.")
    ] = "M5",
    scale: Annotated[int, typer.Option(help="2 or 4.")] = 2,
    rgb: Annotated[bool, typer.Option("--rgb", help="The model of RGB, not of Y.")] = False,
    tile: Annotated[
        str | None,
        typer.Option(
            help="Pixels to enlarge at a time, HEIGHTxWIDTH: 64x64 on an NPU, any on a CPU.",
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        str,
        typer.Option(
            help="cpu, ethos-u55-32 to -256, ethos-u65-256, -512, ethos-u85-128 to -2048."
        ),
    ] = "ethos-u55-128",
    system_config: Annotated[
        str | None, typer.Option(help="System configuration of Vela's Arm/vela.ini.")
    ] = None,
    memory_mode: Annotated[str | None, typer.Option(help="Memory mode of the same file.")] = None,
    sram: Annotated[int | None, typer.Option(help="Largest SRAM in KiB.", metavar="KIB")] = None,
    max_loss: Annotated[float, typer.Option(help="Largest loss of int8 in dB.")] = 0.15,
    calibration: Annotated[
        Path | None, typer.Option(help="Photographs to calibrate int8 on.", metavar="DIR")
    ] = None,
    measure: Annotated[
        Path | None, typer.Option(help="Photographs to measure the loss on.", metavar="DIR")
    ] = None,
    defense: Annotated[
        bool, typer.Option("--defense", help="Export RGB super resolution with a classifier.")
    ] = False,
    classifier: Annotated[
        str, typer.Option(help="mobilenet_v2, mobilenet_v3_minimalistic or mobilenet_v1_075.")
    ] = "mobilenet_v2",
    classifier_weights: Annotated[
        str, typer.Option(help="A .weights.h5 file of Keras, or imagenet to download.")
    ] = "imagenet",
    overwrite: Annotated[bool, typer.Option(help="Replace an earlier export.")] = False,
) -> None:
    """Export a network as a folder to flash: int8, compiled, wholly on the NPU, and checked."""
    if context.invoked_subcommand:
        return
    from sesr.export.folder import check_free
    from sesr.export.target import find_target
    from sesr.export.vela import vela_version
    from sesr_app.export_cpu import CpuOptions, export_to_cpu
    from sesr_app.export_defense import DefenseOptions, export_defense
    from sesr_app.export_npu import NpuOptions, export_npu
    from sesr_app.export_source import find_source

    if defense and scale != 2:
        raise UsageError(f"the defence enlarges two times; received scale {scale}")
    if output is None:
        raise UsageError("an export needs a folder to write: -o DIR")
    chosen = None if target == "cpu" else find_target(target, system_config, memory_mode)
    if defense and chosen is None:
        raise UsageError("the defence is exported to an NPU; received target cpu")
    check_free(output, overwrite)
    source = find_source(model, scale, 3 if rgb or defense else 1)
    command = f"sesr export --model {source.name} --scale {scale} --target {target}"
    if chosen is None:
        command += f" --tile {tile}" if tile else ""
        options = CpuOptions(output, tile, calibration, measure, max_loss, command)
        export_to_cpu(source, scale, options)
        return
    vela_version()
    tile = tile or DEFAULT_TILE
    command += f" --system-config {chosen.system} --memory-mode {chosen.memory}"
    command += " --defense" if defense else f" --tile {tile}"
    npu = NpuOptions(output, tile, chosen, calibration, measure, sram, max_loss, command)
    if defense:
        export_defense(source, DefenseOptions(npu, classifier, classifier_weights))
    else:
        export_npu(source, scale, npu)


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="What `sesr export` wrote.", metavar="DIR")],
) -> None:
    """Check an exported folder again: hashes, operators, C arrays and test vectors."""
    from sesr.export.vela import vela_version
    from sesr.export.verify import verify_bundle
    from sesr_app.quiet import quiet_native_logs

    vela_version()
    with quiet_native_logs():
        checks = verify_bundle(folder)
    for line in checks:
        typer.echo(line)
