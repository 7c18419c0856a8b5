from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photos import make_photo
from sesr.errors import UsageError
from sesr_datasets.crops import CropSampler
from sesr_datasets.folder_source import FolderSource
from sesr_datasets.mixture import Mixture, choose_sets, find_sets, parse_mixture
from sesr_datasets.pairs import PairStore


def make_store(tmp_path: Path, name: str, level: int, sizes: list[int]) -> PairStore:
    folder = tmp_path / name
    folder.mkdir()
    for index, side in enumerate(sizes):
        Image.fromarray(np.full((side, side, 3), level, np.uint8)).save(folder / f"{index}.png")
    return PairStore.build(FolderSource([folder]), 2, tmp_path / "cache")


def test_crops_come_from_the_sets_as_their_weights_say(tmp_path: Path) -> None:
    dark = make_store(tmp_path, "dark", 0, [64, 64, 64])
    light = make_store(tmp_path, "light", 255, [32])
    sampler = CropSampler(Mixture((dark, light), (1.0, 3.0)), crop=8, batch_size=4000, channels=3)
    share = float((sampler.batch(0)[0] > 0.5).mean())
    # Three standard deviations of a share of 4,000 draws.
    assert share == pytest.approx(0.75, abs=0.021)


def test_inside_a_set_every_pixel_counts_the_same(tmp_path: Path) -> None:
    store = make_store(tmp_path, "mixed", 9, [32, 64])
    np.testing.assert_allclose(store.shares(), [0.2, 0.8])
    np.testing.assert_allclose(Mixture((store, store), (1.0, 1.0)).shares(), [0.1, 0.4, 0.1, 0.4])


def test_weights_hold_where_images_are_too_small(tmp_path: Path) -> None:
    dark = make_store(tmp_path, "dark", 0, [64, 12, 12, 12])
    light = make_store(tmp_path, "light", 255, [64])
    mixture = Mixture((dark, light), (1.0, 1.0))
    usable = np.array([True, False, False, False, True])
    np.testing.assert_allclose(mixture.shares(usable), [0.5, 0, 0, 0, 0.5])
    sampler = CropSampler(mixture, crop=8, batch_size=4000, channels=3)
    assert float((sampler.batch(0)[0] > 0.5).mean()) == pytest.approx(0.5, abs=0.024)
    assert mixture.shares(np.zeros(5, np.bool_)).sum() == 0


def test_a_mixture_is_its_stores_one_after_the_other(tmp_path: Path) -> None:
    dark = make_store(tmp_path, "dark", 0, [16, 18])
    light = make_store(tmp_path, "light", 255, [20])
    mixture = Mixture((dark, light), (1.0, 0.0))
    assert [len(pair.high) for pair in mixture] == [16, 18, 20]
    assert [len(mixture[index].high) for index in range(3)] == [16, 18, 20]
    with pytest.raises(IndexError):
        mixture[3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a=b", "a mixture is written as in"),
        ("a=1,a=2", "names a twice"),
        ("a=-1,b=2", "weight of a must be a number from 0; received -1"),
        ("a=nan", "weight of a"),
        ("a=0", "all 0"),
        ("", "all 0"),
    ],
)
def test_wrong_mixtures_are_named(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_mixture(text)


def test_sets_are_folders_or_the_folders_inside(tmp_path: Path) -> None:
    for name in ("one/a", "one/b", "two", "elsewhere/a"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("two", "elsewhere/a"):
        Image.fromarray(make_photo(8, 8)).save(tmp_path / name / "x.png")
    sets = find_sets([tmp_path / "one", tmp_path / "two"])
    assert sets == {"a": tmp_path / "one/a", "b": tmp_path / "one/b", "two": tmp_path / "two"}
    assert choose_sets(sets, {"b": 1.0, "a": 0.0}) == {"b": tmp_path / "one/b"}
    with pytest.raises(UsageError, match="two sets are named a"):
        find_sets([tmp_path / "one", tmp_path / "elsewhere" / "a"])
