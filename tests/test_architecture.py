"""The architecture: which rooms there are, what belongs in each, and who may import whom.

A room is a folder of the four packages, or a file that stands alone at the root of one. `ROOMS`
lists them from the ground up, each with the rooms that it may import: all of them stand above its
own line, so nothing imports upwards and no circle of rooms can be written down. A folder and the
folders inside it know each other; nobody else enters an inner folder that the line does not name.
"""

import ast
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from itertools import takewhile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

PACKAGES = {
    # package: (the folder that holds it, the packages that it may import)
    "sesr": (ROOT, ()),
    "sesr_datasets": (ROOT / "datasets", ("sesr",)),
    "defense": (ROOT, ("sesr",)),
    "sesr_app": (ROOT / "app", ("sesr", "sesr_datasets", "defense")),
}

ANYWHERE = ("sesr.lazy", "sesr.errors", "sesr.files", "sesr.reporting")
"""The ground floor, which every room stands on."""

ROOMS = {
    # sesr: the networks, and all that is done with them.
    "sesr.lazy": "",  # public names that are imported when they are first used
    "sesr.errors": "",  # what can go wrong that a user may meet
    "sesr.files": "",  # files and folders that appear whole or not at all
    "sesr.reporting": "",  # how work tells where it stands, and what it found
    "sesr.pixels": "",  # images as arrays: color, luma, alpha, resizing, tiles
    "sesr.catalog": "",  # which networks there are, as data; model cards; what is shipped
    "sesr.network": "pixels catalog",  # the networks in Keras
    "sesr.network.layers": "pixels catalog",  # their layers, one a file
    "sesr.engine": "pixels catalog network",  # what runs a trained network
    "sesr.lowering": "pixels catalog network network.layers",  # a network as a list of operations
    "sesr.int8": "pixels catalog network engine lowering",  # from float32 to int8
    "sesr.evaluation": "pixels catalog network engine lowering int8",  # PSNR and SSIM
    "sesr.training": "pixels catalog network engine lowering int8 evaluation",  # learning
    "sesr.training.start": "catalog network network.layers int8",  # what a run starts from
    "sesr.training.run": "",  # what every run shares: checkpoints, log, data ahead of time
    "sesr.export": "pixels catalog network engine lowering int8 evaluation",  # folders of files
    "sesr.export.cpu": "pixels catalog network engine lowering int8 evaluation",  # LiteRT, ONNX
    "sesr.export.npu": "pixels catalog network engine lowering int8 evaluation",  # Arm Ethos-U
    "sesr.export.c99": (  # boards without an NPU
        "pixels catalog network engine lowering int8 evaluation export export.npu"
    ),
    "sesr.export.c99.source": "",  # the C itself
    "sesr.classifiers": "lowering",  # image classifiers: stages, layers, cost, files
    "sesr.classifiers.training": (  # learning, from labelled images to files
        "catalog engine training training.run"
    ),
    "sesr.classifiers.search": (  # which blocks collapse, by accuracy and cycles
        "classifiers.training export export.npu"
    ),
    "sesr.upscaler": "pixels catalog engine",  # the one class that most people need
    # sesr_datasets: photographs for training and evaluation.
    "sesr_datasets": "sesr.pixels",
    "sesr_datasets.labelled": "sesr.pixels sesr.classifiers.training",  # for classifiers
    # defense: what stands before a classifier, and what that is worth.
    "defense.batch": "",  # the form of images that all of the defense takes
    "defense.parallel": "batch",  # images beside each other on all cores
    "defense.classifiers": "batch sesr.engine sesr.classifiers",  # loading them, and asking
    "defense.differentiable": "batch sesr.network sesr.pixels",  # transforms as one graph
    "defense.transforms.sizes": "batch parallel",  # other sizes of an image
    "defense.transforms": (  # what a defense is a chain of, one a file
        "batch parallel differentiable transforms.sizes sesr.pixels sesr.catalog sesr.network "
        "sesr.engine sesr.upscaler"
    ),
    "defense.parse": "transforms",  # defenses from text
    "defense.presets": "transforms parse",  # defenses with a name
    "defense.defended": (
        "batch classifiers transforms parse presets differentiable sesr.classifiers"
    ),
    "defense.smoothing": (  # votes over draws of noise, and what they prove
        "batch classifiers transforms parse presets defended sesr.engine sesr.lowering"
    ),
    "defense.attacks": "batch",  # attacks of foolbox's kind
    "defense.evaluation": "batch classifiers transforms parse presets defended smoothing attacks",
    "defense.evaluation.report": (  # for people
        "batch classifiers transforms presets smoothing attacks"
    ),
    "defense.training": (  # of the network in a defense
        "batch classifiers transforms parse presets differentiable defended attacks evaluation "
        "sesr.catalog sesr.network sesr.training sesr.training.run sesr.training.start"
    ),
    "defense.export": (  # the whole defense on a micro-NPU
        "batch classifiers transforms parse presets sesr.pixels sesr.catalog sesr.network "
        "sesr.engine sesr.lowering sesr.int8 sesr.evaluation sesr.classifiers sesr.export "
        "sesr.export.npu"
    ),
    # sesr_app: the command `sesr`; a folder a command, and what they share.
    "sesr_app.terminal": "sesr.training.run",  # the person at the terminal
    "sesr_app.images": "",  # image files that people bring
    "sesr_app.images.containers": "",  # the blocks that files of each format are made of
    "sesr_app.images.decode": "images.containers",  # from a file to pixels
    "sesr_app.images.decode.formats": "images.containers",  # one format a file
    "sesr_app.images.encode": "images.containers images.decode",  # from pixels to a file
    "sesr_app.images.encode.formats": "images.containers images.decode",  # one format a file
    "sesr_app.video": "",  # videos that people bring
    "sesr_app.video.frames": "sesr.pixels",  # their planes, and how each is enlarged
    "sesr_app.storage": "",  # folders on any file system, and what a job keeps in them
    "sesr_app.cluster": "",  # work on many machines, which survives their loss
    "sesr_app.upscale": (  # from the words of a command line to enlarged files
        "terminal images images.decode video sesr.catalog sesr.pixels sesr.engine sesr.upscaler"
    ),
    "sesr_app.upscale.plan": "terminal images video sesr.catalog sesr.pixels",  # what goes where
    "sesr_app.upscale.large": (  # an image larger than the memory, in parts
        "images images.decode images.encode upscale.plan"
    ),
    "sesr_app.upscale.remote": (  # on stores, in chunks
        "terminal images storage cluster upscale.plan upscale.large"
    ),
    "sesr_app.manifest": "terminal storage",  # what became of a job
    "sesr_app.models": "terminal sesr.catalog",
    "sesr_app.evaluate": "terminal sesr.catalog sesr.evaluation sesr_datasets",
    "sesr_app.bench": (
        "terminal sesr.catalog sesr.engine sesr.evaluation sesr.pixels sesr.upscaler sesr_datasets"
    ),
    "sesr_app.bench.contenders": (  # what `sesr bench` measures, one a file
        "sesr.catalog sesr.engine sesr.lowering sesr.network sesr.pixels sesr.upscaler "
        "sesr.export.cpu sesr_datasets"
    ),
    "sesr_app.train": (  # a network from folders of photographs
        "terminal storage cluster sesr.catalog sesr.network sesr.training sesr.training.run "
        "sesr_datasets"
    ),
    "sesr_app.classify": (
        "terminal sesr.classifiers sesr.classifiers.training sesr_datasets.labelled"
    ),
    "sesr_app.export": (
        "terminal defense.batch defense.classifiers defense.export defense.parse defense.presets "
        "sesr.pixels sesr.catalog sesr.network sesr.lowering sesr.int8 sesr.export sesr.export.cpu "
        "sesr.export.npu sesr.export.c99 sesr_datasets"
    ),
    "sesr_app.robustness": (
        "terminal cluster defense.batch defense.attacks defense.classifiers defense.defended "
        "defense.evaluation defense.evaluation.report defense.parse defense.presets "
        "defense.smoothing "
        "defense.training defense.transforms sesr.catalog sesr.network sesr.training sesr_datasets"
    ),
    "sesr_app.web": "terminal images video defense.classifiers",  # the page in a browser
    "sesr_app.web.work": (  # what its tabs have done, by the functions of the commands
        "terminal images upscale upscale.plan export defense.classifiers defense.evaluation "
        "defense.presets sesr.catalog"
    ),
    "sesr_app.web.tabs": (  # one a file
        "images upscale.plan web.work defense.attacks defense.presets sesr.catalog "
        "sesr.export.npu sesr.export.c99"
    ),
    "sesr_app.examples": "",  # the ends of all help texts
    "sesr_app.commands": "terminal examples",  # the commands by name
    "sesr_app.main": "terminal commands",  # how they end
}
"""Every room and those that it may import, beside `ANYWHERE`. A name without its package is of the
same package."""

