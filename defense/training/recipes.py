"""How the networks of `defense.transforms.trained` were trained.

A recipe is a function without arguments; its docstring holds the command, the time that it took
and the figure to expect. In the commands PHOTOS stands for `--photos` with CID22, gb82 (without the
sample photograph of this repository) and the train and test halves of BSDS500, CHOOSE for the
classifier and photographs 201 to 300 of the NIPS 2017 development set. Figures are shares of right
answers there: clean, under PGD-20 made on the bare classifier (the mean of 2/255 and 8/255), and
under PGD-10 at 2/255 through the defense. Times are those of two cores beside other work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from defense.training.config import DefenseConfig
from sesr.errors import UsageError, did_you_mean

_OVER_NOISE = DefenseConfig(
    teacher="bicubic:160",
    noisy=0,
    side=214,
    clean=0,
    gray=0,
    smoothed=8,
    fidelity=10.0,
    learning_rate=1e-3,
    precision="bfloat16",
)
"""What all networks for votes over noise share."""


def m2_gray() -> DefenseConfig:
    """M2 against attackers who do not know of the defense; shipped.

    Command: `sesr robustness train CHOOSE PHOTOS -o run --recipe m2_gray`.
    Time: 11 minutes beside other work, and 9 for the noise on the bare classifier. Expect 83.0 %
    clean and 71.5 % gray-box, from 85.0 % and 64.0 % before the training.
    """
    return DefenseConfig(
        defense="sesr:M2:rgb,bicubic:208",
        steps=800,
        learning_rate=1e-3,
        warmup=50,
        validate_every=200,
    )


def smoothed() -> DefenseConfig:
    """S4 behind Gaussian noise of several strengths: the start of those for one strength.

    It works at the classifier's own size. Shrinking first, to average noise away, loses more than
    it gains, but for 192 pixels, which MobileNetV2 likes. Trained on pieces of half the area,
    shrunk as much as whole photographs are, which takes half the time.

    Command: `sesr robustness train CHOOSE PHOTOS -o run --recipe smoothed`, with CLIC 2025, T91,
    the wallpapers, and photographs 301 to 400 (without their labels) among PHOTOS.
    Time: 13 minutes on one core, then stopped. Expect 54.4 % of single draws right, the mean over
    the four strengths, the best after 2,000 steps.
    """
    return replace(
        _OVER_NOISE,
        defense="bicubic:160,sesr:smoothed:rgb",
        fresh="S4",
        judged="bicubic:224,sesr:smoothed:rgb",
        crops=8_000,
        steps=7_000,
        sigmas=(0.08, 0.12, 0.16, 0.22),
        features=12.0,
        ema=0.998,
        validate_every=500,
    )


def smoothed_09() -> DefenseConfig:
    """The same for one strength, from `smoothed`, classified at 192 pixels.

    Command: as of `smoothed`, `--recipe smoothed_09`.
    Time: 12 minutes on one core, then stopped. Expect 69 % of single draws right at 0.09, the best
    after 1,000 steps; without a network it is 69 % at 0.08.
    """
    return replace(
        smoothed(),
        fresh="",
        judged="bicubic:192,sesr:smoothed:rgb",
        side=249,
        steps=5_500,
        sigmas=(0.09,),
    )


def smoothed_18() -> DefenseConfig:
    """The same for strong noise.

    Command: as of `smoothed`, `--recipe smoothed_18`.
    Time: 25 minutes on one core. Expect 54 % of single draws right at 0.18, the best after 2,500
    steps; without a network it is 45 % at 0.16.
    """
    return replace(smoothed_09(), sigmas=(0.18,))


def attacked_08() -> DefenseConfig:
    """`smoothed_09` trained on under attack: half of what it sees is chosen against it.

    One step of PGD through the network as it is then, behind the noise, on four of eight pieces:
    draws agree more often, and so prove more. Attacks of 0.8/255 cost more than they gave.

    Command: as of `smoothed`, `--recipe attacked_08`; `certified` has it.
    Time: 7 minutes on one core. Expect 70 % of single draws right at 0.08, 67 % in all of three.

    Reference: H. Salman et al., "Provably Robust Deep Learning via Adversarially Trained Smoothed
    Classifiers", NeurIPS 2019.
    """
    return replace(
        smoothed_09(),
        defense="bicubic:160,sesr:smoothed_09:rgb",
        judged="bicubic:192,sesr:smoothed_09:rgb",
        crops=4_000,
        steps=750,
        smoothed=4,
        adaptive=4,
        sigmas=(0.08,),
        adaptive_epsilon=0.2,
        adaptive_steps=1,
        learning_rate=5e-4,
        warmup=50,
        ema=0.995,
        validate_every=250,
    )


def attacked_15() -> DefenseConfig:
    """`smoothed_18` trained on under attacks that grow from 0.3 to 0.8/255, on seven of eight.

    Command: as of `smoothed`, `--recipe attacked_15`.
    Time: 12 minutes on one core. Expect 60 % of single draws right at 0.15, the best after 1,000
    steps.
    """
    return replace(
        attacked_08(),
        defense="bicubic:160,sesr:smoothed_18:rgb",
        judged="bicubic:192,sesr:smoothed_18:rgb",
        steps=1_500,
        smoothed=1,
        adaptive=7,
        sigmas=(0.15,),
        adaptive_epsilon=0.8,
        adaptive_from=0.3,
        learning_rate=7e-4,
        validate_every=500,
    )


def smoothed_m5() -> DefenseConfig:
    """M5 behind noise, classified at 224 pixels: it enlarges, and is shrunk back.

    Command: as of `smoothed`, `--recipe smoothed_m5`, without photographs 301 to 400, and with 201
    to 260 to choose by.
    Time: 19 minutes on one core. Expect 66.3 % of single draws right, the mean over the three
    strengths; of the bare classifier at 224 pixels, on 50 of them, it is 56 %.
    """
    return replace(
        _OVER_NOISE,
        defense="bicubic:160,sesr:M5:rgb,bicubic:160",
        judged="bicubic:224,sesr:M5:rgb,bicubic:224",
        crops=3_000,
        steps=1_400,
        sigmas=(0.06, 0.1, 0.16),
        warmup=50,
        validate_every=700,
    )


def smoothed_08() -> DefenseConfig:
    """From `smoothed_m5`, for one strength; twice the time of S4, and more is right without attack.

    Command: as of `smoothed`, `--recipe smoothed_08`, with photographs 201 to 260 to choose by.
    Time: 10 minutes on one core. Expect 75 % of single draws right at 0.08, the best after 500
    steps; of `smoothed_m5` it is 68 % there, of the bare classifier at 224 pixels 61 %, with other
    draws.
    """
    return replace(
        smoothed_m5(),
        defense="bicubic:160,sesr:smoothed_m5:rgb,bicubic:160",
        judged="bicubic:224,sesr:smoothed_m5:rgb,bicubic:224",
        crops=4_000,
        steps=1_500,
        sigmas=(0.08,),
        features=4.0,
        validate_every=250,
    )


def smoothed_three() -> DefenseConfig:
    """As `smoothed_08`, in front of three classifiers in turns.

    Command: as of `smoothed`, `--recipe smoothed_three`, with photographs 201 to 260 to choose by,
    MobileNetV2 as `--classifier`, `--beside mobilenet:alpha=0.75 FILE` and `--beside
    mobilenet_v3_minimalistic FILE`.
    Time: 13 minutes on one busy core. Expect 75, 73 and 77 % of single draws right at 0.08, the
    best after 400 steps; without a network they are 64, 74 and 78 %: MobileNetV2 alone needs one.
    """
    return replace(smoothed_08(), steps=600, validate_every=200)


DEFENSE_RECIPES: dict[str, Callable[[], DefenseConfig]] = {
    recipe.__name__: recipe
    for recipe in (
        m2_gray,
        smoothed,
        smoothed_09,
        smoothed_18,
        attacked_08,
        attacked_15,
        smoothed_m5,
        smoothed_08,
        smoothed_three,
    )
}
"""The recipes that have been run, by name."""


def find_defense_recipe(name: str) -> DefenseConfig:
    """Look a recipe up by its name.

    Raises:
        UsageError: there is none of that name; the message names the nearest.
    """
    if name in DEFENSE_RECIPES:
        return DEFENSE_RECIPES[name]()
    hint = did_you_mean(name, DEFENSE_RECIPES)
    raise UsageError(f"unknown recipe {name!r}: {hint}the recipes are {', '.join(DEFENSE_RECIPES)}")
