"""CIFAR-10 through tensorflow-datasets."""

from __future__ import annotations

from typing import Any

import numpy as np

from sesr.classifiers.training.labelled import LabelledImages
from sesr.reporting.progress import Progress, no_progress
from sesr_datasets.downloads import load_download

CIFAR10 = "cifar10"
"""Its name for `sesr classify train`, and for tensorflow-datasets."""

CIFAR10_CLASSES = (
    *("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
)
"""In the order of its labels."""


def read_cifar10(
    progress: Progress = no_progress, split: str = "train", data_dir: str | None = None
) -> LabelledImages:
    """Read CIFAR-10, downloaded where it is not there yet.

    Args:
        progress: told of the images read.
        split: "train" (50,000 images of 32x32 in ten classes) or "test" (10,000).
        data_dir: where tensorflow-datasets keeps its data; its own default if None.

    Raises:
        SesrError: the data cannot be loaded or downloaded.

    Reference: Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
    """
    otherwise = "download CIFAR-10 by hand and give a folder that holds a folder a class instead"
    data, info = load_download(CIFAR10, split, data_dir, otherwise)
    import tensorflow_datasets as tfds

    count = int(info.splits[split].num_examples)
    images: list[Any] = []
    labels: list[int] = []
    for example in tfds.as_numpy(data):
        progress(len(images), count)
        images.append(example["image"])
        labels.append(example["label"])
    return LabelledImages(np.stack(images), np.array(labels, np.int64), CIFAR10_CLASSES)
