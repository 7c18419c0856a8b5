"""How the shipped networks were trained, and how the others of the family would be.

Each recipe is one run:

    sesr train PHOTOS --validation OTHERS -o run --recipe NAME

PHOTOS is a folder of the sets that the recipe mixes (see `MIXTURE`), each a folder of its name;
recipes without a mixture are older and take CID22, gb82 and BSDS500, folder by folder. OTHERS is a
folder of kinds to choose by: the validation half of CLIC 2025, and McMaster; recipes of
`CID_MIXTURE` chose by CID22's validation half as well, the oldest by it alone. All leave out the
photograph of the README (guitar* of gb82); those of today also 3316926* of gb82, which CID22's
validation half has too. What a run reached stands on the card of its network (`sesr/models`), what
was tried in `docs/experiments.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sesr.catalog.networks import get_variant
from sesr.errors import UsageError, did_you_mean
from sesr.training.config import TrainingConfig

MIXTURE = "bsds500=45,clic2025=12,wallpapers=12,t91=18,gb82=7,cid22=6"
"""Shares of the crops in percent. T91 is small and counts six times what its pixels would; more of
CID22 helps photographs that were shrunk with a sharp kernel and costs all others."""

SHRINK = "0.85,0.7,0.55"
"""Sizes of copies of all photographs."""

CID_MIXTURE = "bsds500=45,clic2025=15,wallpapers=15,t91=15,cid22=10"
"""What was mixed before there were copies."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One run.

    Attributes:
        config: its settings.
        start: the shipped model that it starts from, "m2_x2_rgb" for example, with its folder where
            it has one, or None.
        minutes: that it took on one or two cores of an x86-64 server beside other work, in bfloat16
            on one that has the instructions; 0 if it has not been run.
    """

    config: TrainingConfig
    start: str | None = None
    minutes: int = 0


def _cpu(
    variant: str,
    channels: int = 1,
    scale: int = 2,
    *,
    steps: int,
    learning_rate: float = 6e-4,
    warmup: int = 0,
    degradation: str = "",
    mixture: str = "",
    shrink: str = "",
    ema: float = 0.9995,
    precision: str = "bfloat16",
    validate_every: int = 1_000,
) -> TrainingConfig:
    """What few cores do best: small batches, bfloat16, ReLU."""
    return TrainingConfig(
        variant=variant,
        scale=scale,
        channels=channels,
        steps=steps,
        learning_rate=learning_rate,
        warmup=warmup or min(TrainingConfig().warmup, steps // 10),
        ema=ema,
        loss="psnr",
        precision=precision,
        validate_every=validate_every,
        mixture=mixture,
        shrink=shrink,
        degradation=degradation,
    )


_cid_mixed = partial(_cpu, mixture=CID_MIXTURE)
"""The same on sets of several kinds."""

_mixed = partial(_cpu, mixture=MIXTURE, shrink=SHRINK)
"""The same, with copies."""


def _int8(
    variant: str,
    channels: int = 1,
    *,
    steps: int,
    degradation: str = "",
) -> TrainingConfig:
    """A trained network learns to round."""
    return TrainingConfig(
        variant=variant,
        channels=channels,
        steps=steps,
        learning_rate=5e-4,
        warmup=300,
        loss="psnr",
        quantize="int8",
        validate_every=500,
        mixture=MIXTURE,
        shrink=SHRINK,
        degradation=degradation,
    )


_FAINT, _LIGHT, _HEAVY = "jpeg:86-98", "jpeg:55-94", "jpeg:15-65"
"""What networks for compressed photographs are trained on."""


RECIPES = {
    "m2_x2_rgb": Recipe(_mixed("M2", 3, steps=6_000, learning_rate=1e-3), "m2_x2_rgb", 3),
    "m3_x2_rgb": Recipe(_mixed("M3", 3, steps=6_000, learning_rate=1e-3), "m3_x2_rgb", 3),
    "m5_x2_rgb": Recipe(_mixed("M5", 3, steps=6_000, learning_rate=1e-3), "m5_x2_rgb", 4),
    "m7_x2_rgb": Recipe(_mixed("M7", 3, steps=6_000, learning_rate=1e-3), "m5_x2_rgb", 4),
    "m11_x2_rgb": Recipe(_mixed("M11", 3, steps=7_000, learning_rate=1e-3), "m7_x2_rgb", 7),
    "m2_x2_y": Recipe(_mixed("M2", steps=6_000, learning_rate=1e-3), "m3_x2_y", 2),
    "m3_x2_y": Recipe(_mixed("M3", steps=4_000, learning_rate=1e-3), "m3_x2_y", 3),
    # Runs before, 200,000 steps in all, stand on the card.
    "m5_x2_y": Recipe(_mixed("M5", steps=24_000, learning_rate=1e-3, warmup=500), "m5_x2_y", 14),
    "m7_x2_y": Recipe(_mixed("M7", steps=4_000, learning_rate=1e-3), "m7_x2_y", 5),
    "m11_x2_y": Recipe(_mixed("M11", steps=20_000, learning_rate=1e-3, warmup=500), "m11_x2_y", 19),
    "xl_x2_y": Recipe(_mixed("XL", steps=30_000, learning_rate=8e-4, warmup=500), "xl_x2_y", 81),
    "n5_x2_y": Recipe(_mixed("N5", steps=10_000, learning_rate=1e-3), "n5_x2_y", 6),
    "m2_x4_rgb": Recipe(_mixed("M2", 3, scale=4, steps=5_000, learning_rate=1e-3), "m2_x2_rgb", 4),
    "m3_x4_y": Recipe(_mixed("M3", scale=4, steps=4_000, learning_rate=1e-3), "m3_x4_y", 2),
    "m5_x4_y": Recipe(
        _mixed("M5", scale=4, steps=18_000, learning_rate=1e-3, warmup=500, precision="float32"),
        "m5_x4_y",
        37,
    ),
    "m7_x4_y": Recipe(_mixed("M7", scale=4, steps=4_000, learning_rate=1e-3), "m7_x4_y", 3),
    "m11_x4_y": Recipe(_mixed("M11", scale=4, steps=4_000, learning_rate=1e-3), "m11_x4_y", 4),
    "xl_x4_y": Recipe(_mixed("XL", scale=4, steps=3_000), "xl_x4_y", 8),
    # In bfloat16 it learns little: its few features carry the whole image.
    "fsrcnn_x2_y": Recipe(
        _mixed("FSRCNN", steps=24_000, learning_rate=3e-3, precision="float32"), "fsrcnn_x2_y", 30
    ),
    "fsrcnn_x2_rgb": Recipe(
        _mixed("FSRCNN", 3, steps=14_000, learning_rate=1.5e-3, warmup=500, precision="float32"),
        "fsrcnn_x2_rgb",
        29,
    ),
    "m5_x2_y_faint": Recipe(
        _mixed("M5", steps=8_000, learning_rate=1e-3, degradation=_FAINT), "m5_x2_y", 5
    ),
    "m5_x2_y_light": Recipe(
        _mixed("M5", steps=10_000, learning_rate=1e-3, degradation=_LIGHT), "light/m5_x2_y_light", 6
    ),
    "m5_x2_y_heavy": Recipe(
        _mixed("M5", steps=10_000, learning_rate=1e-3, degradation=_HEAVY), "heavy/m5_x2_y_heavy", 6
    ),
    "m11_x2_y_faint": Recipe(
        _mixed("M11", steps=6_000, learning_rate=1e-3, degradation=_FAINT), "m11_x2_y", 6
    ),
    "m11_x2_y_light": Recipe(
        _cid_mixed(
            "M11", steps=8_000, learning_rate=8e-4, degradation=_LIGHT, validate_every=2_000
        ),
        "m11_x2_y",
        9,
    ),
    "m11_x2_y_heavy": Recipe(
        _mixed("M11", steps=6_000, learning_rate=8e-4, degradation=_HEAVY),
        "light/m11_x2_y_light",
        6,
    ),
    "xl_x2_y_faint": Recipe(
        _mixed("XL", steps=2_500, ema=0.999, degradation=_FAINT, validate_every=500), "xl_x2_y", 6
    ),
    "xl_x2_y_light": Recipe(
        _mixed("XL", steps=2_500, ema=0.999, degradation=_LIGHT, validate_every=500), "xl_x2_y", 7
    ),
    "m5_x4_y_faint": Recipe(
        _mixed("M5", scale=4, steps=5_000, learning_rate=1e-3, degradation=_FAINT), "m5_x4_y", 4
    ),
    "m5_x4_y_light": Recipe(
        _mixed("M5", scale=4, steps=6_000, learning_rate=1e-3, degradation=_LIGHT), "m5_x4_y", 4
    ),
    "m5_x4_y_heavy": Recipe(
        _mixed("M5", scale=4, steps=6_000, learning_rate=1e-3, degradation=_HEAVY), "m5_x4_y", 4
    ),
    "m11_x4_y_light": Recipe(
        _mixed("M11", scale=4, steps=5_000, learning_rate=1e-3, degradation=_LIGHT), "m11_x4_y", 6
    ),
    "m11_x4_y_heavy": Recipe(
        _mixed("M11", scale=4, steps=5_000, learning_rate=1e-3, degradation=_HEAVY),
        "light/m11_x4_y_light",
        6,
    ),
    "m2_x2_rgb_int8": Recipe(_int8("M2", 3, steps=3_000), "m2_x2_rgb", 3),
    "m3_x2_rgb_int8": Recipe(_int8("M3", 3, steps=3_000), "m3_x2_rgb", 3),
    "m5_x2_rgb_int8": Recipe(_int8("M5", 3, steps=3_000), "m5_x2_rgb", 4),
    "m2_x2_y_int8": Recipe(_int8("M2", steps=3_000), "m2_x2_y", 2),
    "m3_x2_y_int8": Recipe(_int8("M3", steps=3_000), "m3_x2_y", 3),
    "m5_x2_y_int8": Recipe(_int8("M5", steps=3_000), "m5_x2_y", 9),
    "n5_x2_y_int8": Recipe(_int8("N5", steps=3_000), "n5_x2_y", 4),
    "m5_x2_y_faint_int8": Recipe(
        _int8("M5", steps=2_500, degradation=_FAINT), "faint/m5_x2_y_faint", 3
    ),
    "m5_x2_y_light_int8": Recipe(
        _int8("M5", steps=2_500, degradation=_LIGHT), "light/m5_x2_y_light", 3
    ),
    "m5_x2_y_heavy_int8": Recipe(
        _int8("M5", steps=2_500, degradation=_HEAVY), "heavy/m5_x2_y_heavy", 3
    ),
    "m11_x2_y_int8": Recipe(_int8("M11", steps=3_000), "m11_x2_y", 10),
    "xl_x2_y_int8": Recipe(_int8("XL", steps=2_000), "xl_x2_y", 12),
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
        6000
    """
    if name in RECIPES:
        return RECIPES[name]
    if name.startswith(GPU_PREFIX):
        return gpu_recipe(name)
    hint = did_you_mean(name, RECIPES)
    raise UsageError(
        f"unknown recipe {name!r}: {hint}there are {', '.join(RECIPES)}, "
        "and gpu_m7_x2_y and its like for every network"
    )