SAME_IDEA = {
    "build_classifier": "a classifier to train, and one for an export",
    "collapse": "of a network for super resolution, and of a classifier",
    "RECIPES": "recipes of a network, and of the network of a defense",
    "find_recipe": "the same",
    "compare": "`sesr robustness compare`, and what it calls",
    "evaluate": "`sesr evaluate`, and what it calls",
    "main": "where a process begins",
    "read": "the door of every decoder of image files",
    "write": "the door of every encoder of image files",
    "train": "`sesr train`, and `sesr robustness train`",
}
"""Public names that may stand twice in the tree, because they mean one thing in two rooms."""

MOST_FILES = 12
"""In a folder of code."""


@dataclass(frozen=True)
class Import:
    """One name that one module takes from another of the project."""

    by: str
    of: str
    name: str


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the four packages by its name; a folder stands for its `__init__`."""
    found = {}
    for package, (home, _) in PACKAGES.items():
        for path in sorted((home / package).rglob("*.py")):
            parts = path.relative_to(home).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


@cache
def folders() -> dict[str, Path]:
    """Every folder of code, by the name of the room that it is."""
    return {
        ".".join(path.parent.relative_to(home).parts): path.parent
        for package, (home, _) in PACKAGES.items()
        for path in sorted((home / package).rglob("__init__.py"))
    }


def room_of(module: str) -> str | None:
    """The room that a module lies in; None for the front door of a package."""
    return max((room for room in ROOMS if within(module, room)), key=len, default=None)


def within(inner: str, outer: str) -> bool:
    return f"{inner}.".startswith(f"{outer}.")


def package_of(module: str) -> str:
    return module.partition(".")[0]


def allowed(room: str) -> set[str]:
    names = ROOMS[room].split()
    full = {n if package_of(n) in PACKAGES else f"{package_of(room)}.{n}" for n in names}
    return full | set(takewhile(lambda ground: ground != room, ANYWHERE))


@cache
def imports() -> tuple[Import, ...]:
    """Everything that a module of the project takes from another one, anywhere in it."""
    return tuple(found for name, tree in modules().items() for found in imports_of(name, tree))


def imports_of(module: str, tree: ast.Module) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            taken = [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: write imports in full"
            taken = [(node.module or "", alias.name) for alias in node.names]
        else:
            continue
        for source, name in taken:
            if f"{source}.{name}" in modules():
                yield Import(module, f"{source}.{name}", "")
            elif package_of(source) in PACKAGES:
                yield Import(module, source, name)


def crossings() -> Iterator[tuple[str, str, Import]]:
    """Imports from one room into another that neither holds nor lies in it."""
    for found in imports():
        here, there = room_of(found.by), room_of(found.of)
        if here and there and not within(here, there) and not within(there, here):
            yield here, there, found


def public_names(module: str) -> list[str]:
    """`__all__` of a folder, if it has one."""
    for node in modules()[module].body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names: list[str] = ast.literal_eval(node.value)
            return names
    return []


def defined_names(tree: ast.Module) -> Iterator[str]:
    """Classes, functions and constants of a module without an underscore."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [part.id for t in targets for part in ast.walk(t) if isinstance(part, ast.Name)]
        else:
            continue
        yield from (name for name in names if not name.startswith("_"))


