import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesr.errors import UsageError
from sesr.pixels.tiling import TilePlan, split_axis


@given(length=st.integers(1, 700), spare=st.integers(1, 90), halo=st.integers(0, 15))
def test_windows_cover_an_axis_exactly_once(length: int, spare: int, halo: int) -> None:
    tile = 2 * halo + spare
    windows = split_axis(length, tile, halo)
    position = 0
    for window in windows:
        assert 0 <= window.start <= window.keep_start < window.keep_stop <= window.stop <= length
        assert window.keep_start == position
        assert window.stop - window.start <= tile
        assert window.keep_start - window.start >= halo or window.start == 0
        assert window.stop - window.keep_stop >= halo or window.stop == length
        position = window.keep_stop
    assert position == length
    assert len({window.stop - window.start for window in windows}) == 1


@given(length=st.integers(1, 700), spare=st.integers(1, 90), halo=st.integers(0, 15))
def test_no_window_is_superfluous(length: int, spare: int, halo: int) -> None:
    tile = 2 * halo + spare
    needed = 1 if length <= tile else -(-(length - 2 * halo) // spare)
    assert len(split_axis(length, tile, halo)) == needed


def test_a_plan_walks_row_by_row() -> None:
    plan = TilePlan.make(60, 100, 48, 9)
    assert len(plan) == len(plan.rows) * len(plan.columns) == len(list(plan))
    assert [row.start for row, _ in plan] == sorted(row.start for row, _ in plan)


def test_a_tile_within_its_halo_is_refused() -> None:
    with pytest.raises(UsageError, match="larger than two halos of 9 pixels; received 18"):
        split_axis(100, 18, 9)
