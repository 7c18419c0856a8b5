"""CIFAR-10 through tensorflow-datasets, on a tiny copy of it that the tests write."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sesr.errors import SesrError
from sesr_datasets.labelled.cifar10 import CIFAR10_CLASSES, read_cifar10

tfds = pytest.importorskip("tensorflow_datasets")

COUNTS = {"train": 12, "test": 5}

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def image(split: str, index: int) -> Any:
    pixels = np.random.default_rng(len(split)).integers(0, 200, (32, 32, 3), dtype=np.uint8)
    return pixels + np.uint8(index)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that tensorflow-datasets takes for its own CIFAR-10, with other images in them."""
    folder = tmp_path_factory.mktemp("tfds")
    original = type(tfds.builder("cifar10", data_dir=folder))

    class Cifar10(original, skip_registration=True):
        def _split_generators(self, dl_manager: Any) -> Any:
            self.info.features["label"].names = list(CIFAR10_CLASSES)
            return {split: self._generate_examples(split) for split in COUNTS}

        def _generate_examples(self, split: str) -> Any:
            for index in range(COUNTS[split]):
                given = {"image": image(split, index), "label": index % 10}
                yield index, {"id": str(index), **given}

    Cifar10(data_dir=folder).download_and_prepare()
    return folder


@pytest.mark.parametrize("split", COUNTS)
def test_images_and_labels_come_out_as_they_are(data_dir: Path, split: str) -> None:
    told: list[tuple[int, int]] = []
    data = read_cifar10(lambda *count: told.append(count), split, str(data_dir))
    assert told == [(index, COUNTS[split]) for index in range(COUNTS[split])]
    assert data.classes == CIFAR10_CLASSES
    order = np.argsort(data.images[:, 0, 0, 0])
    assert data.labels[order].tolist() == [index % 10 for index in range(COUNTS[split])]
    for index, place in enumerate(order):
        np.testing.assert_array_equal(data.images[place], image(split, index))


def test_what_cannot_be_downloaded_names_the_alternative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise ConnectionError("no network")

    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", refuse)
    with pytest.raises(SesrError, match=r"cifar10 cannot be loaded.*no network.*a folder a class"):
        read_cifar10(data_dir=str(tmp_path))
