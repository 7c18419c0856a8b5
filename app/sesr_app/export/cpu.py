"""`sesr export --target cpu`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sesr.export.source import Source
from sesr_app.export.npu import FEATURE
from sesr_app.export.photos import MOST_CALIBRATION_PHOTOS, SAMPLES, read_photos

if TYPE_CHECKING:
    from sesr.pixels.color import FloatImage


@dataclass(frozen=True, slots=True)
class CpuOptions:
    """What was asked for.

    Attributes:
        output: folder to write.
        size: HEIGHTxWIDTH, None for files that take any size.
        calibration, measure: folders of photographs, None for the package's.
        max_loss: largest loss of int8 in dB.
        command: what was typed, as far as it decides about the result.
    """

    output: Path
    size: str | None
    calibration: Path | None
    measure: Path | None
    max_loss: float
    command: str


def export_to_cpu(source: Source, scale: int, options: CpuOptions) -> None:
    """Convert, check and write; nothing is written if a check fails.

    Raises:
        ExportError: a file differs too much from Keras.
        UsageError: an option does not fit the network.
    """
    from sesr_app.terminal.extras import require

    size = _parse_size(options.size)
    given = read_photos(options.calibration, "calibration", MOST_CALIBRATION_PHOTOS)
    references = read_photos(options.measure, "measuring", 1)
    require(FEATURE, "export", ["keras", "tensorflow", "onnx"])
    from sesr.export.cpu.files import export_cpu, write_cpu_folder
    from sesr.int8.calibration import calibration_images, calibration_photos, sample_photo
    from sesr_app.terminal.quiet import quiet_native_logs

    network = source.load(scale)
    photos = given or calibration_photos()
    stem = f"sesr_{source.name}" + (f"_{size[0]}x{size[1]}" if size else "")
    with quiet_native_logs():
        files = export_cpu(
            network,
            _Keras(source.path),
            stem,
            size,
            calibration_images(photos, scale, network.channels),
            (references or [sample_photo()])[0],
            options.max_loss,
        )
    calibrated = options.calibration.resolve().name if options.calibration else SAMPLES
    facts: dict[str, Any] = {
        "command": options.command,
        "model": {"name": source.name, "sha256": source.sha256},
        "scale": scale,
        "channels": network.channels,
        "size": list(size) if size else "any",
        "calibration": f"{len(photos)} images: {calibrated}",
        "license": source.license,
    }
    write_cpu_folder(options.output, files, facts)
    for file in files:
        print(
            f"{options.output / file.name}: {file.psnr:.2f} dB, differs from Keras by at most "
            f"{file.difference:.2g}"
        )


class _Keras:
    """The network as Keras runs it."""

    def __init__(self, path: Path) -> None:
        from sesr.network.load import load_network

        self._model: Any = load_network(path)

    def __call__(self, image: FloatImage) -> FloatImage:
        import numpy as np

        return np.asarray(self._model(image[np.newaxis])[0], np.float32)


def _parse_size(text: str | None) -> tuple[int, int] | None:
    from sesr.export.npu.tiles import TileShape

    if text is None:
        return None
    shape = TileShape.parse(text, halo=0)
    return shape.height, shape.width