def is_type_variable(tree: ast.Module, name: str) -> bool:
    return any(
        isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) == name
        and ast.unparse(node.value).startswith(("TypeVar(", "ParamSpec("))
        for node in tree.body
    )


def assert_none(findings: set[str]) -> None:
    """No finding; all of them are listed."""
    assert not findings, "\n".join(["", *sorted(findings)])


def test_every_folder_and_lone_file_is_a_room() -> None:
    rooms = set(folders()) - {"sesr", "defense", "sesr_app"}
    lone = {
        module
        for module in modules()
        if module.count(".") == 1
        and module not in folders()
        and not within(module, "sesr_datasets")
        and not module.rpartition(".")[2].startswith("_")
    }
    assert set(ROOMS) == rooms | lone


def test_a_room_stands_on_those_above_its_line() -> None:
    order = {room: index for index, room in enumerate(ROOMS)}
    for room in ROOMS:
        for below in allowed(room):
            assert order[below] < order[room], f"{room} cannot stand on {below}"
            package, other = package_of(room), package_of(below)
            assert other in (package, *PACKAGES[package][1]), f"{room} may not know {other}"


def test_nothing_is_imported_from_a_room_that_the_table_does_not_name() -> None:
    found = {
        f"{found.by} imports {found.of}: {here} may not know {there}"
        for here, there, found in crossings()
        if there not in allowed(here)
    }
    assert_none(found)


