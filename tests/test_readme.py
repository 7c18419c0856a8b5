"""The README, and the texts beside it, tell the truth about commands, files and names."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pytest
from PIL import Image

import sesr
from checks import STATIC
from sesr_app.commands import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
TEXTS = ("README.md", "CONTRIBUTING.md", "docs/experiments.md")
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))
ALL_TEXTS = sorted({*TEXTS, *PAGES})


def test_the_check_command_is_what_continuous_integration_runs() -> None:
    assert "\nsh tests/run.sh\n" in README
    assert "tests/run.sh" in (ROOT / ".ci" / "run").read_text()


def test_the_same_checks_run_everywhere() -> None:
    """On a forge as here, and the quick ones before a commit."""
    assert "tests/checks.py" in (ROOT / "tests" / "run.sh").read_text()
    forge = (ROOT / ".github" / "workflows" / "checks.yml").read_text()
    assert "run: python tests/checks.py\n" in forge
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    entries = re.findall(r"entry: python -m (.*)", hooks)
    # pre-commit names the files itself.
    assert entries == [" ".join(check).removesuffix(" .") for check in STATIC]


def test_the_first_command_upscales_the_shipped_photograph() -> None:
    command = next(line for line in README.splitlines() if line.startswith("python3 -m venv"))
    photograph = re.search(r"sesr upscale (\S+)", command)
    assert photograph is not None
    assert (ROOT / photograph[1]).is_file()


def commands_to_try() -> list[str]:
    """The blocks of the section "Try it", as a reader copies them."""
    section = README.partition("\n## Try it\n")[2].partition("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This repository as a reader gets it: what is committed, and nothing else."""
    folder = tmp_path_factory.mktemp("clone") / "sesr"
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    return folder


