"""What a training run is, as data."""

from __future__ import annotations

from dataclasses import dataclass

from sesr.catalog.networks import NETWORKS, check_scale, get_variant
from sesr.errors import UsageError

LOSSES = ("l1", "l2", "psnr")
QUANTIZATIONS = {"none": 0, "int6": 6, "int8": 8}
"""Bits of the first features in a quantised run; everything else has 8."""

DTYPES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
"""Keras' dtype policies by the name of a precision."""


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Network, schedule and sampling of one run; equal configurations give equal runs.

    Attributes:
        variant: name of the network, one of `sesr.catalog.networks.NETWORKS`.
        scale: 2 or 4.
        channels: 1 (Y) or 3 (RGB).
        activation: "relu" or "prelu".
        steps: optimiser steps in the whole run.
        batch_size: crops in a step.
        crop: side of a crop, in low-resolution pixels.
        learning_rate: peak of the schedule.
        warmup: steps of linear warm-up; the rest is a cosine to zero.
        ema: momentum of the averaged weights, which are the ones validated and kept.
        loss: "l1", "l2" or "psnr" (see `sesr.training.step.pixel_loss`), on the unclipped output.
        precision: "float32", or "bfloat16" for the convolutions; weights are always float32.
        quantize: "int8" fine-tunes a trained network while it rounds as its int8 file will (see
            `sesr.network.quantization_aware`), "int6" while it rounds its first features even more
            coarsely, as a start for int8; "none" trains as ever.
        seed: seeds the initial weights and the order of the data.
        validate_every: steps between validations, each followed by a checkpoint.
        dispatch: steps handed to the device at a time; above 1 pays on a GPU.
        mixture: weights of the training sets by name, "bsds500=1,t91=2"; empty for all pixels
            alike.
        shrink: "0.85,0.7" adds copies of every photograph at these parts of its size; empty adds
            none.
        degradation: "jpeg:30-92" compresses the small images at qualities from this range; empty
            leaves them clean.
    """

    variant: str = "M5"
    scale: int = 2
    channels: int = 1
    activation: str = "relu"
    steps: int = 100_000
    batch_size: int = 16
    crop: int = 48
    learning_rate: float = 5e-4
    warmup: int = 1_000
    ema: float = 0.999
    loss: str = "l1"
    precision: str = "float32"
    quantize: str = "none"
    seed: int = 0
    validate_every: int = 1_000
    dispatch: int = 1
    mixture: str = ""
    shrink: str = ""
    degradation: str = ""

    def __post_init__(self) -> None:
        network = get_variant(self.variant)
        if network.name not in NETWORKS:
            raise UsageError(
                f"{network.full_name} takes noise away and enlarges nothing: train it with sesr "
                f"robustness train, or choose {', '.join(NETWORKS)}"
            )
        check_scale(self.scale)
        for name in ("steps", "batch_size", "crop", "validate_every", "dispatch"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1; received {getattr(self, name)}")
        if not 0 < self.learning_rate < float("inf"):
            raise UsageError(f"learning_rate must be above 0; received {self.learning_rate!r}")
        if not 0 <= self.ema < 1:
            raise UsageError(f"ema must be from 0 to below 1; received {self.ema!r}")
        if not 0 <= self.seed < 2**32:
            raise UsageError(f"seed must be from 0 to 2**32 - 1; received {self.seed!r}")
        if self.loss not in LOSSES:
            raise UsageError(f"loss must be one of {', '.join(LOSSES)}; received {self.loss!r}")
        if self.precision not in DTYPES:
            raise UsageError(
                f"precision must be one of {', '.join(DTYPES)}; received {self.precision!r}"
            )
        if self.quantize not in QUANTIZATIONS:
            raise UsageError(
                f"quantize must be one of {', '.join(QUANTIZATIONS)}; received {self.quantize!r}"
            )
        if self.quantize != "none" and self.precision != "float32":
            raise UsageError(
                f"quantised networks are trained in float32; received precision {self.precision!r}"
            )
        if self.validate_every % self.dispatch or self.steps % self.dispatch:
            raise UsageError(
                "steps and validate_every must be multiples of dispatch; received "
                f"{self.steps}, {self.validate_every} and {self.dispatch}"
            )
        if not 0 <= self.warmup < self.steps:
            raise UsageError(
                f"warmup must be from 0 to below steps = {self.steps}; received {self.warmup}"
            )

    @property
    def dtype(self) -> str:
        """Keras' dtype policy to train with."""
        return DTYPES[self.precision]