def test_front_doors_are_for_those_outside() -> None:
    found = {
        f"{found.by} takes {found.name} from {found.of} itself: import it from where it is"
        for found in imports()
        if found.of in PACKAGES
        and found.name != "__version__"
        and (package_of(found.by) == found.of or found.of not in PACKAGES[package_of(found.by)][1])
        and found.by != found.of
    }
    assert_none(found)


def test_no_circle_of_modules() -> None:
    graph: dict[str, set[str]] = {name: set() for name in modules()}
    for found in imports():
        # The front door of a package opens its rooms when it is asked for a name.
        if found.by not in PACKAGES and found.of not in PACKAGES:
            graph[found.by].add(found.of)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def test_what_has_an_underscore_stays_in_its_room() -> None:
    found = {
        f"{found.by} imports {found.name or found.of} of {found.of}, which is private"
        for found in imports()
        if room_of(found.by) != room_of(found.of) and found.by not in PACKAGES
        for part in (*found.of.split("."), found.name)
        if part.startswith("_") and not part.endswith("__")
    }
    assert_none(found)


def test_other_rooms_import_what_a_room_shows() -> None:
    found = {
        f"{found.by} imports {found.name or found.of}, which is not in __all__ of {there}"
        for _, there, found in crossings()
        if there in folders() and public_names(there) and found.name not in public_names(there)
    }
    assert_none(found)


def test_what_a_room_shows_is_sorted_and_there() -> None:
    for folder in folders():
        names = public_names(folder)
        assert names == sorted(names, key=_as_ruff_sorts), folder
        held = {part.name for part in imports_of(folder, modules()[folder])}
        held |= set(defined_names(modules()[folder])) | {"__version__"}
        assert set(names) <= held, f"{folder}: {set(names) - held}"


def _as_ruff_sorts(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_every_room_says_what_belongs_in_it() -> None:
    found = set()
    for folder in folders():
        first = (ast.get_docstring(modules()[folder]) or "").partition("\n")[0]
        if len(first.split()) < 3 or not first.endswith("."):
            found.add(f"{folder}: the first line of its docstring says little: {first!r}")
    assert_none(found)


def test_no_folder_is_crowded() -> None:
    measured = (ROOT / "benchmarks").iterdir()
    crowded = [*folders().values(), ROOT / "benchmarks", *measured, ROOT / "tests"]
    for folder in (*crowded, *(path for path in (ROOT / "tests").rglob("*") if path.is_dir())):
        files = sorted(path.name for path in folder.glob("*.py"))
        assert len(files) <= MOST_FILES, f"{folder.relative_to(ROOT)}: {', '.join(files)}"


def test_no_public_name_means_two_things() -> None:
    homes = defaultdict(set)
    for module, tree in modules().items():
        for name in defined_names(tree):
            if not is_type_variable(tree, name):
                homes[name].add(module)
    doubles = {
        f"{name} means several things: {', '.join(sorted(places))}"
        for name, places in homes.items()
        if len(places) > 1 and name not in SAME_IDEA
    }
    assert_none(doubles)


def test_no_lock_file_is_kept() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    assert not [name for name in tracked if name.endswith((".lock", "Pipfile.lock"))]
