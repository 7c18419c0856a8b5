"""Commands that need more than the base install."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec

from sesr.errors import MissingExtraError


def require(feature: str, extra: str, modules: Sequence[str]) -> None:
    """Stop with the remedy unless some modules are installed.

    Looks them up without importing them, and quietens TensorFlow's start-up messages, which
    are not for the people who run the command.

    Raises:
        MissingExtraError: one of the modules is not installed.
    """
    if any(find_spec(module) is None for module in modules):
        raise MissingExtraError(feature, extra)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
