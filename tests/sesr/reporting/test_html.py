"""Reports that open anywhere: whole, escaped, alone."""

from __future__ import annotations

import numpy as np
import pytest

from pages import assert_stands_alone, read_page
from sesr.reporting.html import bullets, element, facts, grid, page, picture, section
from sesr.reporting.scatter import ChartAxis, ChartPoint, scatter

HOSTILE = "<script>alert('x')</script>\" & \udcff"


def everything() -> str:
    """A page with all that there is, and hostile text wherever text can stand."""
    points = [ChartPoint(0.1, 10.0, HOSTILE, HOSTILE), ChartPoint(0.5, 20.0, "2", "two", True)]
    x = ChartAxis.over(HOSTILE, [0.1, 0.5], str)
    y = ChartAxis.over(HOSTILE, [10.0, 20.0], str, logarithmic=True)
    content = page(
        HOSTILE,
        element("p", HOSTILE, title=HOSTILE),
        section(HOSTILE, grid([HOSTILE, 1], [[HOSTILE, HOSTILE], ["a", 2]])),
        facts({HOSTILE: HOSTILE}),
        bullets([HOSTILE], "flags"),
        scatter(points, x, y, HOSTILE, [(0.1, 10.0), (0.5, 20.0)]),
        picture(np.zeros((4, 6, 3), np.uint8), HOSTILE, HOSTILE),
    )
    return content.decode()


def test_a_page_is_well_formed_and_stands_alone() -> None:
    seen = read_page(everything())
    assert_stands_alone(seen)
    assert len(seen.loaded) == 1
    assert {"html", "svg", "circle", "polyline", "table", "dl", "img"} <= set(seen.tags)


def test_every_text_is_escaped() -> None:
    content = everything()
    assert "<script" not in content
    # In 5 texts and 2 names of the chart, 3 of the table, 2 facts, and so on.
    assert content.count("&lt;script&gt;") == 18
    assert '" &' not in content
    assert "<script>alert('x')</script>" in read_page(content).text


def test_a_browser_is_told_to_load_nothing() -> None:
    assert "default-src &#x27;none&#x27;" in everything()


def test_light_dark_and_paper_have_their_colors() -> None:
    content = everything()
    assert "prefers-color-scheme: dark" in content
    assert "@media print" in content


def test_an_empty_section_is_left_out() -> None:
    assert section("title", "", bullets([])[:0]) == ""


@pytest.mark.parametrize(
    ("values", "logarithmic", "ticks"),
    [
        ([0.0, 1.0], False, [0.0, 0.5, 1.0]),
        ([34.1, 37.2], False, [34.0, 35.0, 36.0, 37.0]),
        ([5.0, 5.0], False, [4.8, 4.9, 5.0, 5.1, 5.2]),
        ([0.0], False, [-0.04, -0.02, 0.0, 0.02, 0.04]),
        ([3.0, 40.0], True, [5.0, 10.0, 20.0, 50.0]),
    ],
)
def test_ticks_are_round(values: list[float], logarithmic: bool, ticks: list[float]) -> None:
    axis = ChartAxis.over("", values, str, logarithmic=logarithmic)
    assert axis.ticks() == pytest.approx(ticks)


def test_points_lie_where_their_values_say() -> None:
    """Half way along a logarithmic axis lies the geometric mean."""
    axis = ChartAxis("", 1.0, 100.0, str, True)
    assert axis.place(10.0) == pytest.approx(0.5)
    assert ChartAxis("", 1.0, 3.0, str).place(2.0) == pytest.approx(0.5)
    point = ChartPoint(2.0, 3.0, "a", "b")
    straight = ChartAxis("", 1.0, 3.0, str)
    drawn = scatter([point], straight, straight, "")
    assert '<circle cx="345.0" cy="16.0"' in drawn


def test_marks_of_one_place_stand_side_by_side() -> None:
    axis = ChartAxis("", 0.0, 1.0, str)
    points = [ChartPoint(0.5, 0.5, mark, mark) for mark in "aab"] + [ChartPoint(1, 1, "c", "c")]
    seen = read_page(scatter(points, axis, axis, ""))
    assert seen.tags.count("circle") == 4
    assert "a, b" in seen.text
    assert 'text-anchor="end" dx="-8">c<' in scatter(points, axis, axis, "")
