"""Which images a command over URLs means, and what their results are called."""

import uuid
from collections.abc import Iterator
from itertools import islice

import pytest

from sesr.errors import UsageError
from sesr_app.storage import Entry, Place
from sesr_app.upscale.options import UpscaleOptions
from sesr_app.upscale.remote.survey import Survey

pytest.importorskip("fsspec")


@pytest.fixture
def url() -> str:
    return f"memory://{uuid.uuid4().hex}"


def write(url: str, *names: str) -> None:
    for name in names:
        Place(url).write(name, b"content")


def surveyed(*inputs: str, **options: object) -> list[tuple[str, str, bool]]:
    survey = Survey(UpscaleOptions(inputs, **options))  # type: ignore[arg-type]
    return [(item.name, item.target, item.done) for item in survey.items()]


def test_the_tree_is_mirrored_and_hidden_folders_are_not(url: str) -> None:
    write(
        url, "in/b.png", "in/a/c.jpg", "in/.x/d.png", "in/__MACOSX/e.png", "in/.f.png", "in/g.txt"
    )
    assert surveyed(f"{url}/in", output=f"{url}/out", recursive=True) == [
        ("b.png", "b_x2.png", False),
        ("a/c.jpg", "a/c_x2.jpg", False),
    ]
    assert surveyed(f"{url}/in", output=f"{url}/out") == [("b.png", "b_x2.png", False)]


def test_results_inside_the_inputs_are_left_alone(url: str) -> None:
    write(url, "in/b.png", "in/big/b_x2.png")
    found = surveyed(f"{url}/in", output=f"{url}/in/big", recursive=True, skip_existing=True)
    assert found == [("b.png", "b_x2.png", True)]


@pytest.mark.parametrize("inputs", [("{0}/in",), ("{0}/in/a.png", "{0}/in/a.jpg")])
def test_two_images_with_one_result_are_refused(url: str, inputs: tuple[str, ...]) -> None:
    write(url, "in/a.png", "in/a.jpg")
    with pytest.raises(UsageError, match=r"out/a_x2\.webp: two images would be written here"):
        surveyed(*(given.format(url) for given in inputs), output=f"{url}/out/", format="webp")


def test_folders_of_two_inputs_may_not_meet(url: str) -> None:
    write(url, "one/sub/a.png", "two/sub/a.png")
    with pytest.raises(UsageError, match="two images would be written here"):
        surveyed(f"{url}/one", f"{url}/two", output=f"{url}/out", recursive=True)


def test_images_come_while_the_rest_is_still_listed(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(url, "in/a.png")
    listed = 0

    def endless(place: Place, folder: str = "") -> Iterator[Entry]:
        nonlocal listed
        while place.url.endswith("/in"):
            listed += 1
            yield Entry(f"{listed}.png", 1, "", False)

    survey = Survey(UpscaleOptions((f"{url}/in",), output=f"{url}/out"))
    monkeypatch.setattr(Place, "entries", endless)
    assert len(list(islice(survey.items(), 100))) == 100
    assert listed == 100
