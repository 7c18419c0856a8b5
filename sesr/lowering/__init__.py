"""A network as a list of operations, and the ways to compute it where it is deployed."""

from __future__ import annotations

from sesr.lowering.hooks import Hooks
from sesr.lowering.litert import Numbers, convert_function, convert_network, run_converter
from sesr.lowering.operations import Operations, apply_network
from sesr.lowering.plain_network import Convolution, FloatArray, PlainNetwork, activation_name
from sesr.lowering.shuffle import DECONVOLUTION, NATIVE
from sesr.lowering.tensorflow_operations import run
from sesr.lowering.ways import Lowering, native_lowering, possible_lowerings, prepare

__all__ = [
    "DECONVOLUTION",
    "NATIVE",
    "Convolution",
    "FloatArray",
    "Hooks",
    "Lowering",
    "Numbers",
    "Operations",
    "PlainNetwork",
    "activation_name",
    "apply_network",
    "convert_function",
    "convert_network",
    "native_lowering",
    "possible_lowerings",
    "prepare",
    "run",
    "run_converter",
]
