"""`sesr export` to portable C."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sesr_app.export.npu import FEATURE, origin_of, tell_micro
from sesr_app.export.options import DEFAULT_TILE, ExportOptions
from sesr_app.export.photos import calibration_set, measuring_set
from sesr_app.terminal.extras import require

if TYPE_CHECKING:
    from sesr.export.source import TrainedSource


def export_to_c(source: TrainedSource, options: ExportOptions) -> None:
    """Deploy, measure and write; nothing is written if a limit is broken.

    Raises:
        ExportError: int8 loses too much.
        UsageError: an option does not fit the network, or the network has no C.
    """
    photos, references = calibration_set(options.calibration), measuring_set(options.measure)
    require(FEATURE, "export", ["keras", "tensorflow", "ethosu"])
    from sesr.export.c99.bundle import write_c_bundle
    from sesr.export.c99.deploy import deploy_in_c
    from sesr.export.npu.quality import measure, require_quality
    from sesr.export.npu.tiles import TileShape
    from sesr.int8 import calibration_images
    from sesr_app.terminal.progress import progress_bar
    from sesr_app.terminal.quiet import quiet_native_logs

    core = options.find_core()
    network = source.load(options.scale)
    tile = TileShape.parse(options.tile or DEFAULT_TILE, network.receptive_radius)
    images = calibration_images(photos, options.scale, network.channels)
    with progress_bar(lines=True) as advance, quiet_native_logs():
        deployed = deploy_in_c(network, tile, images, core, options.sram_bytes, options.convolution)
        quality = measure(deployed, references, source.load_float(), advance)
    require_quality(quality, options.max_loss)
    origin = origin_of(source, options, len(photos), deployed, quality)
    write_c_bundle(options.output, deployed, core, quality, origin)
    print(
        f"{options.output}: {deployed.integers.macs:,} multiply-accumulates a tile, arena of "
        f"{deployed.arena.size / 1024:.1f} KiB ({deployed.line_buffered / 1024:.1f} line by line, "
        f"{deployed.whole_maps / 1024:.1f} with whole maps)"
    )
    print(
        f"int8 {quality.int8:.2f} dB, float32 {quality.float32:.2f} dB, loss {quality.loss:.3f} dB"
    )
    tell_micro(deployed)
