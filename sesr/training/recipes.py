"""How the shipped networks were trained, and how the others of the family would be.

A recipe is a function without arguments; its docstring holds the command, the time that it took and
the figure to expect. In the commands PHOTOS stands for CID22, gb82 and the train and test halves of
BSDS500 (631 photographs, the sample photograph of this repository left out), OTHERS for the
validation half of CID22. Figures are PSNR on Y in dB; bicubic has 32.28 for x2 and 27.47 for x4 on
OTHERS. Times are those of two cores of an x86-64 server with bfloat16 instructions.

What was tried for M5 x2 on Y, and what it gave on OTHERS:

- the mean of decibels as loss ("psnr") in place of L1: 35.80 became 35.86 in 2,500 steps, and 35.92
  in the end, where 60,000 more steps gain 0.006;
- nothing or next to it: PReLU in place of ReLU (35.916 for 35.922), L2 after L1 (+0.001), float32
  after bfloat16 (+0.013 after L1, nothing after "psnr"), at the end 4,000 steps of 32 crops of
  64x64 (+0.002) or towards the mean of the photograph and what XL makes (+0.003), Muon, training
  the small network itself;
- less: every image drawn as often as any other (-0.01), a floor of 1e-4 in the loss (-0.006),
  BSDS500 alone (-0.2, though the benchmarks, which are like it, gain 0.03).

Deeper networks start from shallower ones, in the whole function and not in some layers only (see
`sesr.training.start.transfer`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sesr.catalog.networks import get_variant
from sesr.errors import UsageError, did_you_mean
from sesr.training.config import TrainingConfig


@dataclass(frozen=True, slots=True)
class Recipe:
    """One run.

    Attributes:
        config: its settings.
        start: the shipped model that it starts from, "m2_x2_rgb" for example, or None.
    """

    config: TrainingConfig
    start: str | None = None


def m2_x2_rgb() -> Recipe:
    """M2 for x2 on RGB, from scratch; shipped.

    Command: `sesr train PHOTOS --validation OTHERS -o run --recipe m2_x2_rgb`.
    Time: 8 minutes beside other work. Expect 35.20 on OTHERS, 36.73 / 32.43 / 31.36 on Set5 /
    Set14 / BSD100.
    """
    return Recipe(_cpu("M2", channels=3, steps=40_000))


def m3_x2_rgb() -> Recipe:
    """M3 for x2 on RGB, from the shipped M2; shipped.

    Command: `sesr train PHOTOS --validation OTHERS -o run --recipe m3_x2_rgb`.
    Time: 14 minutes beside other work. Expect 35.51 on OTHERS, 36.95 / 32.56 / 31.50 on Set5 /
    Set14 / BSD100.
    """
    return Recipe(_cpu("M3", channels=3, steps=40_000), start="m2_x2_rgb")


def m5_x2_rgb() -> Recipe:
    """M5 for x2 on RGB, from the shipped M2; shipped.

    Command: `sesr train PHOTOS --validation OTHERS -o run --recipe m5_x2_rgb`.
    Time: 31 minutes beside other work. Expect 35.81 on OTHERS, 37.13 / 32.73 / 31.61 on Set5 /
    Set14 / BSD100.
    """
    return Recipe(_cpu("M5", channels=3, steps=40_000), start="m2_x2_rgb")


def m3_x2_y() -> Recipe:
    """M3 for x2 on Y, from the shipped M5 without two of its blocks; shipped.

    Command: `sesr train PHOTOS --validation OTHERS -o run --recipe m3_x2_y`.
    Time: 10 minutes beside other work. Expect 35.60 on OTHERS, 36.97 / 32.57 / 31.50 on Set5 /
    Set14 / BSD100.
    """
    return Recipe(_cpu("M3", steps=40_000), start="m5_x2_y")


def m5_x2_y() -> Recipe:
    """M5 for x2 on Y: the last of the six runs behind the shipped network.

    The runs before, 118,000 steps in all, stand in the network's card. They ended with PReLU, at
    35.917 on OTHERS; this one took their convolutions over and went on with ReLU. It starts from
    the shipped network now, so that it repeats the run but for a better start.

    Command: `sesr train PHOTOS --validation OTHERS -o run --recipe m5_x2_y`.
    Time: 19 minutes beside other work. Expect 35.92 on OTHERS, 37.15 / 32.75 / 31.63 on Set5 /
    Set14 / BSD100.
    """
    return Recipe(_cpu("M5", steps=60_000), start="m5_x2_y")


def m7_x2_y() -> Recipe:
    """M7 for x2 on Y, from the shipped M5; shipped.

    Command: `sesr train PHOTOS --validation OTHERS -o run --recipe m7_x2_y`.
    Time: 15 minutes beside other work. Expect 36.03 on OTHERS, 37.22 / 32.79 / 31.67 on Set5 /
    Set14 / BSD100.
    """
    return Recipe(_cpu("M7", steps=40_000), start="m5_x2_y")


def m11_x2_y() -> Recipe:
    """M11 for x2 on Y, from the shipped M7; shipped.

    Command: `sesr train PHOTOS --validation OTHERS -o run --recipe m11_x2_y`.
    Time: 20 minutes beside other work. Expect 36.12 on OTHERS, 37.25 / 32.82 / 31.70 on Set5 /
    Set14 / BSD100.
    """
    return Recipe(_cpu("M11", steps=40_000), start="m7_x2_y")


def xl_x2_y() -> Recipe:
    """XL for x2 on Y, from the shipped M11; shipped.

    Command: `sesr train PHOTOS --validation OTHERS -o run --recipe xl_x2_y`.
    Time: 22 minutes beside other work. Expect 36.36 on OTHERS, 37.38 / 32.97 / 31.80 on Set5 /
    Set14 / BSD100; it was still rising when the schedule ended.
    """
    return Recipe(_cpu("XL", steps=26_000), start="m11_x2_y")


def n5_x2_y() -> Recipe:
    """N5, shaped for micro-NPUs, for x2 on Y, from scratch; shipped.

    Command: `sesr train PHOTOS --validation OTHERS -o run --recipe n5_x2_y`.
    Time: 42 minutes beside other work. Expect 35.84 on OTHERS, 37.10 / 32.72 / 31.60 on Set5 /
    Set14 / BSD100.
    """
    return Recipe(_cpu("N5", steps=70_000, learning_rate=8e-4))


def m3_x4_y() -> Recipe:
    """M3 for x4 on Y, from the shipped M3 for x2; shipped.

    Command: `sesr train PHOTOS --validation OTHERS -o run --recipe m3_x4_y`.
    Time: 4 minutes beside other work. Expect 29.14 on OTHERS, 30.75 / 27.60 / 27.00 on Set5 /
    Set14 / BSD100.
    """
    return Recipe(_cpu("M3", scale=4, steps=12_000), start="m3_x2_y")


def m5_x4_y() -> Recipe:
    """M5 for x4 on Y, from the shipped M5 for x2; shipped.

    Command: `sesr train PHOTOS --validation OTHERS -o run --recipe m5_x4_y`.
    Time: 17 minutes beside other work. Expect 29.35 on OTHERS, 30.95 / 27.76 / 27.10 on Set5 /
    Set14 / BSD100.
    """
    return Recipe(_cpu("M5", scale=4, steps=40_000), start="m5_x2_y")


def m7_x4_y() -> Recipe:
    """M7 for x4 on Y, from the shipped M7 for x2; shipped.

    Command: `sesr train PHOTOS --validation OTHERS -o run --recipe m7_x4_y`.
    Time: 7 minutes beside other work. Expect 29.43 on OTHERS, 31.03 / 27.82 / 27.13 on Set5 /
    Set14 / BSD100.
    """
    return Recipe(_cpu("M7", scale=4, steps=12_000), start="m7_x2_y")


def m11_x4_y() -> Recipe:
    """M11 for x4 on Y, from the shipped M11 for x2; shipped.

    Command: `sesr train PHOTOS --validation OTHERS -o run --recipe m11_x4_y`.
    Time: 7 minutes beside other work. Expect 29.48 on OTHERS, 31.05 / 27.85 / 27.15 on Set5 /
    Set14 / BSD100.
    """
    return Recipe(_cpu("M11", scale=4, steps=12_000), start="m11_x2_y")


def xl_x4_y() -> Recipe:
    """XL for x4 on Y, from the shipped XL for x2; shipped.

    Command: `sesr train PHOTOS --validation OTHERS -o run --recipe xl_x4_y`.
    Time: 13 minutes beside other work. Expect 29.64 on OTHERS, 31.25 / 28.00 / 27.23 on Set5 /
    Set14 / BSD100; it was still rising when the schedule ended.
    """
    return Recipe(_cpu("XL", scale=4, steps=10_000), start="xl_x2_y")


def fsrcnn_x2_y() -> Recipe:
    """FSRCNN(56, 12, 4) for x2 on Y, the baseline, from scratch; shipped.

    Command: `sesr train PHOTOS --validation OTHERS -o run --recipe fsrcnn_x2_y`.
    Time: 12 minutes beside other work. Expect 34.88 on OTHERS, 36.36 / 32.17 / 31.17 on Set5 /
    Set14 / BSD100; it was still rising when the schedule ended.
    """
    return Recipe(_cpu("FSRCNN", steps=30_000, learning_rate=2e-3))


def fsrcnn_x2_rgb() -> Recipe:
    """FSRCNN(56, 12, 4) for x2 on RGB, the baseline, from scratch; shipped.

    Command: `sesr train PHOTOS --validation OTHERS -o run --recipe fsrcnn_x2_rgb`.
    Time: 23 minutes beside other work. Expect 34.11 on OTHERS, 35.74 / 31.83 / 30.99 on Set5 /
    Set14 / BSD100; it was still rising when the schedule ended.
    """
    return Recipe(_cpu("FSRCNN", channels=3, steps=30_000, learning_rate=2e-3))


def m2_x2_rgb_int8() -> Recipe:
    """M2 for x2 on RGB, fine-tuned while it rounds as in int8; shipped for `sesr export`.

    Command: `sesr train PHOTOS --validation OTHERS -o run --recipe m2_x2_rgb_int8`.
    Time: 2 minutes beside other work. Expect 35.17 on OTHERS; int8 loses 0.050 / 0.018 on Set5 /
    Set14 against float32 (`benchmarks/npu_quality.py`).
    """
    return Recipe(_int8("M2", channels=3, steps=3_000), start="m2_x2_rgb")


def m5_x2_y_int6() -> Recipe:
    """M5 for x2 on Y while it rounds more coarsely than in the end; the start of `m5_x2_y_int8`.

    Command: `sesr train PHOTOS --validation OTHERS -o six --recipe m5_x2_y_int6`.
    Time: 1 minute. Expect 35.65 on OTHERS, rounded to 6 bits.
    """
    return Recipe(_int8("M5", steps=2_500, quantize="int6"), start="m5_x2_y")


def m5_x2_y_int8() -> Recipe:
    """M5 for x2 on Y, fine-tuned while it rounds as in int8; shipped for `sesr export`.

    Command, after that of `m5_x2_y_int6`: `sesr train PHOTOS --validation OTHERS -o run
    --start-from six/m5_x2_y_int6.keras --recipe m5_x2_y_int8`.
    Time: 2 minutes. Expect 35.82 on OTHERS, where int8 loses 0.058 against float32 on the same
    8-bit images (rounded after training: 0.077); 0.063 / 0.043 on Set5 / Set14 (0.086 / 0.040).
    """
    return Recipe(_int8("M5", steps=5_000), start="m5_x2_y")


RECIPES: dict[str, Callable[[], Recipe]] = {
    recipe.__name__: recipe
    for recipe in (
        m2_x2_rgb,
        m3_x2_rgb,
        m5_x2_rgb,
        m3_x2_y,
        m5_x2_y,
        m7_x2_y,
        m11_x2_y,
        xl_x2_y,
        n5_x2_y,
        m3_x4_y,
        m5_x4_y,
        m7_x4_y,
        m11_x4_y,
        xl_x4_y,
        fsrcnn_x2_y,
        fsrcnn_x2_rgb,
        m2_x2_rgb_int8,
        m5_x2_y_int6,
        m5_x2_y_int8,
    )
}
"""The recipes that have been run, by name; `gpu_recipe` gives the others."""

GPU_PREFIX = "gpu_"


def gpu_recipe(name: str) -> Recipe:
    """A long run on a GPU for any network of the family. Not yet run: no time, no figure.

    The batches, crops and steps of the SESR paper (480,000 steps of 32 crops of 64x64), with what
    gained most here: the mean of decibels as loss, a cosine to zero, averaged weights. Sixteen
    steps a dispatch keep a fast GPU from waiting for Python; where it waits for data nevertheless,
    the log tells the share.

    Command: `KERAS_BACKEND=jax sesr train PHOTOS --validation OTHERS -o run --recipe gpu_m7_x2_y`,
    then the same with `KERAS_BACKEND=tensorflow` to write the LiteRT file. For x4 add
    `--start-from` with the network for x2.

    Args:
        name: "gpu_" and a network: "gpu_m7_x2_y", "gpu_xl_x4_y", "gpu_m5_x2_rgb",
            "gpu_fsrcnn_x2_y".

    Raises:
        UsageError: the name is none of these.
    """
    parts = name.removeprefix(GPU_PREFIX).split("_")
    channels = {"y": 1, "rgb": 3}.get(parts[-1])
    scale = {"x2": 2, "x4": 4}.get(parts[1]) if len(parts) == 3 else None
    if channels is None or scale is None:
        raise UsageError(f"a GPU recipe is named as in gpu_m7_x2_y or gpu_m5_x4_rgb; not {name!r}")
    return Recipe(
        TrainingConfig(
            variant=get_variant(parts[0]).name,
            scale=scale,
            channels=channels,
            steps=480_000,
            batch_size=32,
            crop=64,
            learning_rate=6e-4,
            warmup=2_000,
            ema=0.9998,
            loss="psnr",
            validate_every=8_000,
            dispatch=16,
        )
    )


def find_recipe(name: str) -> Recipe:
    """Look a recipe up by its name.

    Raises:
        UsageError: there is none of that name; the message names what there is.

    Example:
        >>> find_recipe("m3_x2_rgb").config.steps
        40000
    """
    if name in RECIPES:
        return RECIPES[name]()
    if name.startswith(GPU_PREFIX):
        return gpu_recipe(name)
    hint = did_you_mean(name, RECIPES)
    raise UsageError(
        f"unknown recipe {name!r}: {hint}there are {', '.join(RECIPES)}, "
        "and gpu_m7_x2_y and its like for every network"
    )


def _cpu(
    variant: str, channels: int = 1, scale: int = 2, *, steps: int, learning_rate: float = 6e-4
) -> TrainingConfig:
    """What two cores do best: small batches, bfloat16, ReLU."""
    return TrainingConfig(
        variant=variant,
        scale=scale,
        channels=channels,
        steps=steps,
        learning_rate=learning_rate,
        ema=0.9995,
        loss="psnr",
        precision="bfloat16",
    )


def _int8(variant: str, channels: int = 1, *, steps: int, quantize: str = "int8") -> TrainingConfig:
    """A trained network learns to round."""
    return TrainingConfig(
        variant=variant,
        channels=channels,
        steps=steps,
        learning_rate=5e-4,
        warmup=300,
        loss="psnr",
        quantize=quantize,
        validate_every=500,
    )
