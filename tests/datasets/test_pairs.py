from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photos import make_photo
from sesr.errors import SesrError, TrainingError
from sesr.pixels.color import rgb_to_y
from sesr.pixels.imresize import shrink_to_uint8
from sesr_datasets import crops
from sesr_datasets.crops import CropSampler
from sesr_datasets.folder_source import FolderSource
from sesr_datasets.pairs import PairStore


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for index, (height, width) in enumerate([(65, 70), (80, 61), (64, 64)]):
        Image.fromarray(make_photo(height, width, seed=index)).save(folder / f"{index}.png")
    return folder


def build(photos: Path, scale: int = 2) -> PairStore:
    return PairStore.build(FolderSource([photos]), scale, photos.parent / "cache")


def test_pairs_are_the_images_and_their_small_copies(photos: Path) -> None:
    store = build(photos, scale=4)
    assert len(store) == 3
    for index, pair in enumerate(store):
        high = np.asarray(Image.open(photos / f"{index}.png"))
        high = high[: len(high) // 4 * 4, : high.shape[1] // 4 * 4]
        np.testing.assert_array_equal(pair.high, high)
        np.testing.assert_array_equal(pair.low, shrink_to_uint8(high, 4))


def test_a_second_build_reads_no_image(photos: Path) -> None:
    first = build(photos)[0].high.copy()
    source = FolderSource([photos])
    key = source.fingerprint()

    class Unreadable:
        def fingerprint(self) -> str:
            return key

        def __len__(self) -> int:
            raise AssertionError

        __iter__ = __len__

    again = PairStore.build(Unreadable(), 2, photos.parent / "cache")
    np.testing.assert_array_equal(again[0].high, first)


def test_a_changed_image_is_read_again(photos: Path) -> None:
    build(photos)
    Image.fromarray(make_photo(64, 64, seed=9)).save(photos / "0.png")
    np.testing.assert_array_equal(build(photos)[0].high, make_photo(64, 64, seed=9))


def test_what_a_killed_run_left_is_cleared(photos: Path) -> None:
    left = photos.parent / "cache" / ".pairs-abandoned"
    left.mkdir(parents=True)
    (left / "pixels.bin").write_bytes(bytes(100))
    build(photos)
    assert not left.exists()


def test_a_corrupt_image_is_named_and_skipped(photos: Path) -> None:
    (photos / "1.png").write_bytes((photos / "1.png").read_bytes()[:200])
    store = build(photos)
    assert len(store) == 2
    assert len(store.skipped) == 1
    assert "1.png" in store.skipped[0]


def test_only_corrupt_images_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(SesrError, match=r"none of the 1 images can be read.*a\.png"):
        PairStore.build(FolderSource([tmp_path]), 2, tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


@pytest.mark.parametrize("channels", [1, 3])
def test_batches_are_aligned_crops(photos: Path, channels: int) -> None:
    sampler = CropSampler(build(photos), crop=8, batch_size=5, channels=channels)
    low, high = sampler.batch(3)
    assert low.shape == (5, 8, 8, channels)
    assert high.shape == (5, 16, 16, channels)
    assert low.dtype == high.dtype == np.float32
    # The mean of each 2 x 2 block is close to its small pixel only if both sides are aligned
    # and turned alike.
    blocks = high.reshape(5, 8, 2, 8, 2, channels).mean(axis=(2, 4))
    assert np.abs(blocks - low).mean() < 0.02


def test_crops_are_turned_in_all_eight_ways() -> None:
    image = make_photo(6, 6)
    turned = [crops._turn(image, turn) for turn in range(8)]
    for quarter in range(4):
        rotated = np.rot90(image, quarter)
        np.testing.assert_array_equal(turned[quarter], rotated)
        np.testing.assert_array_equal(turned[quarter + 4], rotated[:, ::-1])
    assert len({version.tobytes() for version in turned}) == 8


def test_batches_of_luma_are_those_of_the_colors(photos: Path) -> None:
    store = build(photos)
    color, luma = (CropSampler(store, 8, 5, channels).batch(2) for channels in (3, 1))
    for rgb, y in zip(color, luma, strict=True):
        np.testing.assert_allclose(y, rgb_to_y(rgb), atol=1e-6)


def test_a_step_always_has_the_same_batch(photos: Path) -> None:
    first = CropSampler(build(photos), 8, 4, seed=5)
    second = CropSampler(build(photos), 8, 4, seed=5)
    first.batch(0)
    np.testing.assert_array_equal(first.batch(7)[0], second.batch(7)[0])


def test_steps_and_seeds_differ(photos: Path) -> None:
    store = build(photos)
    batches = [CropSampler(store, 8, 4, seed=s).batch(i)[0] for s in (0, 1) for i in (0, 1)]
    assert len({batch.tobytes() for batch in batches}) == 4


def test_an_image_smaller_than_the_crop_is_named_and_left_out(photos: Path) -> None:
    sampler = CropSampler(build(photos), crop=31, batch_size=40)
    assert len(sampler.too_small) == 1
    assert "1.png: smaller than the crop: 30x40 after" in sampler.too_small[0]
    assert sampler.batch(0)[0].shape == (40, 31, 31, 1)


def test_only_images_smaller_than_the_crop_are_an_error(photos: Path) -> None:
    with pytest.raises(TrainingError, match=r"no photograph is large enough for a crop: .*0\.png"):
        CropSampler(build(photos), crop=64, batch_size=1)
