"""What each block of a classifier costs on an NPU with its activations and without, by Vela."""

from __future__ import annotations

import keras
import numpy as np

from sesr.classifiers.int8 import pinned_inputs, to_int8_file
from sesr.classifiers.search.choice import ChoiceCost, choice_of, with_choice
from sesr.classifiers.staged import build_staged
from sesr.classifiers.stages import StagedNetwork
from sesr.export.npu.target import Target
from sesr.export.npu.vela import compile_network
from sesr.reporting.progress import Progress, no_progress

_CALIBRATION = 2
"""Images; the cycles do not depend on what they show."""


def measure_cost(
    spec: StagedNetwork, classes: int, target: Target, progress: Progress = no_progress
) -> ChoiceCost:
    """Compile the network with every block collapsed, and with each block alone as it was.

    Args:
        spec: its stages; which blocks are collapsed there does not matter.
        classes: of the answer.
        target: the NPU.
        progress: told of the networks compiled.

    Raises:
        UsageError: Vela is missing or too old.
        ExportError: Vela failed, or left an operator to the CPU.
    """
    blocks = len(choice_of(spec))
    cycles: list[int] = []
    for kept in (None, *range(blocks)):
        progress(len(cycles), blocks + 1)
        choice = [block != kept for block in range(blocks)]
        cycles.append(network_cycles(with_choice(spec, choice), classes, target))
    first, *others = cycles
    return ChoiceCost(first, tuple(one - first for one in others))


def network_cycles(spec: StagedNetwork, classes: int, target: Target) -> int:
    """Cycles of one image in int8 by Vela, untrained.

    Raises:
        UsageError, ExportError: as `measure_cost`.
    """
    # Vela compresses weights, so that other random ones would take a few cycles more or fewer.
    keras.utils.set_random_seed(0)
    shape = (_CALIBRATION, spec.size, spec.size, 3)
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    content = to_int8_file(build_staged(spec, classes, spec.size), pinned_inputs(images))
    return compile_network(content, target).require_npu_only().cycles
