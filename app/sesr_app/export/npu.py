"""`sesr export` to a micro-NPU."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sesr.export.source import Source
from sesr_app.export.photos import MOST_CALIBRATION_PHOTOS, SAMPLES, read_photos

if TYPE_CHECKING:
    from sesr.export.npu.bundle import Origin
    from sesr.export.npu.deploy import Deployed, Quality
    from sesr.export.npu.target import Target


FEATURE = "sesr export"


@dataclass(frozen=True, slots=True)
class NpuOptions:
    """What was asked for.

    Attributes:
        output: folder to write.
        tile: HEIGHTxWIDTH.
        target: the NPU.
        calibration, measure: folders of photographs, None for the package's.
        sram: largest SRAM in KiB.
        max_loss: largest loss of int8 in dB.
        command: what was typed, as far as it decides about the result.
    """

    output: Path
    tile: str
    target: Target
    calibration: Path | None
    measure: Path | None
    sram: int | None
    max_loss: float
    command: str

    @property
    def sram_bytes(self) -> int | None:
        """The same in bytes."""
        return None if self.sram is None else self.sram * 1024


def export_npu(source: Source, scale: int, options: NpuOptions) -> None:
    """Deploy, measure and write; nothing is written if a limit is broken.

    Raises:
        ExportError: an operator stays on the CPU, or a limit is broken.
        UsageError: an option does not fit the network.
    """
    from sesr_app.terminal.extras import require

    given = read_photos(options.calibration, "calibration", MOST_CALIBRATION_PHOTOS)
    references = read_photos(options.measure, "measuring")
    require(FEATURE, "export", ["keras", "tensorflow"])
    from sesr.export.npu.bundle import write_bundle
    from sesr.export.npu.deploy import deploy, measure, require_quality
    from sesr.export.npu.tiles import TileShape
    from sesr.int8.calibration import calibration_images, calibration_photos, sample_photo
    from sesr_app.terminal.progress import progress_bar
    from sesr_app.terminal.quiet import quiet_native_logs

    network = source.load(scale)
    tile = TileShape.parse(options.tile, network.receptive_radius)
    photos = given or calibration_photos()
    images = calibration_images(photos, scale, network.channels)
    with progress_bar(lines=True) as advance, quiet_native_logs():
        deployed = deploy(
            network,
            tile,
            options.target,
            images,
            name=f"sesr_{source.name}_{tile}",
            sram=options.sram_bytes,
            report=advance,
        )
        reference = source.load_float()
        quality = measure(deployed, references or [sample_photo()], advance, reference)
    require_quality(quality, options.max_loss)
    origin = origin_of(source, options, len(photos), deployed, quality)
    write_bundle(options.output, deployed, quality, origin)
    tell(options.output, deployed, quality)


def origin_of(
    source: Source, options: NpuOptions, photos: int, deployed: Deployed, quality: Quality
) -> Origin:
    """What a manifest says about where an export comes from."""
    from sesr.export.npu.bundle import Origin

    folder = options.calibration.resolve().name if options.calibration else SAMPLES
    calibrated = f"{photos} images: {folder}"
    if deployed.network.trained_ranges is not None:
        calibrated = "none: the ranges come from quantisation-aware training"
    measured = options.measure.resolve().name if options.measure else SAMPLES
    return Origin(
        source.name,
        source.sha256,
        source.license,
        calibrated,
        f"{quality.images} images: {measured}",
        options.command,
    )


def tell(output: Path, deployed: Deployed, quality: Quality) -> None:
    """Say what was written."""
    compiled, chosen = deployed.compiled, deployed.quantized.lowering
    print(
        f"{output}: {compiled.cycles:,} cycles, {compiled.seconds * 1e3:.2f} ms at "
        f"{compiled.clock / 1e6:.0f} MHz, {compiled.sram / 1024:.0f} KiB of SRAM, "
        f"{compiled.flash / 1024:.0f} KiB of flash, {compiled.cpu_operators} CPU operators"
    )
    print(
        f"lowering: {chosen.shuffle}, {chosen.join}; int8 {quality.int8:.2f} dB, float32 "
        f"{quality.float32:.2f} dB, loss {quality.loss:.3f} dB"
    )
