"""The photographs of a run: sets to train on, and kinds to choose by."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sesr.errors import UsageError
from sesr_app.terminal.progress import progress_bar

if TYPE_CHECKING:
    from sesr.training.config import TrainingConfig
    from sesr_datasets.mixture import Mixture
    from sesr_datasets.pairs import PairSource, PairStore

DIV2K = "div2k"
CACHE = "cache"


def open_training_sets(
    names: Sequence[str], exclude: Sequence[str], config: TrainingConfig, output: Path
) -> Mixture:
    """The sets to train on, decoded into the run's cache and weighted.

    Args:
        names: folders, or "div2k".
        exclude: patterns of file names to leave out.
        config: of the run: scale, crop, weights and copies.
        output: folder of the run.

    Raises:
        UsageError: the weights do not fit the sets.
        SesrError: a folder is missing or holds no image.
    """
    from sesr_datasets.folder_source import FolderSource
    from sesr_datasets.mixture import Mixture, choose_sets, find_sets, parse_mixture
    from sesr_datasets.shrunk import ShrunkSource, parse_factors

    factors, least = parse_factors(config.shrink), config.crop * config.scale

    def opened(folders: Sequence[Path], what: str) -> PairStore:
        source = FolderSource(folders, exclude)
        return _open(
            ShrunkSource(source, factors, least) if factors else source, what, config.scale, output
        )

    if DIV2K in names:
        return Mixture((_div2k(names, "train", config, output),), (1.0,))
    if not config.mixture:
        # One store of all sets: every pixel counts the same.
        return Mixture((opened([Path(name) for name in names], "train"),), (1.0,))
    weights = parse_mixture(config.mixture)
    sets = choose_sets(find_sets([Path(name) for name in names]), weights)
    stores = tuple(opened([folder], name) for name, folder in sets.items())
    return Mixture(stores, tuple(weights[name] for name in sets))


def open_validation_sets(
    names: Sequence[str], config: TrainingConfig, output: Path, trained: Sequence[str]
) -> dict[str, PairStore]:
    """The kinds of images to choose by, by name.

    Raises:
        UsageError: none is given.
        SesrError: a folder is missing or holds no image.
    """
    from sesr_datasets.folder_source import FolderSource
    from sesr_datasets.mixture import find_sets

    if not names:
        if list(trained) != [DIV2K]:
            raise UsageError(
                "validation images are needed to choose the best network: --validation DIR"
            )
        names = [DIV2K]
    if DIV2K in names:
        return {DIV2K: _div2k(names, "validation", config, output)}
    sets = find_sets([Path(name) for name in names])
    return {
        name: _open(FolderSource([folder]), "validation", config.scale, output)
        for name, folder in sets.items()
    }


def _div2k(names: Sequence[str], split: str, config: TrainingConfig, output: Path) -> PairStore:
    from sesr_datasets.div2k import Div2kSource

    if len(names) > 1:
        raise UsageError("div2k cannot be mixed with folders; give one or the other")
    if (config.mixture or config.shrink) and split == "train":
        raise UsageError("div2k is a single set of pairs; --data and --shrink are for folders")
    return _open(Div2kSource(split, config.scale), split, config.scale, output)


def _open(source: PairSource, what: str, scale: int, output: Path) -> PairStore:
    from sesr_datasets.pairs import PairStore

    with progress_bar() as advance:
        report = partial(advance, f"{what} images")
        store = PairStore.build(source, scale, output / CACHE, report)
    for reason in store.skipped:
        click.echo(f"skipped {reason}", err=True)
    return store