def run_as_a_reader(command: str, folder: Path, **variables: str) -> str:
    """Run a block of the README in a shell that knows nothing of this environment."""
    ours = {"PYTHONPATH", "VIRTUAL_ENV", "PYTEST_ADDOPTS"}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    result = subprocess.run(
        ["sh", "-e", "-c", command],
        cwd=folder,
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.slow
def test_the_first_command_runs_as_it_stands(clone: Path) -> None:
    run_as_a_reader(commands_to_try()[0], clone)
    small, large = clone / "samples" / "guitar.webp", clone / "guitar_x2.png"
    with Image.open(small) as before, Image.open(large) as after:
        assert after.size == (2 * before.width, 2 * before.height)


@pytest.mark.slow
def test_the_second_command_runs_as_it_stands(clone: Path) -> None:
    """It installs and checks everything; only its tests are narrowed, to those of one file.

    This test runs inside the suite that the command runs: pytest's own variable keeps the inner
    suite to a file without slow tests, so that it ends.
    """
    printed = run_as_a_reader(
        commands_to_try()[1], clone, PYTEST_ADDOPTS="tests/sesr/pixels/test_luma.py"
    )
    assert re.search(r"^=+ \d+ passed", printed, re.MULTILINE), printed
    assert "test_luma.py" in printed


@pytest.mark.parametrize("text", TEXTS)
def test_every_file_it_links_or_names_is_there(text: str) -> None:
    content = (ROOT / text).read_text()
    links = re.findall(r"\]\(([\w./-]+)\)", content)
    named = re.findall(r"`((?:\w+/)+[\w.]*)`", content)
    assert len(links + named) > 5
    for name in links:
        assert ((ROOT / text).parent / name).exists(), name
    for name in named:
        assert (ROOT / name).exists(), name


def commands_shown(content: str) -> Iterator[tuple[str, list[str]]]:
    """Every command in a text that is code: its name and its arguments."""
    blocks = re.findall(r"```sh.*?\n(.*?)```", content, re.DOTALL)
    rest = re.sub(r"```.*?```", "", content, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    for line in lines + re.findall(r"`([^`]+)`", rest):
        for part in re.split(r"&&|\|", line.replace("\n", " ")):
            words = shlex.split(part.replace("'", " "), comments=True)
            if words:
                yield Path(words[0]).name, words[1:]


def options_of(command: click.Command) -> set[str]:
    given = [name for one in command.params for name in (*one.opts, *one.secondary_opts)]
    return {*given, "-h", "--help"}


def command_of(words: list[str]) -> click.Command:
    """The command of `sesr` that words name, as Click finds it."""
    command: click.Command = app
    for word in words:
        context = click.Context(command)
        if not isinstance(command, click.Group) or word not in command.list_commands(context):
            break
        found = command.get_command(context, word)
        assert found is not None
        command = found
    return command


def all_commands(group: click.Group) -> Iterator[click.Command]:
    yield group
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None, name
        yield from all_commands(found) if isinstance(found, click.Group) else [found]


def options_of_script(script: Path) -> set[str]:
    return {*re.findall(r'add_argument\(\s*(?:"-\w", )?"(--[\w-]+)"', script.read_text())}


@pytest.mark.parametrize("text", PAGES)
def test_every_file_of_ours_that_a_page_names_is_there(text: str) -> None:
    """Links between pages are checked where the site is built."""
    ours = r"`((?:sesr|app|datasets|defense|benchmarks|docs|tests|samples)/[\w./]*)`"
    for name in re.findall(ours, (ROOT / text).read_text()):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("text", ALL_TEXTS)
def test_every_option_it_shows_exists(text: str) -> None:
    content = (ROOT / text).read_text()
    of_scripts = set().union(*map(options_of_script, (ROOT / "benchmarks").rglob("*.py")))
    known = set().union(*map(options_of, all_commands(app))) | of_scripts
    for name, words in commands_shown(content):
        shown = {word for word in words if re.fullmatch(r"--?[a-z][a-z-]*", word)}
        if name == "sesr":
            assert shown <= options_of(command_of(words)), f"sesr {shlex.join(words)}"
        elif name == "python" and words and words[0].startswith("benchmarks/"):
            assert shown <= options_of_script(ROOT / words[0]), shlex.join(words)
        elif name.startswith("--"):
            assert name in known, name


@pytest.mark.parametrize("text", ALL_TEXTS)
def test_every_command_of_ours_that_it_shows_exists(text: str) -> None:
    for name, words in commands_shown((ROOT / text).read_text()):
        if name == "sesr" and words and not words[0].startswith("-"):
            assert command_of(words) is not app, words[0]


def test_all_its_benchmarks_are_run_together() -> None:
    printed = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "figures.py", "--list"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    texts = "".join((ROOT / text).read_text() for text in ("README.md", *PAGES))
    scripts = set(re.findall(r"benchmarks/[\w/]+\.(?:py|sh)", texts)) - {"benchmarks/figures.py"}
    assert len(scripts) > 6
    for script in scripts:
        assert script in printed, script


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_its_python_runs(code: str) -> None:
    import keras

    pool, dense = keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(4)
    classifier = keras.Sequential([keras.Input((40, 40, 3)), pool, dense])
    image = np.zeros((40, 40, 3), np.uint8)
    exec(code, {"image": image, "classifier": classifier})  # noqa: S102 - our own text


def test_the_public_names_are_pinned() -> None:
    assert sesr.__all__ == [
        "Upscaler",
        "__version__",
        "build_sesr",
        "collapse",
        "estimate_jpeg_quality",
    ]
    for name in sesr.__all__:
        assert getattr(sesr, name) is not None


def test_its_figures_are_those_of_the_model_cards() -> None:
    from sesr.catalog.shipped import shipped_models

    for model in shipped_models():
        card = model.card
        starts = (f"| **{card.full_title}**", f"| {card.full_title}")
        row = next(line for line in README.splitlines() if line.startswith(starts))
        for name in ("Set5", "Set14", "BSD100"):
            scores = card.benchmarks[name]
            assert f"{scores['psnr']:.2f} / {scores['ssim']:.4f}" in row


def test_the_map_of_the_rooms_is_whole() -> None:
    """Every folder of code right inside a package is on it."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    homes = [ROOT / "sesr", ROOT / "defense", ROOT / "app" / "sesr_app"]
    inits = [init for home in homes for init in home.glob("*/__init__.py")]
    assert len(inits) > 15
    for folder in (f"`{init.parent.relative_to(ROOT).as_posix()}/`" for init in inits):
        assert folder in text, folder
