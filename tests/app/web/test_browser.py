"""The page in a real browser, with all that people do to it."""

import io
import shlex
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from photos import make_photo
from served import Served, Visit, wait_until
from sesr_app.commands import app


def by_command(line: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the command line that the page shows, where the photographs are."""
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(app, shlex.split(line)[1:])
    assert result.exit_code == 0, result.output


def bright(page: Any) -> float:
    """Of the page's background, 0 to 255."""
    color = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return float(np.mean([int(part) for part in color[4:-1].split(",")[:3]]))


def test_a_photograph_is_enlarged_compared_and_downloaded(
    visit: Visit, served: Served, photograph: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = served.lines()
    visitor = visit(accept_downloads=True)
    visitor.drop(photograph)
    assert "600 x 400 pixels" in visitor.status()
    line = visitor.command()
    by_command(line, photograph.parent, monkeypatch)
    expected = photograph.with_name("my photo's_x2.jpg")
    page = visitor.page
    assert visitor.download(expected.name) == expected.read_bytes()

    # The line between the two is dragged.
    picture = page.locator("#upscale-whole img").nth(1)
    clip = picture.get_attribute("style")
    handle = page.locator("#upscale-whole .icon-wrap")
    handle.hover()
    box = handle.bounding_box()
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 10, steps=3)
    page.mouse.up()
    wait_until(lambda: picture.get_attribute("style") != clip, "the line did not move")

    # The pointer chooses a detail.
    place = page.locator("#upscale-place img")
    size = place.bounding_box()
    place.click(position={"x": size["width"] * 0.1, "y": size["height"] * 0.5})
    across = page.get_by_label("range slider for Detail: % from the left")
    wait_until(lambda: float(across.input_value()) < 20, "the place was not taken over")
    page.locator("#upscale-whole button[aria-label=Fullscreen]").click()
    page.locator("#upscale-whole button[aria-label*='xit']").wait_for()

    assert {urlsplit(url).netloc for url in visitor.asked if url.startswith("http")} == {
        urlsplit(served.url).netloc
    }
    weight = page.evaluate(
        "performance.getEntriesByType('resource').reduce((sum, one) => sum + one.transferSize, 0)"
    )
    assert 100_000 < weight < 3_000_000
    assert (visitor.errors, served.lines()) == ([], before)


def test_several_come_as_one_zip(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / f"{name}.png" for name in ("one", "two")]
    for seed, path in enumerate(paths):
        Image.fromarray(make_photo(40, 50, seed)).save(path)
    visitor = visit(accept_downloads=True)
    visitor.drop(paths)
    assert visitor.status() == "2 photographs are ready."
    with visitor.page.expect_download() as waiting:
        visitor.page.locator("#upscale-zip").click()
    content = zipfile.ZipFile(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    by_command(visitor.command(), tmp_path, monkeypatch)
    assert content.namelist() == ["one_x2.png", "two_x2.png"]
    for name in content.namelist():
        assert content.read(name) == (tmp_path / name).read_bytes()


def test_bad_files_are_told_and_the_others_done(
    visit: Visit, served: Served, photograph: Path, tmp_path: Path
) -> None:
    bomb = io.BytesIO()
    Image.new("1", (9000, 9000)).save(bomb, "PNG")
    good = io.BytesIO()
    Image.fromarray(make_photo(30, 30)).save(good, "PNG")
    evil = "<img src=x onerror=alert(1)>\x1b[31m.png"
    sent = [
        {"name": name, "mimeType": "image/png", "buffer": content}
        for name, content in (
            (evil, good.getvalue()),
            ("words.png", b"no image at all"),
            ("bomb.png", bomb.getvalue()),
        )
    ]
    visitor = visit()
    before = len(served.lines())
    visitor.drop(sent)
    told = visitor.status("bad")
    assert "words.png" in told
    assert "bomb.png: has 81 megapixels, and this page takes 5" in told
    assert visitor.page.locator("#upscale-results a").count() == 1
    assert visitor.page.locator("img[src=x]").count() == 0
    assert shlex.split(visitor.command())[2] == "img src=x onerror=alert(1)[31m.png"
    assert len(served.lines()) == before + 2
    assert visitor.errors == []


def test_too_many_files_are_refused_in_one_line(visit: Visit, served: Served) -> None:
    visitor = visit()
    before = len(served.lines())
    visitor.drop(
        [{"name": f"{i}.png", "mimeType": "image/png", "buffer": b"x"} for i in range(200)]
    )
    assert "200 files are more than this page takes" in visitor.status("bad")
    assert len(served.lines()) == before + 1


def test_two_visitors_do_not_disturb_each_other(
    visit: Visit, photograph: Path, tmp_path: Path
) -> None:
    large = tmp_path / "large.jpg"
    Image.fromarray(make_photo(1000, 1400)).save(large)
    patient, hasty = visit(), visit()
    # Longer than all that the patient one waits for, also where both and the browser share a core.
    hasty.page.get_by_label("8 x").first.check()
    hasty.page.get_by_label("Network").first.click()
    hasty.page.get_by_role("option", name="SESR-XL").click()
    hasty.drop(large)
    hasty.page.locator("#upscale-status progress").wait_for()
    patient.drop(photograph)
    assert "600 x 400" in patient.status()
    hasty.page.locator("#upscale-cancel").click()
    hasty.page.get_by_text("Cancelled. Nothing of it was kept.").wait_for()
    assert hasty.page.locator("#upscale-results a").count() == 0
    # The page works on.
    hasty.page.get_by_label("1.5 x").first.check()
    hasty.clear()
    hasty.drop(photograph)
    assert "450 x 300" in hasty.status()
    # The same photograph of two visitors lies in two places.
    results = [one.page.locator("#upscale-results a").first for one in (patient, hasty)]
    places = [Path(str(one.get_attribute("href"))).parent for one in results]
    assert places[0] != places[1]
    hasty.clear()
    hasty.page.locator("#upscale-results").wait_for(state="hidden")
    assert patient.page.request.get(str(results[0].get_attribute("href"))).ok


def test_a_tab_that_is_closed_ends_its_job(visit: Visit, served: Served, tmp_path: Path) -> None:
    large = tmp_path / "large.jpg"
    Image.fromarray(make_photo(1000, 1400)).save(large)
    visitor = visit()
    visitor.page.get_by_label("4 x").first.check()
    visitor.page.get_by_label("Network").first.click()
    visitor.page.get_by_role("option", name="SESR-XL").click()
    visitor.drop(large)
    visitor.page.locator("#upscale-status progress").wait_for()
    assert served.files()
    visitor.page.close()
    wait_until(lambda: not served.files(), "files are left")
    assert "Traceback" not in served.log.read_text()


def test_all_of_it_by_keyboard(visit: Visit, photograph: Path) -> None:
    visitor = visit()
    page = visitor.page

    def tab_to(what: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("what => document.activeElement.matches(what)", what):
                return
        raise AssertionError(f"{what} is not reached")

    choosers: list[Any] = []
    page.on("filechooser", lambda chooser: choosers.append(chooser))
    tab_to("#upscale-files button")
    page.keyboard.press("Enter")
    for _ in range(30):
        page.wait_for_timeout(1000)
        if choosers:
            break
        # On a busy machine the button is there before the page listens to it.
        page.keyboard.press("Enter")
    choosers[0].set_files(photograph)
    assert "600 x 400" in visitor.status()
    tab_to("[aria-label='range slider for Line: % from the left']")
    picture = page.locator("#upscale-whole img").nth(1)
    clip = picture.get_attribute("style")
    page.keyboard.press("End")
    wait_until(lambda: picture.get_attribute("style") != clip, "the line did not move")
    detail = page.locator("#upscale-detail img").first
    shown = detail.get_attribute("src")
    tab_to("[aria-label='range slider for Detail: % from the left']")
    page.keyboard.press("Home")
    wait_until(lambda: detail.get_attribute("src") != shown, "the detail did not move")
    tab_to("#upscale-results a")
    with page.expect_download() as downloading:
        page.keyboard.press("Enter")
    assert downloading.value.suggested_filename == "my photo's_x2.jpg"


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1280), ("dark", 390)], ids=["light", "dark phone"]
)
def test_everybody_can_read_it(visit: Visit, photograph: Path, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    visitor = visit(color_scheme=scheme, viewport={"width": width, "height": 900})
    page = visitor.page
    visitor.drop(photograph)
    visitor.status()
    assert (bright(page) < 60) == (scheme == "dark")
    for name in ("Upscale", "Defend", "Export", "Models"):
        tab = page.get_by_role("tab", name=name)
        tab.click()
        page.locator(f"[role=tab][aria-selected=true]:has-text('{name}')").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        faults = [
            (fault["id"], [node["html"][:200] for node in fault["nodes"]])
            for fault in axe.Axe().run(page).response["violations"]
            if fault["impact"] in ("serious", "critical")
        ]
        assert faults == [], name
    page.locator("a[href='#card-m5_x2_y']").click()
    card = page.locator("#card-m5_x2_y")
    assert card.is_visible()
    assert "13,520" in card.inner_text()
    assert not page.locator("#card-m3_x2_y").is_visible()
