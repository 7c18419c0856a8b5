"""`sesr export` to a micro-NPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sesr_app.export.options import DEFAULT_TILE, ExportOptions
from sesr_app.export.photos import calibration_set, describe_photos, measuring_set
from sesr_app.terminal.extras import require

if TYPE_CHECKING:
    from sesr.export.npu.bundle import Origin
    from sesr.export.npu.deploy import Deployed
    from sesr.export.npu.quality import InTiles, Quality
    from sesr.export.source import TrainedSource


FEATURE = "sesr export"


def export_to_npu(source: TrainedSource, options: ExportOptions) -> None:
    """Deploy, measure and write; nothing is written if a limit is broken.

    Raises:
        ExportError: an operator stays on the CPU, or a limit is broken.
        UsageError: an option does not fit the network.
    """
    from sesr.export.npu.vela import vela_version

    vela_version()
    photos, references = calibration_set(options.calibration), measuring_set(options.measure)
    require(FEATURE, "export", ["keras", "tensorflow"])
    from sesr.export.npu.bundle import write_bundle
    from sesr.export.npu.deploy import deploy
    from sesr.export.npu.quality import measure, require_quality
    from sesr.export.npu.tiles import TileShape
    from sesr.int8 import calibration_images
    from sesr_app.terminal.progress import progress_bar
    from sesr_app.terminal.quiet import quiet_native_logs

    network = source.load(options.scale)
    tile = TileShape.parse(options.tile or DEFAULT_TILE, network.receptive_radius)
    images = calibration_images(photos, options.scale, network.channels)
    with progress_bar(lines=True) as advance, quiet_native_logs():
        deployed = deploy(
            network,
            tile,
            options.find_npu(),
            images,
            name=f"sesr_{source.name}_{tile}",
            sram=options.sram_bytes,
            advance=advance,
        )
        quality = measure(deployed, references, source.load_float(), advance)
    require_quality(quality, options.max_loss)
    origin = origin_of(source, options, len(photos), deployed, quality)
    write_bundle(options.output, deployed, quality, origin)
    tell(options, deployed, quality)


def origin_of(
    source: TrainedSource,
    options: ExportOptions,
    photos: int,
    deployed: InTiles,
    quality: Quality,
) -> Origin:
    """What a manifest says about where an export comes from."""
    from sesr.export.npu.bundle import Origin

    calibrated = describe_photos(options.calibration, photos)
    if deployed.network.trained_ranges is not None:
        calibrated = "none: the ranges come from quantisation-aware training"
    return Origin(
        source.name,
        source.sha256,
        source.license,
        calibrated,
        describe_photos(options.measure, quality.images),
        options.command,
    )


def tell(options: ExportOptions, deployed: Deployed, quality: Quality) -> None:
    """Say what was written."""
    compiled = deployed.compiled
    print(
        f"{options.output}: {compiled.cycles:,} cycles, {compiled.seconds * 1e3:.2f} ms at "
        f"{compiled.clock / 1e6:.0f} MHz, {compiled.sram / 1024:.0f} KiB of SRAM, "
        f"{compiled.flash / 1024:.0f} KiB of flash, {compiled.cpu_operators} CPU operators"
    )
    print(
        f"lowering: {deployed.quantized.lowering}; int8 {quality.int8:.2f} dB, float32 "
        f"{quality.float32:.2f} dB, loss {quality.loss:.3f} dB"
    )
    tell_micro(deployed)


def tell_micro(deployed: InTiles) -> None:
    """Say what the network would take on a board with an interpreter, where one is installed."""
    from sesr.export.micro_interpreter import micro_report

    report = micro_report(deployed.litert)
    if report:
        print(f"in TensorFlow Lite Micro, on the CPU: an arena of {report['arena_bytes']:,} bytes")
