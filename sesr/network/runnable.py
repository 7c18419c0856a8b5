"""From the network that trains to the one that runs, whatever its family."""

from __future__ import annotations

import keras

from sesr.network.collapse import collapse, copy_collapsed_weights, linear_blocks
from sesr.network.fsrcnn import copy_subpixel_weights, is_fsrcnn, with_subpixels


def make_runnable(model: keras.Model) -> keras.Model:
    """The form of a network that runs: few plain convolutions, the same outputs to 1e-5.

    An expanded SESR is collapsed, FSRCNN loses its deconvolution; a model that is in that form
    already is returned as it is.

    Example:
        >>> from sesr.network.build import build_network
        >>> make_runnable(build_network("M5", scale=2)).name
        'sesr_m5_x2_collapsed'
    """
    if linear_blocks(model):
        return collapse(model)
    return with_subpixels(model) if is_fsrcnn(model) else model


def copy_runnable_weights(model: keras.Model, runnable: keras.Model) -> None:
    """Bring the form that runs up to date with the network that it came from."""
    if linear_blocks(model):
        copy_collapsed_weights(model, runnable)
    elif is_fsrcnn(model):
        copy_subpixel_weights(model, runnable)


def network_scale(model: keras.Model) -> int:
    """How many times larger a network's output is than its input."""
    shape = model.compute_output_shape((1, 8, 8, model.input_shape[-1]))
    return int(shape[1]) // 8
