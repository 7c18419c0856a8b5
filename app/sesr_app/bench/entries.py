"""Who takes part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sesr.catalog.choice import BEST_CHOICE, DEFAULT_CHOICE, FAST_CHOICE, Choice
from sesr.catalog.shipped import TrainedModel, find_int8
from sesr.engine import ENGINES, choose_int8, engine_named
from sesr.errors import SesrError
from sesr_app.bench.contenders.contender import ContenderEntry
from sesr_app.bench.isolated import Answer

PEERS = ("FSRCNN", "ESPCN", "LapSRN")
"""Networks of OpenCV's `dnn_superres`; all three take luma."""

_CHOICES = {"--fast": FAST_CHOICE, "default": DEFAULT_CHOICE, "--best": BEST_CHOICE}
"""What `sesr upscale` runs, by how it is told."""


def our_engines(only: str | None = None) -> Iterator[tuple[str, str, str]]:
    """Label, engine and precision of every way to run this project's networks.

    Args:
        only: name of the only engine to take.
    """
    for name in ENGINES if only is None else (only,):
        engine = engine_named(name)
        plain = f"{engine.title} float32" if "bfloat16" in engine.precisions else engine.title
        for precision in engine.precisions:
            label = plain if precision == "float32" else f"{engine.title} {precision}"
            yield label, name, precision


def our_entries(model: str, found: TrainedModel, only: str | None = None) -> list[ContenderEntry]:
    """This project's network on each of its engines, in int8 if it was trained for that.

    Args:
        model: name or path of the network.
        found: the same, opened.
        only: name of the only engine to take.
    """
    return [
        ContenderEntry(
            our_name(found, label),
            "ours",
            {"model": model, "scale": found.card.scale, "engine": engine, "precision": precision},
            _macs_per_pixel(found),
            chosen=_chosen(model, found, engine, precision),
        )
        for label, engine, precision in our_engines(only)
        if precision != "int8" or find_int8(found)
    ]


def _chosen(model: str, found: TrainedModel, engine: str, precision: str) -> str:
    """How `sesr upscale` is told to run a network in just this way."""
    words = [
        word
        for word, choice in _CHOICES.items()
        if (engine, model, precision) == ("litert", choice.model, _precision_of(choice, found))
    ]
    return ", ".join(words)


def _precision_of(choice: Choice, found: TrainedModel) -> str:
    """That 8-bit images go through a network of the package in."""
    if choice.precision == "int8":
        return "int8" if choice.needed or find_int8(found) else "float32"
    return "int8" if choose_int8(found, "litert", choice.precision) else "float32"


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
