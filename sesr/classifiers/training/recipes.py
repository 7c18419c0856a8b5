"""The settings of the shipped classifiers."""

from __future__ import annotations

from sesr.classifiers.training.config import ClassifierConfig
from sesr.errors import UsageError, did_you_mean

CLASSIFIER_RECIPES = {
    "ran_e_small": ClassifierConfig(steps=2800, precision="bfloat16", validate_every=700),
}
"""Settings by the name of the network."""


def find_classifier_recipe(name: str) -> ClassifierConfig:
    """The settings that a shipped classifier was trained with.

    Raises:
        UsageError: none has that name.

    Example:
        >>> find_classifier_recipe("ran_e_small").steps
        2800
    """
    if name not in CLASSIFIER_RECIPES:
        hint = did_you_mean(name, CLASSIFIER_RECIPES)
        raise UsageError(
            f"unknown recipe {name!r}: {hint}the recipes are {', '.join(CLASSIFIER_RECIPES)}"
        )
    return CLASSIFIER_RECIPES[name]
