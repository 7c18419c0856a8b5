"""From float32 to int8: ranges, rounding, conversion, and the reference arithmetic."""

from __future__ import annotations

from sesr.int8.calibration import (
    Photo,
    as_rgb,
    calibration_images,
    calibration_photos,
    low_resolution,
    sample_photo,
)
from sesr.int8.equalization import equalize_channels
from sesr.int8.fake_quantizer import FakeQuantizer
from sesr.int8.litert_file import to_litert
from sesr.int8.quantization import Quantized, quantize
from sesr.int8.reference import Int8Network

__all__ = [
    "FakeQuantizer",
    "Int8Network",
    "Photo",
    "Quantized",
    "as_rgb",
    "calibration_images",
    "calibration_photos",
    "equalize_channels",
    "low_resolution",
    "quantize",
    "sample_photo",
    "to_litert",
]
