"""Plain files for phones and other processors, each checked against Keras on a photograph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from sesr import __version__
from sesr.engine import open_interpreter
from sesr.errors import ExportError
from sesr.export.cpu.onnx_file import to_onnx
from sesr.export.folder import CPU, MANIFEST, copy_data, hash_files, whole_folder, write_json
from sesr.export.luma_psnr import luma_psnr
from sesr.export.operators import list_operators
from sesr.int8 import Photo, low_resolution, quantize
from sesr.lowering import PlainNetwork, convert_network, native_lowering
from sesr.pixels.color import FloatImage
from sesr.pixels.levels import from_int8_image, to_int8_image

LARGEST_DIFFERENCE = {"float32": 1e-4, "float16": 5e-3, "onnx": 1e-4}
"""From Keras' own output, of values in [0, 1]."""

Enlarge = Callable[[FloatImage], FloatImage]


@dataclass(frozen=True, slots=True)
class CpuFile:
    """One of the files.

    Attributes:
        name: of the file.
        content: of the file.
        difference: largest one from Keras' output, in [0, 1].
        psnr: on the photograph, in dB.
    """

    name: str
    content: bytes
    difference: float
    psnr: float


def export_cpu(
    network: PlainNetwork,
    reference: Enlarge,
    stem: str,
    size: tuple[int, int] | None,
    images: Sequence[FloatImage],
    photo: Photo,
    max_loss: float,
) -> list[CpuFile]:
    """Convert a network to LiteRT in float32, float16 and int8, and to ONNX.

    Args:
        network: as it was trained.
        reference: the same network in Keras, in float32; (H, W, C) to (H * scale, W * scale, C) in
            [0, 1].
        stem: of the files.
        size: height and width of the images of the LiteRT files; None for any.
        images: to calibrate int8 on.
        photo: high-resolution, to check on; at least of `size` once it is made small.
        max_loss: largest loss of int8 in dB.

    Raises:
        ExportError: a file differs from Keras by more than its kind may.
    """
    small = low_resolution(photo, network.scale, network.channels)
    if size and (small.shape[0] < size[0] or small.shape[1] < size[1]):
        raise ExportError(
            f"the photograph to check on must be at least {size[0]}x{size[1]} once it is made "
            f"small; received {small.shape[0]}x{small.shape[1]}: give another by --measure"
        )
    image = small if size is None else small[: size[0], : size[1]]
    rows, columns = (side * network.scale for side in image.shape[:2])
    target = photo[:rows, :columns]
    expected = reference(image)
    best = luma_psnr(expected, target, network.scale)
    files = []
    for kind, content in _convert(network, size, images).items():
        output = _run_onnx(content, image) if kind == "onnx" else _run_litert(content, image)
        name = f"{stem}.onnx" if kind == "onnx" else f"{stem}_{kind}.tflite"
        difference = float(np.abs(output - expected).max())
        made = CpuFile(name, content, difference, luma_psnr(output, target, network.scale))
        _require_close(kind, made, best, max_loss)
        files.append(made)
    return files


def _convert(
    network: PlainNetwork, size: tuple[int, int] | None, images: Sequence[FloatImage]
) -> dict[str, bytes]:
    """The contents of the files by their kind."""
    lowering = native_lowering(network)
    height, width = size or (None, None)
    shape = (1, height, width)
    return {
        "float32": convert_network(network, lowering, shape),
        "float16": convert_network(network, lowering, shape, "float16"),
        "int8": quantize(network, lowering, images).convert(height, width),
        "onnx": to_onnx(network),
    }


def write_cpu_folder(folder: Path, files: Sequence[CpuFile], facts: dict[str, Any]) -> None:
    """Write the files, a manifest and the licence; the folder appears once it is complete.

    Args:
        folder: to write.
        files: what `export_cpu` returned.
        facts: put into the manifest as they are.
    """
    with whole_folder(folder) as part:
        for file in files:
            (part / file.name).write_bytes(file.content)
        copy_data("LICENSE.txt", part / "LICENSE.txt")
        manifest = {
            "kind": CPU,
            "made_by": f"sesr {__version__}",
            **facts,
            "versions": {name: version(name) for name in ("tensorflow", "keras", "onnx")},
            "checked_against_keras": {
                file.name: {
                    "largest_difference": round(file.difference, 7),
                    "psnr": round(file.psnr, 3),
                }
                for file in files
            },
            "operators": {
                file.name: list_operators(file.content)
                for file in files
                if file.name.endswith(".tflite")
            },
            "files": hash_files(part),
        }
        write_json(part / MANIFEST, manifest)


def _require_close(kind: str, made: CpuFile, best: float, max_loss: float) -> None:
    if kind == "int8":
        if best - made.psnr > max_loss:
            raise ExportError(
                f"{made.name}: int8 loses {best - made.psnr:.3f} dB against Keras; at most "
                f"{max_loss} are allowed: calibrate on more photographs, or raise --max-loss"
            )
    elif made.difference > LARGEST_DIFFERENCE[kind]:
        raise ExportError(
            f"{made.name}: differs from Keras by up to {made.difference:.2g}; at most "
            f"{LARGEST_DIFFERENCE[kind]} are allowed"
        )


def _run_litert(content: bytes, image: FloatImage) -> FloatImage:
    """Run a file on an image of any size; int8 files are given and give pixel - 128."""
    interpreter = open_interpreter(content)
    given = interpreter.get_input_details()[0]
    int8 = given["dtype"] == np.int8
    interpreter.resize_tensor_input(given["index"], (1, *image.shape))
    interpreter.allocate_tensors()
    value = to_int8_image(image) if int8 else image
    interpreter.set_tensor(given["index"], value[np.newaxis])
    interpreter.invoke()
    output = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]
    return from_int8_image(output) if int8 else np.asarray(output, np.float32)


def _run_onnx(content: bytes, image: FloatImage) -> FloatImage:
    """Run a file by ONNX's own reference implementation."""
    import onnx
    from onnx.reference import ReferenceEvaluator

    evaluator = ReferenceEvaluator(onnx.load_from_string(content))
    output = evaluator.run(None, {"image": image.transpose(2, 0, 1)[np.newaxis]})[0]
    return np.asarray(output[0].transpose(1, 2, 0), np.float32)
