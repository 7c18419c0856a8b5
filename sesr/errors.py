"""Every error that this project raises on purpose.

    SesrError                 a job failed; the command line exits with 1
    ├── ImageError            a file is not an image that can be read or written
    ├── ExportError           a network cannot be deployed as asked for
    ├── ModelError            a model file is missing, damaged or of another kind
    ├── TrainingError         training cannot start or go on
    └── UsageError            the caller asked for something that does not exist; exits with 2
        └── MissingExtraError an optional dependency is not installed

A message is one line: the thing, the rule, what was received, what to do.
"""

from __future__ import annotations

from collections.abc import Iterable


def first_line(error: BaseException) -> str:
    """What an error of a library says, for a message of ours."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def did_you_mean(name: str, known: Iterable[str], cutoff: float = 0.5) -> str:
    """The nearest of the known names as a question with a blank behind it, or nothing.

    Args:
        cutoff: how alike the two must be, 0 to 1.

    Example:
        >>> did_you_mean("pdg", ["fgsm", "pgd"])
        'did you mean pgd? '
    """
    # Most commands end without a mistake to explain.
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1, cutoff=cutoff)
    return f"did you mean {near[0]}? " if near else ""


class SesrError(Exception):
    """A job failed for a reason that the message explains in one line.

    Attributes:
        exit_code: what a command that ends with this error returns to the shell.
    """

    exit_code = 1


class ImageError(SesrError):
    """An image could not be read or written."""


class ExportError(SesrError):
    """A network does not fit its target, or a deployed folder is not what it was."""


class ModelError(SesrError):
    """A model file is missing, damaged, or not the model that was asked for."""


class TrainingError(SesrError):
    """Training cannot start, or cannot go on from its checkpoint."""


class UsageError(SesrError):
    """An argument names something that does not exist or cannot be combined."""

    exit_code = 2


class MissingExtraError(UsageError):
    """A feature needs packages that the base install leaves out.

    Args:
        feature: what was asked for, for example "sesr train".
        extra: the extra of this distribution that brings the packages.
    """

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs packages that are not installed; "
            f'from the folder of the clone run: pip install ".[{extra}]"'
        )
