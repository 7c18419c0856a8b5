"""What the folders promise: who may import whom, and what a file of the project may name."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ROOMS = {
    # package: (its folder, the packages of this project that it may import)
    "sesr": (ROOT / "sesr", {"sesr"}),
    "sesr_datasets": (ROOT / "datasets", {"sesr", "sesr_datasets"}),
    "defense": (ROOT / "defense", {"sesr", "defense"}),
    "sesr_app": (ROOT / "app", {"sesr", "sesr_app", "sesr_datasets", "defense"}),
}


def imported_by(path: Path) -> set[str]:
    """Top-level names that a module imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_only_what_lies_below_them(room: str) -> None:
    folder, allowed = ROOMS[room]
    modules = list(folder.rglob("*.py"))
    assert modules
    for module in modules:
        others = imported_by(module) & set(ROOMS) - allowed
        assert not others, f"{module} imports {others}"


def test_no_lock_file_is_kept() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    assert not [name for name in tracked if name.endswith((".lock", "Pipfile.lock"))]
