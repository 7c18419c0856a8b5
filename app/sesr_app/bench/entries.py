"""Who takes part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

<<<<<<< HEAD
from sesr.catalog.shipped import TrainedModel
from sesr.engine import ENGINES, engine_named
=======
from sesr.catalog.shipped import TrainedModel, find_int8
>>>>>>> int8
from sesr.errors import SesrError
from sesr_app.bench.contenders.contender import ContenderEntry
from sesr_app.bench.isolated import Answer

<<<<<<< HEAD
=======
LITERT = (
    ("LiteRT", "litert", "float32"),
    ("LiteRT int8", "litert", "int8"),
)
"""What the family is compared on."""

OUR_ENGINES = (
    *LITERT,
    ("OpenVINO float32", "openvino", "float32"),
    ("OpenVINO bfloat16", "openvino", "bfloat16"),
    ("Keras", "keras", "float32"),
)

>>>>>>> int8
PEERS = ("FSRCNN", "ESPCN", "LapSRN")
"""Networks of OpenCV's `dnn_superres`; all three take luma."""


<<<<<<< HEAD
def our_engines() -> Iterator[tuple[str, str, str]]:
    """Label, engine and precision of every way to run this project's networks."""
    for name in ENGINES:
        engine = engine_named(name)
        if "bfloat16" in engine.precisions:
            yield f"{engine.title} float32", name, "float32"
            yield f"{engine.title} bfloat16", name, "bfloat16"
        else:
            yield engine.title, name, "float32"


def our_entries(model: str, found: TrainedModel) -> list[ContenderEntry]:
    """This project's network on each of its engines."""
=======
def our_entries(
    model: str, found: TrainedModel, engines: tuple[tuple[str, str, str], ...] = OUR_ENGINES
) -> list[Entry]:
    """This project's network on each of its engines, in int8 if it was trained for that."""
>>>>>>> int8
    return [
        ContenderEntry(
            our_name(found, label),
            "ours",
            {"model": model, "scale": found.card.scale, "engine": engine, "precision": precision},
            _macs_per_pixel(found),
        )
<<<<<<< HEAD
        for label, engine, precision in our_engines()
=======
        for label, engine, precision in engines
        if precision != "int8" or find_int8(found)
>>>>>>> int8
    ]


def onnx_entry(found: TrainedModel, path: Path, written: Answer) -> ContenderEntry:
    """This project's network on ONNX Runtime, if its file could be written."""
    options = {"path": str(path), "scale": found.card.scale}
    name = our_name(found, "ONNX Runtime")
    absence = "" if written.status == "ok" else written.status
    return ContenderEntry(name, "onnx", options, _macs_per_pixel(found), absence, written.note)


def our_name(found: TrainedModel, runtime: str) -> str:
    """The network and what runs it."""
    return f"{found.card.spec.full_name} {runtime}"


def peer_entries(folder: Path | None, scale: int) -> list[ContenderEntry]:
    """OpenCV's networks in a folder, and rows for those of `PEERS` that it lacks.

    A file is named for its network and scale, as it is published: FSRCNN_x2.pb. Smaller and
    larger editions, such as FSRCNN-small_x2.pb, take part too.

    Raises:
        SesrError: the folder does not exist or holds none of these files.
    """
    if folder is None:
        note = "needs the folder of {}_x{}.pb: --peers DIR"
        return [_absent(name, note.format(name, scale)) for name in PEERS]
    if not folder.is_dir():
        raise SesrError(f"{folder}: no such folder; --peers takes a folder of .pb files")
    suffix = f"_x{scale}.pb"
    names = sorted(p.name.removesuffix(suffix) for p in folder.glob(f"*{suffix}"))
    known = {name.lower(): name for name in PEERS}
    editions = [name for name in names if _architecture(name) in known]
    if not editions:
        raise SesrError(
            f"{folder}: holds no network to compare with; "
            f"looked for {', '.join(name + suffix for name in PEERS)}"
        )
    present = [_peer(folder, name, scale) for name in editions]
    return present + [
        _absent(name, f"{folder}: holds no {name}{suffix}")
        for name in PEERS
        if name not in editions
    ]


def _peer(folder: Path, name: str, scale: int) -> ContenderEntry:
    path = str(folder / f"{name}_x{scale}.pb")
    return ContenderEntry(
        name, "peer", {"path": path, "algorithm": _architecture(name), "scale": scale}
    )


def _absent(name: str, note: str) -> ContenderEntry:
    return ContenderEntry(name, "peer", absence="missing", note=note)


def _architecture(name: str) -> str:
    """OpenCV's word for the architecture of FSRCNN or FSRCNN-small."""
    return name.partition("-")[0].lower()


def _macs_per_pixel(found: TrainedModel) -> int:
    return found.card.spec.macs(1, 1, found.card.scale, found.card.channels)
