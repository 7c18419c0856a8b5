"""Options that the commands of `sesr robustness` share, and what they mean."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from sesr.errors import UsageError

if TYPE_CHECKING:
    from defense.evaluation.runner import Evaluation
    from defense.transforms.base import Transform

SHARED = (
    click.option(
        "--weights",
        type=click.Path(path_type=Path),
        help="Weights file of a named classifier, for no download.",
    ),
    click.option(
        "--input-range", default="", help="Of a file: values for black and white, such as -1,1."
    ),
    click.option("--first", type=click.IntRange(min=1), help="Only so many images."),
    click.option(
        "--skip",
        default=0,
        show_default=True,
        type=click.IntRange(min=0),
        help="Leave out so many images before.",
    ),
    click.option("--seed", default=0, show_default=True, help="Of the attacks."),
    click.option(
        "--batch",
        default=25,
        show_default=True,
        type=click.IntRange(min=1),
        help="Images at a time; fewer need less memory.",
    ),
)
"""Options of a setup that have a default."""

Command = TypeVar("Command", bound=Callable[..., Any])


def setup_options(*, required: bool) -> Callable[[Command], Command]:
    """The options of a `Setup`, which the command receives as its argument `setup`.

    Args:
        required: whether the command line refuses to go on without classifier, images, labels
            and output.
    """
    path = click.Path(path_type=Path)
    options = (
        click.option(
            "--classifier",
            default=None if required else "",
            required=required,
            help="A name of keras.applications, or a .keras or .tflite file.",
        ),
        click.option(
            "--images", type=path, required=required, help="Folder of images, all of one size."
        ),
        click.option(
            "--labels", type=path, required=required, help="CSV with the columns image and label."
        ),
        click.option("-o", "--output", type=path, required=required, help="Folder of the result."),
    )

    def decorate(command: Command) -> Command:
        @wraps(command)
        def with_setup(*arguments: Any, **given: Any) -> Any:
            setup = Setup(**{field.name: given.pop(field.name) for field in fields(Setup)})
            return command(*arguments, setup=setup, **given)

        for option in reversed((*options, *SHARED)):
            with_setup = option(with_setup)
        return cast(Command, with_setup)

    return decorate


MODULES = ("foolbox", "keras", "matplotlib", "pywt", "tensorflow")


@dataclass(frozen=True, slots=True)
class Setup:
    """What every command of `sesr robustness` starts from; the fields are its options."""

    classifier: str
    weights: Path | None
    input_range: str
    images: Path
    labels: Path
    output: Path
    first: int | None
    skip: int
    seed: int
    batch: int

    def evaluation(
        self,
        defense: Transform,
        threats: Sequence[str],
        *,
        surrogate: str = "",
        surrogate_weights: Path | None = None,
    ) -> Evaluation:
        """Load classifier and images and check that they fit."""
        from defense.classifiers import load_classifier
        from defense.evaluation.image_set import read_image_set
        from defense.evaluation.runner import Evaluation
        from sesr_app.terminal.quiet import quiet_native_logs

        data = read_image_set(self.images, self.labels, self.first, self.skip)
        with quiet_native_logs():
            classifier = load_classifier(
                self.classifier, self.weights, parse_range(self.input_range)
            )
            other = load_classifier(surrogate, surrogate_weights) if surrogate else None
            blind = [t for t in threats if t in ("gray-box", "adaptive")]
            if blind and not classifier.gradients:
                raise UsageError(
                    f"classifier {self.classifier!r} has no gradients, which the threat "
                    f"{blind[0]} needs: take black-box, noise or transfer, or a .keras file"
                )
            return Evaluation(
                classifier,
                defense,
                data,
                self.output,
                surrogate=other,
                seed=self.seed,
                batch=self.batch,
            )


def command_line() -> str:
    """The command that is running, for the report."""
    return shlex.join(["sesr", *sys.argv[1:]])


def require_defense(feature: str) -> None:
    """Stop with the remedy where the extra is not installed."""
    from sesr_app.terminal.extras import require

    require(feature, "defense", MODULES)


def words(text: str, option: str) -> list[str]:
    """Split "a,b" at its commas.

    Raises:
        UsageError: nothing is there.
    """
    found = [part.strip() for part in text.split(",") if part.strip()]
    if not found:
        raise UsageError(f"--{option} needs one value or more; received {text!r}")
    return found


def numbers(text: str, option: str) -> list[float]:
    """Read "2,4.5"; every number once, from small to large.

    Raises:
        UsageError: one is no number above 0.
    """
    try:
        found = sorted({float(part) for part in words(text, option)})
    except ValueError:
        found = [0.0]
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


def parse_range(text: str) -> tuple[float, float] | None:
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
        raise UsageError(f"--input-range needs two numbers, such as -1,1; received {text!r}")
    return low, high
