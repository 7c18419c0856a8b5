"""Data sets that tensorflow-datasets downloads."""

from __future__ import annotations

from typing import Any

from sesr.errors import SesrError


def load_download(name: str, split: str, data_dir: str | None, otherwise: str) -> tuple[Any, Any]:
    """Load a data set, downloaded where it is not there yet.

    Args:
        name: that tensorflow-datasets knows it by.
        split: "train", for example.
        data_dir: where tensorflow-datasets keeps its data; its own default if None.
        otherwise: what to do where that fails.

    Returns:
        The examples, and what is known of the data set.

    Raises:
        SesrError: the data cannot be loaded or downloaded.
    """
    try:
        import tensorflow_datasets as tfds

        data, info = tfds.load(name, split=split, data_dir=data_dir, with_info=True)
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise SesrError(f"{name} cannot be loaded or downloaded ({reason}); {otherwise}") from error
    return data, info
