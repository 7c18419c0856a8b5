"""`sesr export` and `sesr export verify`."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
from click.core import ParameterSource

from sesr.errors import UsageError

DEFAULT_TILE = "64x64"


@click.group(invoke_without_command=True, no_args_is_help=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder to write.")
@click.option(
    "--model",
    default="M5",
    show_default=True,
    help="A model of `sesr models`, or the .keras file of another.",
)
@click.option("--scale", default=2, show_default=True, help="2 or 4.")
@click.option("--rgb", is_flag=True, help="The model of RGB, not of Y.")
@click.option(
    "--tile", help="Pixels to enlarge at a time, HEIGHTxWIDTH: 64x64 on an NPU, any on a CPU."
)
@click.option(
    "--target",
    default="ethos-u55-128",
    show_default=True,
    help="cpu, ethos-u55-32 to -256, ethos-u65-256, -512, ethos-u85-128 to -2048.",
)
@click.option("--system-config", help="System configuration of Vela's Arm/vela.ini.")
@click.option("--memory-mode", help="Memory mode of the same file.")
@click.option("--sram", type=int, help="Largest SRAM in KiB.")
@click.option("--max-loss", default=0.15, show_default=True, help="Largest loss of int8 in dB.")
@click.option(
    "--calibration", type=click.Path(path_type=Path), help="Photographs to calibrate int8 on."
)
@click.option(
    "--measure", type=click.Path(path_type=Path), help="Photographs to measure the loss on."
)
@click.option("--defense", is_flag=True, help="Export RGB super resolution with a classifier.")
@click.option(
    "--classifier",
    default="mobilenet_v2",
    show_default=True,
    help="mobilenet_v2, mobilenet_v3_minimalistic or mobilenet_v1_075.",
)
@click.option(
    "--classifier-weights",
    default="imagenet",
    show_default=True,
    help="A .weights.h5 file of Keras, or imagenet to download.",
)
@click.option(
    "--post-training",
    is_flag=True,
    help="Quantise the float32 network, though there is one that was trained for int8.",
)
@click.option("--overwrite", is_flag=True, help="Replace an earlier export.")
@click.pass_context
def export(
    context: click.Context,
    output: Path | None,
    model: str,
    scale: int,
    rgb: bool,
    tile: str | None,
    target: str,
    system_config: str | None,
    memory_mode: str | None,
    sram: int | None,
    max_loss: float,
    calibration: Path | None,
    measure: Path | None,
    defense: bool,
    classifier: str,
    classifier_weights: str,
    post_training: bool,
    overwrite: bool,
) -> None:
    """Export a network as a folder to flash: int8, compiled, wholly on the NPU, and checked."""
    if context.invoked_subcommand:
        return
    from sesr.export.folder import check_free
    from sesr.export.npu.target import find_target
    from sesr.export.npu.vela import vela_version
    from sesr.export.source import find_source
    from sesr_app.export.cpu import CpuOptions, export_to_cpu
    from sesr_app.export.defense import DefenseOptions, export_defense
    from sesr_app.export.npu import NpuOptions, export_npu

    if defense and scale != 2:
        raise UsageError(f"the defence enlarges two times; received scale {scale}")
    if output is None:
        raise UsageError("an export needs a folder to write: -o DIR")
    chosen = None if target == "cpu" else find_target(target, system_config, memory_mode)
    if defense and chosen is None:
        raise UsageError("the defence is exported to an NPU; received target cpu")
    if chosen is None and (system_config or memory_mode or sram):
        raise UsageError("--system-config, --memory-mode and --sram are for NPUs; received cpu")
    check_free(output, overwrite)
    channels = 3 if rgb or defense else 1
    int8_trained = chosen is not None and not post_training
    source = find_source(model, scale, channels, int8_trained)
    command = _command(context)
    if chosen is None:
        options = CpuOptions(output, tile, calibration, measure, max_loss, command)
        export_to_cpu(source, scale, options)
        return
    vela_version()
    if defense and tile:
        raise UsageError(f"the defence finds its own tiles; received --tile {tile}: use --sram")
    if sram is not None and sram < 1:
        raise UsageError(f"--sram is a number of KiB of at least 1; received {sram}")
    npu = NpuOptions(
        output, tile or DEFAULT_TILE, chosen, calibration, measure, sram, max_loss, command
    )
    if defense:
        export_defense(source, DefenseOptions(npu, classifier, classifier_weights))
    else:
        export_npu(source, scale, npu)


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
def verify(
    folder: Path,
) -> None:
    """Check an exported folder again: hashes, operators, C arrays and test vectors."""
    from sesr.export.npu.vela import vela_version
    from sesr.export.verify import verify_bundle
    from sesr_app.terminal.quiet import quiet_native_logs

    vela_version()
    with quiet_native_logs():
        checks = verify_bundle(folder)
    for line in checks:
        click.echo(line)
