"""What installing this project does to an environment."""

import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*command: object, cwd: Path | None = None) -> str:
    result = subprocess.run(
        [*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    run("git", "clone", "--quiet", ROOT, source)
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, source)
    return next(folder.glob("*.whl"))


@pytest.mark.slow
def test_the_wheel_holds_four_packages_and_the_models(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    rooms = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert rooms == {"sesr", "sesr_app", "sesr_datasets", "defense"}
    for suffix in ("tflite", "keras", "json"):
        assert f"sesr/models/m5_x2_y.{suffix}" in names
    assert {f"{room}/py.typed" for room in rooms} <= set(names)


PACKAGES = {
    "sesr": ROOT / "sesr",
    "sesr_app": ROOT / "app" / "sesr_app",
    "sesr_datasets": ROOT / "datasets" / "sesr_datasets",
    "defense": ROOT / "defense",
}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_wheel_holds_every_file_of_its_packages(package: str) -> None:
    """Networks of a folder that nobody lists would be missing wherever it is installed."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = settings["tool"]["setuptools"]["package-data"][package]
    folder = PACKAGES[package]
    listed = {path for pattern in patterns for path in folder.glob(pattern)}
    held = {
        path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    }
    left = {path for path in held - listed if path.suffix != ".py"}
    assert not left, sorted(left)


@pytest.mark.slow
def test_it_lives_beside_other_owners_of_its_rooms_names(wheel: Path, tmp_path: Path) -> None:
    """Hugging Face's `datasets` is one; for `app` a distribution is made here."""
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    other = tmp_path / "other"
    (other / "app").mkdir(parents=True)
    (other / "app" / "__init__.py").write_text("OWNER = 'somebody else'\n")
    (other / "pyproject.toml").write_text(
        '[project]\nname = "other-app"\nversion = "1"\n[tool.setuptools]\npackages = ["app"]\n'
    )
    run(python, "-m", "pip", "install", "--quiet", "datasets", other)
    before = files_of(python)
    run(python, "-m", "pip", "install", "--quiet", wheel)
    after = files_of(python)
    assert before.items() <= after.items()
    run(python, "-m", "pip", "check")
    check = (
        "import app, datasets; assert app.OWNER == 'somebody else'; "
        "assert datasets.Dataset.from_dict({'a': [1, 2]})[1] == {'a': 2}; "
        "import sesr_app.main, sesr_datasets.image_folder"
    )
    # From the root of this repository too, where folders of these names lie.
    for folder in (tmp_path, ROOT):
        run(python, "-c", check, cwd=folder)
    sample, enlarged = ROOT / "samples" / "guitar.webp", tmp_path / "enlarged.png"
    run(python.with_name("sesr"), "upscale", sample, "-o", enlarged, cwd=ROOT)
    assert enlarged.exists()


FILES = """
import hashlib, json, sysconfig
from pathlib import Path
root = Path(sysconfig.get_path("purelib"))
files = [path for path in root.rglob("*.py") if path.is_file()]
print(json.dumps({str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}))
"""


def files_of(python: Path) -> dict[str, str]:
    """Hashes of all modules in an environment."""
    import json

    hashes: dict[str, str] = json.loads(run(python, "-c", FILES))
    return hashes
