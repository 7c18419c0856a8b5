"""Options that the commands of `sesr robustness` share, and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sesr.errors import UsageError

if TYPE_CHECKING:
    from defense.evaluation.runner import Evaluation
    from defense.transform import Transform

ClassifierName = Annotated[
    str,
    typer.Option(help="A name of keras.applications, or a .keras or .tflite file."),
]
Weights = Annotated[
    Path | None, typer.Option(help="Weights file of a named classifier, for no download.")
]
InputRange = Annotated[
    str, typer.Option(help="Of a file: values for black and white, such as -1,1.")
]
Images = Annotated[Path | None, typer.Option(help="Folder of images, all of one size.")]
Labels = Annotated[Path | None, typer.Option(help="CSV with the columns image and label.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="Folder of the report.")]
First = Annotated[int | None, typer.Option(help="Only so many images.", min=1)]
Skip = Annotated[int, typer.Option(help="Leave out so many images before.", min=0)]
Seed = Annotated[int, typer.Option(help="Of the attacks.")]
Batch = Annotated[int, typer.Option(help="Images at a time; fewer need less memory.", min=1)]

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
        from defense.evaluation.classifiers import load_classifier
        from defense.evaluation.image_set import read_image_set
        from defense.evaluation.runner import Evaluation
        from sesr_app.quiet import quiet_native_logs

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


def require_defense(feature: str) -> None:
    """Stop with the remedy where the extra is not installed."""
    from sesr_app.extras import require

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
