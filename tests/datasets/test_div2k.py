"""DIV2K through tensorflow-datasets, on a tiny copy of it that the tests write."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from photos import make_photo
from sesr.errors import SesrError
from sesr.pixels.imresize import shrink_to_uint8
from sesr_datasets.div2k import Div2kSource
from sesr_datasets.pairs import PairStore

tfds = pytest.importorskip("tensorflow_datasets")

COUNTS = {"train": 3, "validation": 2}

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def high(split: str, index: int) -> Any:
    return make_photo(32 + 8 * index, 40, seed=len(split) + index)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that tensorflow-datasets takes for its own DIV2K, with other photographs in them."""
    folder = tmp_path_factory.mktemp("tfds")
    original = type(tfds.builder("div2k/bicubic_x2", data_dir=folder))

    class Div2k(original, skip_registration=True):
        def _split_generators(self, dl_manager: Any) -> Any:
            return {split: self._generate_examples(split) for split in COUNTS}

        def _generate_examples(self, split: str) -> Any:
            for index in range(COUNTS[split]):
                image = high(split, index)
                yield index, {"hr": image, "lr": shrink_to_uint8(image, 2)}

    Div2k(config="bicubic_x2", data_dir=folder).download_and_prepare()
    return folder


@pytest.mark.parametrize("split", COUNTS)
def test_pairs_come_out_as_they_are(data_dir: Path, tmp_path: Path, split: str) -> None:
    source = Div2kSource(split, 2, data_dir=str(data_dir))
    store = PairStore.build(source, 2, tmp_path)
    assert len(store) == len(source) == COUNTS[split]
    by_height = sorted(store, key=lambda pair: len(pair.high))
    for index, pair in enumerate(by_height):
        np.testing.assert_array_equal(pair.high, high(split, index))
        np.testing.assert_array_equal(pair.low, shrink_to_uint8(high(split, index), 2))


def test_splits_have_fingerprints_of_their_own(data_dir: Path) -> None:
    prints = {Div2kSource(s, 2, data_dir=str(data_dir)).fingerprint() for s in COUNTS}
    assert len(prints) == len(COUNTS)


def test_what_cannot_be_downloaded_names_the_alternative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise ConnectionError("no network")

    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", refuse)
    with pytest.raises(SesrError, match=r"div2k/bicubic_x4 cannot be loaded.*no network.*folders"):
        Div2kSource("train", 4, data_dir=str(tmp_path))
