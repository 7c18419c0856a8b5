from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("cv2", "eagerpy", "foolbox", "keras", "PIL", "pywt", "skimage", "tensorflow")
ROOMS = (
    *("defense", "defense.attacks", "defense.classifiers", "defense.evaluation"),
    *("defense.evaluation.report", "defense.training", "defense.transforms"),
)


@pytest.mark.parametrize("room", ROOMS)
def test_importing_a_room_loads_nothing_heavy(room: str) -> None:
    program = f"import sys, {room}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


@pytest.mark.parametrize("room", ROOMS)
def test_public_names_are_sorted_and_exist(room: str) -> None:
    module = import_module(room)
    # As ruff sorts them: constants, classes, functions.
    kinds = [(not name.isupper(), not name[0].isupper(), name) for name in module.__all__]
    assert kinds == sorted(kinds)
    assert all(hasattr(module, name) for name in module.__all__)
    with pytest.raises(AttributeError, match=f"'{room}' has no attribute 'Nothing'"):
        _ = module.Nothing


def test_the_extra_holds_only_what_the_package_imports() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.split("[<>=]", one)[0] for one in project["optional-dependencies"]["defense"]}
    distributions = packages_distributions()
    used = {
        distribution
        for path in (ROOT / "defense").rglob("*.py")
        for name in imported_by(path)
        for distribution in distributions.get(name, [])
    }
    assert wanted <= used


def imported_by(path: Path) -> set[str]:
    """Top-level names that a module imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}
