"""The README tells the truth about commands, files and names."""

import re
from pathlib import Path

import numpy as np
import pytest

import sesr

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_check_command_is_what_continuous_integration_runs() -> None:
    assert "\nsh tests/run.sh\n" in README
    assert "tests/run.sh" in (ROOT / ".ci" / "run").read_text()


def test_the_first_command_upscales_the_shipped_photograph() -> None:
    command = next(line for line in README.splitlines() if line.startswith("python3 -m venv"))
    photograph = re.search(r"sesr upscale (\S+)", command)
    assert photograph is not None
    assert (ROOT / photograph[1]).is_file()


def test_every_file_it_links_or_names_is_there() -> None:
    named = re.findall(r"\]\(([\w./-]+)\)", README) + re.findall(r"`((?:\w+/)+[\w.]*)`", README)
    assert len(named) > 5
    for name in named:
        assert (ROOT / name).exists(), name


def test_every_option_it_shows_exists() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "app").rglob("*.py"))
    for option in set(re.findall(r"(?<= )--[a-z-]+", README)) - {"--quiet"}:
        assert option in sources or option[2:].replace("-", "_") in sources, option


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
