from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photos import make_photo
from sesr_datasets.folder_source import FolderSource
from sesr_datasets.pairs import PairStore
from sesr_datasets.scenes import scene_crops

COLORS = [(200, 30, 30), (30, 200, 30), (30, 30, 200)]


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> PairStore:
    folder = tmp_path / "photos"
    folder.mkdir()
    for index, color in enumerate(COLORS):
        Image.new("RGB", (40 + 10 * index, 50), color).save(folder / f"{index}.png")
    return PairStore.build(FolderSource([folder]), 2, tmp_path / "cache")


def test_every_photograph_gives_as_many_pieces(store: PairStore) -> None:
    pieces = scene_crops(store, 6, 32)
    assert pieces.shape == (6, 32, 32, 3)
    assert sorted(tuple(piece[0, 0]) for piece in pieces) == sorted(COLORS * 2)
    assert (pieces == pieces[:, :1, :1]).all()


def test_the_seed_decides(store: PairStore) -> None:
    first = scene_crops(store, 5, 16, seed=3)
    np.testing.assert_array_equal(first, scene_crops(store, 5, 16, seed=3))
    orders = {tuple(scene_crops(store, 3, 8, seed=s)[:, 0, 0, 0]) for s in range(8)}
    assert len(orders) > 1


def test_pieces_hold_half_a_photograph_or_more(tmp_path: Path) -> None:
    photo = make_photo(60, 60)
    photo[:] = np.arange(60, dtype=np.uint8)[None, :, None] * 4  # columns tell where they are
    (tmp_path / "photos").mkdir()
    Image.fromarray(photo).save(tmp_path / "photos" / "ramp.png")
    store = PairStore.build(FolderSource([tmp_path / "photos"]), 2, tmp_path / "cache")
    widths = [np.ptp(piece[..., 0].astype(int)) / 4 for piece in scene_crops(store, 20, 60)]
    assert min(widths) >= 28
    assert max(widths) > 45
