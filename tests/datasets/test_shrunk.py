from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photos import make_photo
from sesr.errors import UsageError
from sesr.pixels.imresize import imresize
from sesr_datasets.folder_source import FolderSource
from sesr_datasets.pairs import PairStore
from sesr_datasets.shrunk import ShrunkSource, parse_factors


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, side in (("large", 80), ("small", 40)):
        Image.fromarray(make_photo(side, side)).save(folder / f"{name}.png")
    return folder


def test_copies_stand_behind_their_photograph_and_are_made_as_small_images_are(
    photos: Path,
) -> None:
    source = ShrunkSource(FolderSource([photos]), (0.75, 0.5), 32)
    store = PairStore.build(source, 2, photos.parent / "cache")
    assert [pair.high.shape[0] for pair in store] == [80, 60, 40, 40]
    assert store.skipped == []
    large = np.asarray(Image.open(photos / "large.png")).astype(np.float32)
    expected = np.clip(np.rint(imresize(large, 0.75)), 0, 255)
    np.testing.assert_array_equal(store[1].high, expected)
    assert store[1].name.endswith("large.png at 0.75")


def test_copies_that_are_too_small_are_passed_over_in_silence(photos: Path) -> None:
    source = ShrunkSource(FolderSource([photos]), (0.5,), 21)
    store = PairStore.build(source, 2, photos.parent / "cache")
    assert [pair.high.shape[0] for pair in store] == [80, 40, 40]
    assert store.skipped == []


def test_other_factors_are_another_store(photos: Path) -> None:
    source = FolderSource([photos])
    prints = {
        ShrunkSource(source, factors, least).fingerprint()
        for factors in ((0.5,), (0.25,), (0.5, 0.25))
        for least in (8, 16)
    }
    assert len(prints) == 6


@pytest.mark.parametrize("text", ["1", "0", "-0.5", "nan", "half", "0.5,,0.7", "0.5,0.5"])
def test_wrong_factors_are_named(text: str) -> None:
    with pytest.raises(UsageError, match="different numbers between 0 and 1") as caught:
        parse_factors(text)
    assert repr(text) in str(caught.value)


def test_no_text_is_no_copies() -> None:
    assert parse_factors("") == ()
