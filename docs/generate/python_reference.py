"""The reference of Python: which modules it shows; mkdocstrings fills in their docstrings."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

FOLDER = "reference/python"

_ROOT = Path(__file__).parents[2]
_HOMES = (_ROOT, _ROOT / "datasets")


@dataclass(frozen=True, slots=True)
class ApiPage:
    """One page.

    Attributes:
        name: of its file.
        title: for people.
        intro: a paragraph.
        modules: whose public names are shown; those that say which in `__all__`, all others whole.
    """

    name: str
    title: str
    intro: str
    modules: tuple[str, ...]


PAGES = (
    ApiPage(
        "sesr",
        "Upscale, build, collapse",
        "What `import sesr` gives, and the errors that all of it raises.",
        ("sesr", "sesr.errors"),
    ),
    ApiPage(
        "models",
        "Models and engines",
        "The trained networks of the package, their cards, and what runs them.",
        ("sesr.catalog.shipped", "sesr.catalog.card", "sesr.engine"),
    ),
    ApiPage(
        "evaluation",
        "Quality",
        "PSNR and SSIM by the protocol of the literature.",
        ("sesr.evaluation.metrics", "sesr.evaluation.protocol"),
    ),
    ApiPage(
        "defense",
        "Defenses",
        "Transforms in front of a classifier, and the defended classifier.",
        ("defense", "defense.presets"),
    ),
    ApiPage(
        "robustness",
        "Attacks and evaluation",
        "What attacks a defended classifier, and what makes a report of it.",
        ("defense.attacks", "defense.evaluation", "defense.evaluation.report"),
    ),
)


def api_pages() -> dict[str, str]:
    """Markdown of every page by its path."""
    return {f"{FOLDER}/{page.name}.md": _markdown(page) for page in PAGES}


def api_navigation() -> list[str]:
    """The pages in their order."""
    return list(api_pages())


def _markdown(page: ApiPage) -> str:
    lines = [f"# {page.title}", "", page.intro]
    for module in page.modules:
        lines += ["", f"## `{module}`", ""]
        lines += _directives(module)
    return "\n".join([*lines, ""])


def _directives(module: str) -> list[str]:
    names = [name for name in public_names(module) if not name.startswith("_")]
    if not names:
        whole = (
            "    options:",
            "      show_root_heading: false",
            "      show_root_toc_entry: false",
        )
        return [f"::: {module}", *whole]
    return [line for name in names for line in (f"::: {module}.{name}", "")]


def public_names(module: str) -> list[str]:
    """What a module says is public, read without importing it; nothing if it does not say."""
    for node in ast.parse(_file(module).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names: list[str] = ast.literal_eval(node.value)
            return names
    return []


def _file(module: str) -> Path:
    parts = module.replace(".", "/")
    tried = (home / name for home in _HOMES for name in (f"{parts}.py", f"{parts}/__init__.py"))
    return next(path for path in tried if path.is_file())
