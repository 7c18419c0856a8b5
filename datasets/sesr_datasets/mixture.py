"""Several sets of photographs as one, each with a weight of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sesr.errors import UsageError, did_you_mean
from sesr_datasets.pairs import Pair, PairStore

Shares = npt.NDArray[np.float64]


class Pairs(Protocol):
    """What crops are taken from: one store, or a mixture of several."""

    @property
    def scale(self) -> int:
        """Factor between the sizes of a pair."""

    def shares(self, usable: npt.NDArray[np.bool_] | None = None) -> Shares:
        """How large a part of the crops comes from each pair, if only some are usable.

        They sum to one, or to less where whole sets are of no use.
        """

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Pair: ...

    def __iter__(self) -> Iterator[Pair]: ...


@dataclass(frozen=True, slots=True)
class Mixture:
    """Stores side by side; inside a store every pixel is equally likely.

    Attributes:
        stores: at least one, all of the same scale.
        weights: how much each counts, in any unit.

    Raises:
        UsageError: a weight is negative, or all are zero.
    """

    stores: tuple[PairStore, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        check_weights(dict(zip(map(str, range(len(self.weights))), self.weights, strict=True)))

    @property
    def scale(self) -> int:
        """Factor between the sizes of a pair."""
        return self.stores[0].scale

    @property
    def digest(self) -> str:
        """Of all that is in the stores."""
        return ",".join(store.digest for store in self.stores)

    def shares(self, usable: npt.NDArray[np.bool_] | None = None) -> Shares:
        """How large a part of the crops comes from each pair, if only some are usable.

        A set keeps its weight whatever part of it is of use. They sum to one, or to less where
        whole sets are of no use.
        """
        if usable is None:
            usable = np.ones(len(self), np.bool_)
        masks = np.split(usable, np.cumsum([len(store) for store in self.stores])[:-1])
        parts = zip(self.stores, masks, self.weights, strict=True)
        return np.concatenate([one.shares(mask) * weight for one, mask, weight in parts]) / sum(
            self.weights
        )

    def __len__(self) -> int:
        return sum(map(len, self.stores))

    def __getitem__(self, index: int) -> Pair:
        for store in self.stores:
            if index < len(store):
                return store[index]
            index -= len(store)
        raise IndexError(index)

    def __iter__(self) -> Iterator[Pair]:
        return (pair for store in self.stores for pair in store)


def parse_mixture(text: str) -> dict[str, float]:
    """Read the weights of named sets.

    Args:
        text: "bsds500=1,t91=2.5"; a name without a number has weight 1.

    Raises:
        UsageError: a weight is no number from 0, all are zero, or a set is named twice.

    Example:
        >>> parse_mixture("bsds500=3,t91=1.5")
        {'bsds500': 3.0, 't91': 1.5}
    """
    weights: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = part.partition("=")
        try:
            weight = float(number or 1)
        except ValueError:
            raise UsageError(
                f"a mixture is written as in bsds500=1,t91=2; received {part!r}"
            ) from None
        if name in weights:
            raise UsageError(f"the mixture names {name} twice; add its weights up")
        weights[name] = weight
    check_weights(weights)
    return weights


def check_weights(weights: Mapping[str, float]) -> None:
    """Refuse weights that no share can be made of.

    Raises:
        UsageError: one is negative or no number, or all are zero.
    """
    for name, weight in weights.items():
        if not 0 <= weight < float("inf"):
            raise UsageError(f"the weight of {name} must be a number from 0; received {weight}")
    if not sum(weights.values()):
        raise UsageError("the weights of the mixture are all 0; give one set a weight above 0")


def find_sets(folders: Sequence[Path]) -> dict[str, Path]:
    """Named sets: folders as they are given, or, if one holds nothing but folders, these.

    Raises:
        UsageError: two sets have the same name.

    Returns:
        Folders by their name.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        for path in _sets_in(folder):
            if found.setdefault(path.name, path) != path:
                raise UsageError(f"two sets are named {path.name}: {found[path.name]} and {path}")
    return found


def choose_sets(sets: Mapping[str, Path], weights: Mapping[str, float]) -> dict[str, Path]:
    """The sets that a mixture names, those of weight 0 left out.

    Raises:
        UsageError: one is not there; the message names those that are.
    """
    for name in weights:
        if name not in sets:
            hint = did_you_mean(name, sets)
            raise UsageError(
                f"the mixture names {name}, which is no set here: {hint}there are {', '.join(sets)}"
            )
    return {name: sets[name] for name, weight in weights.items() if weight}


def _sets_in(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return [folder]
    inside = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    return inside if inside and all(path.is_dir() for path in inside) else [folder]
