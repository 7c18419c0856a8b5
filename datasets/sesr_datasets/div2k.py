"""DIV2K through tensorflow-datasets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from sesr_datasets.downloads import load_download
from sesr_datasets.pairs import LoadedPair

BUILDERS = {2: "div2k/bicubic_x2", 4: "div2k/bicubic_x4"}


class Div2kSource:
    """The DIV2K photographs with the small copies that come with them.

    Args:
        split: "train" (800 images) or "validation" (100).
        scale: 2 or 4.
        data_dir: where tensorflow-datasets keeps its data; its own default if None.

    Raises:
        SesrError: the data cannot be loaded or downloaded.

    Reference: Agustsson and Timofte, "NTIRE 2017 challenge on single image super-resolution".
    """

    def __init__(self, split: str, scale: int, data_dir: str | None = None) -> None:
        self._name = BUILDERS[scale]
        self._split = split
        otherwise = "download DIV2K by hand and give its folders instead"
        data, info = load_download(self._name, split, data_dir, otherwise)
        self._count = int(info.splits[split].num_examples)
        self._version = str(info.version)
        self._data = data

    def __len__(self) -> int:
        return self._count

    def fingerprint(self) -> str:
        """Name, split and version of the data set."""
        return f"{self._name}|{self._split}|{self._version}|{self._count}"

    def __iter__(self) -> Iterator[Callable[[], LoadedPair]]:
        import tensorflow_datasets as tfds

        for index, example in enumerate(tfds.as_numpy(self._data)):
            name = f"{self._name} {self._split} {index:04d}"
            pair = (name, np.asarray(example["hr"]), np.asarray(example["lr"]))
            yield partial(_given, pair)


def _given(pair: LoadedPair) -> LoadedPair:
    """The pair itself: tensorflow-datasets decodes ahead with threads of its own."""
    return pair
