"""Classifiers of strangers, looked at before anything of them is loaded."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sesr.errors import ModelError, first_line

_CONFIG = "config.json"


def check_keras(path: Path, max_megabytes: float) -> None:
    """Refuse a `.keras` file that holds code, or more than it seems to.

    Keras itself refuses code too (its safe mode); here the layer is named.

    Args:
        path: of the file.
        max_megabytes: that it may hold when it is unpacked.

    Raises:
        ModelError: it is no such file, holds a Lambda layer, or is too large.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            megabytes = sum(one.file_size for one in archive.infolist()) / 1e6
            if megabytes > max_megabytes:
                raise ModelError(
                    f"{path.name}: unpacks to {megabytes:,.0f} MB, and this page takes "
                    f"{max_megabytes:g}; choose a smaller classifier, or use the command "
                    "sesr robustness"
                )
            layers = list(_lambdas(json.loads(archive.read(_CONFIG))))
    except (OSError, ValueError, KeyError, RuntimeError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{path.name}: is no classifier that Keras saved ({first_line(error)})"
        ) from error
    if layers:
        raise ModelError(
            f"{path.name}: its layer {layers[0]} is a Lambda, which holds code of whoever made the "
            "file, and this page runs none; build the classifier with layers of Keras alone"
        )


def _lambdas(part: Any) -> Iterator[str]:
    """Names of the Lambda layers anywhere in what a file says of itself."""
    if isinstance(part, list):
        for one in part:
            yield from _lambdas(one)
    elif isinstance(part, dict):
        config = part.get("config")
        if part.get("class_name") == "Lambda":
            yield str(config.get("name", "") if isinstance(config, dict) else "")[:60] or "lambda"
        for one in part.values():
            yield from _lambdas(one)
