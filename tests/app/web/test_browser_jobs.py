"""The tabs whose work is done in a process of its own, in a real browser."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from served import Served, Visit, wait_until

keras = pytest.importorskip("keras")
SIDE = 32


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that adds pixels up with random weights, so that many small changes count."""
    keras.utils.set_random_seed(3)
    wide = keras.initializers.RandomNormal(stddev=1.0)
    layers = [keras.layers.Flatten(), keras.layers.Dense(10, kernel_initializer=wide)]
    path = tmp_path_factory.mktemp("classifier") / "my net.keras"
    keras.Sequential([keras.Input((SIDE, SIDE, 3)), *layers]).save(path)
    return path


def open_tab(page: Any, name: str) -> None:
    tab = page.get_by_role("tab", name=name)
    tab.click()
    page.locator(f"[role=tab][aria-selected=true]:has-text('{name}')").wait_for()


def choose_classifier(page: Any, path: Path) -> None:
    """One's own file, whatever the page knows."""
    page.get_by_label("Classifier").first.click()
    page.get_by_role("option", name="my own file").click()
    page.locator("#defend-model input[type=file]").set_input_files(path)
    page.locator("#defend-model button[aria-label=Clear]").wait_for()


def start(page: Any) -> str:
    """Attack; the message at the end."""
    page.locator("#defend-start").click()
    page.locator("#defend-status progress").wait_for()
    found = page.locator("#defend-status .sesr-good, #defend-status .sesr-bad")
    found.wait_for()
    return str(found.inner_text())


def test_who_knows_the_defence_wins_and_the_page_says_so(
    visit: Visit, served: Served, photograph: Path, classifier: Path
) -> None:
    pytest.importorskip("foolbox")
    before = served.lines()
    visitor = visit()
    page = visitor.page
    open_tab(page, "Defend")
    page.locator("#defend-start").click()
    page.get_by_text("drop a photograph first").wait_for()
    page.locator("#defend-photograph input[type=file]").set_input_files(photograph)
    page.locator("#defend-photograph button[aria-label=Clear]").wait_for()
    choose_classifier(page, classifier)
    page.get_by_label("Largest change of a value, of 255").first.fill("8")
    told = start(page)
    assert "the attacker knows the classifier, not that it is defended" in told
    assert "in place of class" in told

    page.get_by_label("knows both (adaptive)").check()
    told = start(page)
    assert "knows classifier and defense, and has gradients through both" in told
    assert "the defence is beaten" in told
    panel = page.get_by_role("tabpanel").filter(has=page.locator("#defend-status"))
    loaded = "images => images.filter(one => one.naturalWidth > 0).length"
    pictures = panel.locator("img")
    wait_until(lambda: pictures.evaluate_all(loaded) == 4, "four pictures are not there")
    assert pictures.evaluate_all("all => all.map(one => one.naturalWidth)") == [SIDE] * 4
    # Three answers for each of clean, attacked and defended.
    assert panel.locator("meter, [role=progressbar], .bar").count() >= 9
    # The first attempt was without a photograph.
    assert (visitor.errors, len(served.lines()) - len(before)) == ([], 1)


def test_an_export_comes_as_a_table_and_a_zip(visit: Visit, served: Served) -> None:
    pytest.importorskip("ethosu.vela")
    before = served.lines()
    visitor = visit(accept_downloads=True)
    page = visitor.page
    open_tab(page, "Export")
    panel = page.get_by_role("tabpanel").filter(has=page.locator("#export-status"))
    for field, value in (("Network", "SESR-M3"), ("Pixels at a time", "32x32")):
        panel.get_by_label(field).first.click()
        page.get_by_role("option", name=value, exact=True).click()
    page.locator("#export-start").click()
    page.locator("#export-status progress").first.wait_for()
    page.locator("#export-status .sesr-good").wait_for()
    cells = page.locator("#export-table td").all_inner_texts()
    with page.expect_download() as waiting:
        page.locator("#export-zip").click()
    name = "sesr_m3_x2_y_32x32_ethos-u55-128"
    assert waiting.value.suggested_filename == f"{name}.zip"
    content = zipfile.ZipFile(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    report = json.loads(content.read(f"{name}/report.json"))
    assert cells == [
        "ethos-u55-128",
        "32x32",
        f"{report['cycles']:,}",
        f"{report['milliseconds']:.2f}",
        f"{report['sram_bytes'] / 1024:.0f}",
    ]
    assert any(one.endswith("_vela.tflite") for one in content.namelist()), content.namelist()
    line = page.locator("#export-command textarea").input_value()
    assert line == f"sesr export --model M3 --scale 2 --tile 32x32 --target ethos-u55-128 -o {name}"
    assert (visitor.errors, served.lines()) == ([], before)


def test_a_closed_tab_ends_an_export(visit: Visit, served: Served) -> None:
    visitor = visit()
    page = visitor.page
    open_tab(page, "Export")
    page.locator("#export-start").click()
    page.locator("#export-status progress").wait_for()
    assert list(served.temporary.glob("*/work-*"))
    page.close()
    # The folder of the process that works goes with it.
    wait_until(lambda: not list(served.temporary.glob("*/work-*")), "the work goes on")
    wait_until(lambda: not served.files(), "files are left")
    assert "Traceback" not in served.log.read_text()
