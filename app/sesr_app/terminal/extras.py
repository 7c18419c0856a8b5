"""Commands that need more than the base install."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from sesr.errors import MissingExtraError
from sesr_app.terminal.quiet import quiet_native_logs


def require(feature: str, extra: str, modules: Sequence[str]) -> None:
    """Import some optional modules, or stop with the remedy.

    What TensorFlow prints while it starts is about the build of TensorFlow and not for the
    people who run the command, so it goes nowhere.

    Raises:
        MissingExtraError: one of the modules is not installed.
    """
    if any(find_spec(module) is None for module in modules):
        raise MissingExtraError(feature, extra)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # TensorFlow leaves these kernels out on processors without AVX-512, where they halve a step.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    with quiet_native_logs():
        for module in modules:
            import_module(module)
