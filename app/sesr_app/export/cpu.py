"""`sesr export --target cpu`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sesr_app.export.npu import FEATURE
from sesr_app.export.options import ExportOptions
from sesr_app.export.photos import calibration_set, describe_photos, measuring_set
from sesr_app.terminal.extras import require

if TYPE_CHECKING:
    from sesr.export.source import TrainedSource


def export_to_cpu(source: TrainedSource, options: ExportOptions) -> None:
    """Convert, check and write; nothing is written if a check fails.

    Raises:
        ExportError: a file differs too much from Keras.
        UsageError: an option does not fit the network.
    """
    size = _parse_size(options.tile)
    photos, references = calibration_set(options.calibration), measuring_set(options.measure)
    require(FEATURE, "export", ["keras", "tensorflow", "onnx"])
    from sesr.export.cpu.files import export_cpu, write_cpu_folder
    from sesr.int8 import calibration_images
    from sesr_app.terminal.quiet import quiet_native_logs

    network = source.load(options.scale)
    stem = f"sesr_{source.name}" + (f"_{size[0]}x{size[1]}" if size else "")
    with quiet_native_logs():
        files = export_cpu(
            network,
            source.load_in_keras(),
            stem,
            size,
            calibration_images(photos, options.scale, network.channels),
            references[0],
            options.max_loss,
        )
    facts: dict[str, Any] = {
        "command": options.command,
        "model": {"name": source.name, "sha256": source.sha256},
        "scale": options.scale,
        "channels": network.channels,
        "size": list(size) if size else "any",
        "calibration": describe_photos(options.calibration, len(photos)),
        "license": source.license,
    }
    write_cpu_folder(options.output, files, facts)
    for file in files:
        print(
            f"{options.output / file.name}: {file.psnr:.2f} dB, differs from Keras by at most "
            f"{file.difference:.2g}"
        )


def _parse_size(text: str | None) -> tuple[int, int] | None:
    from sesr.export.npu.tiles import TileShape

    if text is None:
        return None
    shape = TileShape.parse(text, halo=0)
    return shape.height, shape.width
