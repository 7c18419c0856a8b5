"""The picture of the networks: every point can be chosen, no name lies on another one."""

from __future__ import annotations

import re

import pytest

from sesr_app.web.work.chart import family_page
from sesr_app.web.work.labels import Label, place_labels

POINT = re.compile(
    r'cx="(?P<x>[\d.]+)" cy="(?P<y>[\d.]+)" r="\d+"/><text class="\w+"[^>]*>(?P<name>[^<]+)</text>'
)


def test_no_name_of_the_shipped_networks_lies_on_another_point_or_name() -> None:
    for chart in family_page().split("<figure>")[1:]:
        found = [(m["name"], (float(m["x"]), float(m["y"]))) for m in POINT.finditer(chart)]
        assert len(found) >= 5
        names, places = zip(*found, strict=True)
        labels = place_labels(names, places)
        for number, label in enumerate(labels):
            for other, (x, y) in enumerate(places):
                middle = Label(x - 3, y - 3, x + 3, y + 3)
                assert other == number or label.overlap(middle) == 0, (names[number], names[other])
            for other in labels[:number]:
                assert label.overlap(other) == 0, names[number]


@pytest.mark.parametrize(
    ("others", "anchor"),
    [([], "start"), ([(115, 50)], "end"), ([(115, 50), (80, 50)], "middle")],
)
def test_a_name_goes_where_there_is_room(others: list[tuple[float, float]], anchor: str) -> None:
    places = [(100.0, 50.0), *others]
    label = place_labels(["M5"] + ["x"] * len(others), places)[0]
    assert label.anchor == anchor
    assert label.left <= label.x <= label.right
