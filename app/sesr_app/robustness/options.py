"""Options that the commands of `sesr robustness` share, and what they mean."""

# ruff: noqa: RUF009 - `option` makes a field of a dataclass, as `field` does

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from sesr.errors import UsageError

if TYPE_CHECKING:
    from defense import Transform
    from defense.evaluation import Evaluation, PortionWork

_Command = TypeVar("_Command", bound=Callable[..., Any])

_PATH = click.Path(path_type=Path)
_MODULES = ("foolbox", "keras", "matplotlib", "pywt", "tensorflow")


def option(text: str, default: Any = None, *flags: str, **settings: Any) -> Any:
    """A field that is an option of a command.

    Args:
        text: for the help.
        default: of the option, shown in the help.
        flags: other than the field's name.
        settings: what else click is told.
    """
    shown = {"show_default": True} if default is not None else {}
    told = {"help": text, "default": default, **shown, **settings}
    return field(default=default, metadata={"flags": flags, "told": told})


def grouped_options(kind: type[Any], *, required: bool = True) -> Callable[[_Command], _Command]:
    """Give a command an option for each field of a dataclass, and the object as `options`.

    Args:
        kind: its fields are made by `option`.
        required: whether the command line refuses to go on without what is marked so.
    """

    def decorate(command: _Command) -> _Command:
        @wraps(command)
        def with_options(*arguments: Any, **given: Any) -> Any:
            made = kind(**{one.name: given.pop(one.name) for one in fields(kind)})
            return command(*arguments, options=made, **given)

        for one in reversed(fields(kind)):
            told = dict(one.metadata["told"])
            told["required"] = required and told.get("required", False)
            flags = one.metadata["flags"] or [f"--{one.name.replace('_', '-')}"]
            with_options = click.option(*flags, one.name, **told)(with_options)
        return cast(_Command, with_options)

    return decorate


@dataclass(frozen=True, slots=True)
class Setup:
    """What every command of `sesr robustness` starts from."""

    classifier: str = option(
        "A name of keras.applications, or a .keras or .tflite file.", required=True
    )
    images: Path = option("Folder of images, all of one size.", type=_PATH, required=True)
    labels: Path = option("CSV with the columns image and label.", type=_PATH, required=True)
    output: Path = option(
        "Folder of the result.", None, "-o", "--output", type=_PATH, required=True
    )
    weights: Path | None = option(
        "Weights file of a named classifier, for no download.", type=_PATH
    )
    input_range: str = option(
        "Of a file: values for black and white, such as -1,1.", "", show_default=False
    )
    first: int | None = option("Only so many images.", type=click.IntRange(min=1))
    skip: int = option("Leave out so many images before.", 0, type=click.IntRange(min=0))
    class_names: Path | None = option(
        "Names of the classes for the HTML page, a line each, class 0 first.", type=_PATH
    )
    seed: int = option("Of the attacks.", 0, type=click.IntRange(0, 2**31 - 1))
    batch: int = option(
        "Images at a time; fewer need less memory. With another number attacks begin anew.",
        25,
        type=click.IntRange(min=1),
    )

    def require(self) -> None:
        """Refuse what is not there, where the command line does not."""
        needed = ("classifier", "images", "labels", "output")
        missing = [f"--{name}" for name in needed if not getattr(self, name)]
        if missing:
            raise UsageError(f"sesr robustness needs {', '.join(missing)}; see --help")

    def names(self) -> list[str]:
        """Of the classes; none where no file was given.

        Raises:
            UsageError: the file cannot be read.
        """
        if self.class_names is None:
            return []
        try:
            return self.class_names.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"{self.class_names}: --class-names needs a text file with a name a line ({error})"
            ) from error

    def evaluation(
        self,
        defense: Transform,
        threats: Sequence[str],
        surrogate: str = "",
        surrogate_weights: Path | None = None,
        surrogate_range: str = "",
        draws: int = 100,
    ) -> Evaluation:
        """Load classifiers and images and check that they fit."""
        from defense.classifiers import load_classifier
        from defense.evaluation import Evaluation, read_image_set
        from sesr_app.terminal.quiet import quiet_native_logs

        data = read_image_set(self.images, self.labels, self.first, self.skip)
        values = parse_range(self.input_range)
        others = parse_range(surrogate_range, "surrogate-range")
        with quiet_native_logs():
            classifier = load_classifier(self.classifier, self.weights, values)
            other = load_classifier(surrogate, surrogate_weights, others) if surrogate else None
            evaluation = Evaluation(
                classifier,
                defense,
                data,
                self.output,
                surrogate=other,
                seed=self.seed,
                batch=self.batch,
                draws=draws,
            )
        evaluation.check_gradients(threats)
        return evaluation


@dataclass(frozen=True, slots=True)
class SpreadSetup(Setup):
    """What every command is told whose work can be spread over machines."""

    cluster: str | None = option(
        "Spread the photographs over a Ray cluster: the one this machine is a node of, or by its "
        "head.",
        metavar="auto|HOST:PORT",
    )
    worker_cpus: int = option("Of every process of a cluster.", 1, type=click.IntRange(min=1))

    @abstractmethod
    def open(self) -> Evaluation:
        """Load what is needed."""

    @abstractmethod
    def work(self, evaluation: Evaluation, cores: int | None = None) -> PortionWork:
        """What there is to do; on so many cores, other than all."""


@dataclass(frozen=True, slots=True)
class AttackSetup(SpreadSetup):
    """What commands are told that attack defenses which may draw something."""

    norm: str = option("Of the perturbations: linf or l2.", "linf")
    eot: int = option("Runs a gradient of the adaptive attacker, for random defenses.", 1)
    survivors: bool = option(
        "Attack with larger epsilons only what smaller ones left, through the defense: quicker.",
        False,
        "--survivors/--each-epsilon",
    )
    draws: int = option(
        "That vote on an image, for a defense that begins with noise.",
        100,
        type=click.IntRange(min=2),
    )


def require_defense(feature: str) -> None:
    """Stop with the remedy where the extra is not installed."""
    from sesr_app.terminal.extras import require

    require(feature, "defense", _MODULES)


def words(text: str, option: str) -> tuple[str, ...]:
    """Split "a,b" at its commas.

    Raises:
        UsageError: nothing is there.
    """
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if not found:
        raise UsageError(f"--{option} needs one value or more; received {text!r}")
    return found


def numbers(text: str, option: str) -> tuple[float, ...]:
    """Read "2,4.5"; every number once, from small to large.

    Raises:
        UsageError: one is no number above 0.
    """
    try:
        found = tuple(sorted({float(part) for part in words(text, option)}))
    except ValueError:
        found = (0.0,)
    if not 0 < found[0] <= found[-1] < float("inf"):
        raise UsageError(f"--{option} needs numbers above 0, such as 2,4,8; received {text!r}")
    return found


def whole_numbers(text: str, option: str) -> list[int]:
    """Read "224,260".

    Raises:
        UsageError: one is no whole number above 0.
    """
    found = numbers(text, option)
    if any(value != int(value) for value in found):
        raise UsageError(f"--{option} needs whole numbers, such as 224,260; received {text!r}")
    return [int(value) for value in found]


def parse_range(text: str, option: str = "input-range") -> tuple[float, float] | None:
    """Read "-1,1"; None for nothing.

    Raises:
        UsageError: not two numbers, the smaller first.
    """
    if not text:
        return None
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        low, high = 0.0, 0.0
    if not low < high:
        raise UsageError(f"--{option} needs two numbers, such as -1,1; received {text!r}")
    return low, high
