"""The optimiser of a run."""

from __future__ import annotations

from typing import Any, Protocol

import keras
import numpy as np


class Schedule(Protocol):
    """The fields of a configuration that matter to the optimiser."""

    @property
    def steps(self) -> int:
        """Optimiser steps in the whole run."""

    @property
    def warmup(self) -> int:
        """Steps of linear warm-up."""

    @property
    def learning_rate(self) -> float:
        """Peak of the schedule."""

    @property
    def ema(self) -> float:
        """Momentum of the averaged weights."""


def make_optimizer(config: Schedule) -> keras.optimizers.Optimizer:
    """Adam with linear warm-up, cosine decay to zero and averaged weights."""
    return keras.optimizers.Adam(warmup_cosine(config), use_ema=True, ema_momentum=config.ema)


def warmup_cosine(config: Schedule) -> keras.optimizers.schedules.LearningRateSchedule:
    """Linear warm-up, then cosine decay to zero."""
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if config.warmup else config.learning_rate,
        decay_steps=config.steps - config.warmup,
        warmup_target=config.learning_rate if config.warmup else None,
        warmup_steps=config.warmup,
    )


def averaged_weights(
    model: keras.Model, optimizer: keras.optimizers.Optimizer
) -> list[np.ndarray[Any, Any]]:
    """The model's weights with the optimiser's running averages in place of the trained ones."""
    current = model.get_weights()
    optimizer.finalize_variable_values(model.trainable_variables)
    averaged: list[np.ndarray[Any, Any]] = model.get_weights()
    model.set_weights(current)
    return averaged
