"""Make the figures of the README again: every command behind them, printed before it runs.

    python benchmarks/figures.py --list
    python benchmarks/figures.py speed npu --sets DIR --peers DIR -o figures

Takes the names of groups, all of them by default. What a command prints goes to the screen and into
a file of the group's folder. A command that needs data which no option names is passed over, and
one that fails does not stop the others; both are listed at the end. Speed wants an idle machine;
the group `defense` takes two to three hours on two cores, and a day more for votes over noise; it
goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from sesr.catalog.shipped import shipped_models

ROOT = Path(__file__).parents[1]

DATA = {
    "sets": "folder with Set5, Set14 and BSD100",
    "peers": "folder with OpenCV's networks",
    "compressed": "folder with photographs that were never compressed",
    "photos": "folder with images/ and labels.csv, for the defense",
    "weights": "folder with the weights of the classifiers",
    "cifar": "folder with train/ and test/ of CIFAR-10, each of class folders, and some of test/ "
    "as images/ with labels.csv",
}
"""What commands may need, each an option of this script."""

DEFENSE = "sesr export --defense --target ethos-u55-256 --overwrite"
V2 = "--classifier mobilenet_v2 --classifier-weights {weights}/mobilenet_v2_1.0_224.weights.h5"

DRAWN = (
    "--classifier mobilenet_v2 {weights}/mobilenet_v2_1.0_224.weights.h5 "
    "--classifier mobilenet:alpha=0.75 {weights}/mobilenet_v1_0.75_224.weights.h5 "
    "--classifier mobilenet_v3_minimalistic "
    "{weights}/mobilenet_v3_large_minimalistic_1.0_224.weights.h5"
)

SMALL = (
    "sesr robustness --classifier ran_e_small --images {cifar}/images --labels {cifar}/labels.csv "
    "-o {here}/small"
)

GROUPS = {
    "picture": {
        "comparison": "python benchmarks/quality/comparison.py samples/guitar.webp "
        "{here}/comparison.png",
        "compressed": "python benchmarks/quality/comparison.py samples/guitar.webp "
        "{here}/compressed.png --quality 40",
        "quality": "python benchmarks/quality/family.py --plot {here}/quality.png",
    },
    # The group `quality` comes from the models of the package, and goes on here.
    "sizes": {
        "x3": "python benchmarks/quality/any_scale.py {sets}/Set14",
    },
    "artefacts": {
        "jpeg": "python benchmarks/quality/artefacts.py {compressed}",
        "grid": "python benchmarks/quality/jpeg_grid.py {compressed}",
    },
    "speed": {
        "bench": "sesr bench --peers {peers} --images {sets}/Set5",
        "command": "python benchmarks/speed/upscale.py",
        "batch": "python benchmarks/speed/batch.py",
        "large": "python benchmarks/speed/large_image.py",
        "int8": "python benchmarks/speed/int8.py",
        "family": "sesr bench --family --images {sets}/Set14",
        "video": "python benchmarks/speed/video.py --peers {peers}",
        "web": "python benchmarks/speed/web.py",
    },
    "training": {
        "step": "python benchmarks/speed/training_step.py",
    },
    "defense": {
        "tables": "sh benchmarks/defense_figures.sh {photos} {weights} {here}",
        "speed": "python benchmarks/speed/defense.py --network sesr/models/m2_x2_rgb.tflite",
        "vote": "python benchmarks/defense/vote.py",
        "certificates": "python benchmarks/defense/certificates.py {photos}/images "
        "{photos}/labels.csv {weights}/mobilenet_v2_1.0_224.weights.h5 {here}/v2 "
        "--defense certified --attacks pgd:40,apgd:40 --most 8",
        "draws": "python benchmarks/defense/draws.py {photos}/images {photos}/labels.csv "
        f"{DRAWN} --defense bicubic:224 --defense bicubic:192 "
        "--defense bicubic:192,sesr:attacked_08:rgb "
        "--defense bicubic:224,sesr:smoothed_three:rgb,bicubic:224",
    },
    "classifiers": {
        "cycles": "python benchmarks/classifiers/cycles.py",
        "collapsing": "python benchmarks/classifiers/collapsing.py",
        "speed": "python benchmarks/classifiers/speed.py",
        "step": "python benchmarks/classifiers/step.py",
        "search": "python benchmarks/classifiers/search.py {cifar}/train {cifar}/test",
        "nn_mass": "python benchmarks/classifiers/nn_mass.py {cifar}/train {cifar}/test",
        "robustness": f"{SMALL} --attacks pgd --epsilons 2,4,8 --first 200 "
        "--defense sesr:M5:y,bicubic:32",
        "certified": f"{SMALL.replace('robustness', 'robustness certify')} --first 40 --n0 30 "
        "--n 200 --defenses noise:0.06,sesr:M5:y,bicubic:32",
        "defense": "sesr export --defense --classifier ran_e_small --target ethos-u55-128 "
        "-o {here}/ran_e_small --overwrite",
    },
    "cluster": {
        "faults": "python benchmarks/cluster/faults.py",
        "gigapixel": "python benchmarks/cluster/gigapixel.py --side 8000",
        "listing": "python benchmarks/cluster/listing.py",
        "nodes": "python benchmarks/cluster/nodes.py",
        "plan": "python benchmarks/cluster/plan.py",
    },
    "boards": {
        "instructions": "python benchmarks/c99/instructions.py M5 M3 N5",
        "multiplications": "python benchmarks/c99/multiplications.py M5 N5",
        "table": "python benchmarks/c99/boards.py M5",
        "scaled": "python benchmarks/c99/scaled_filters.py {sets}/Set5",
        "desktop": "python benchmarks/c99/desktop.py M5",
    },
    "npu": {
        **{
            f"{model}_{macs}": f"sesr export --model {model} --scale 2 --tile 64x64 "
            f"--target ethos-u55-{macs} -o {{here}}/{model}_{macs}_folder --overwrite"
            for model in ("M5", "N5")
            for macs in (128, 256)
        },
        **{
            f"quality_{model.replace(' --', '_')}": (
                f"python benchmarks/npu/quality.py {{sets}}/Set5 {{sets}}/Set14 --model {model}"
            )
            for model in ("M2", "M3", "M5", "M11", "XL", "N5", "M2 --rgb", "M3 --rgb", "M5 --rgb")
        },
        "post_training": (
            "python benchmarks/npu/quality.py {sets}/Set5 {sets}/Set14 --post-training"
        ),
        "defense": f"{DEFENSE} {V2} -o {{here}}/defense_folder",
        "votes": "python benchmarks/npu/votes.py certified {photos} "
        "{weights}/mobilenet_v2_1.0_224.weights.h5 --first 60 --draws 10",
        "defense_2048": f"{DEFENSE} {V2} --sram 2048 -o {{here}}/defense_2048_folder",
        "defense_512": f"{DEFENSE} {V2} --sram 512 -o {{here}}/defense_512_folder",
    },
}
"""Commands by the name of their group and of the file that takes what they print."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One command.

    Attributes:
        group: a key of `GROUPS`, or "quality".
        name: of the file that takes what it prints.
        command: with the names of `DATA`, and {here} for the group's folder, in braces.
    """

    group: str
    name: str
    command: str

    @property
    def needs(self) -> set[str]:
        """The names of `DATA` in the command."""
        return {field for _, field, _, _ in Formatter().parse(self.command) if field} - {"here"}


def all_figures() -> Iterator[Figure]:
    """Every command, in the order of the README."""
    yield from _quality()
    for group, commands in GROUPS.items():
        yield from (Figure(group, name, command) for name, command in commands.items())


def _quality() -> Iterator[Figure]:
    """The table of quality: a report of every network of the package, then both tables."""
    reports: dict[int, list[str]] = {}
    sets = "{sets}/Set5 {sets}/Set14 {sets}/BSD100"
    for model in shipped_models():
        card = model.card
        rgb = " --rgb" if card.channels == 3 else ""
        options = f"--model {card.variant} --scale {card.scale}{rgb} --json"
        yield Figure("quality", f"{card.stem}.json", f"sesr evaluate {sets} {options}")
        reports.setdefault(card.scale, []).append(f"{{here}}/{card.stem}.json")
    for scale, files in reports.items():
        command = (
            f"python benchmarks/quality/family.py {' '.join(files)} --plot {{here}}/x{scale}.png"
        )
        yield Figure("quality", f"x{scale}.md", command)


def run(figure: Figure, data: dict[str, Path], output: Path) -> int:
    """Print a command, run it, print what it prints and keep that; the exit code."""
    here = output / figure.group
    here.mkdir(parents=True, exist_ok=True)
    words = [word.format(**data, here=here) for word in shlex.split(figure.command)]
    print("$", shlex.join(words), flush=True)
    if words[0] == "python":
        words[0] = sys.executable
    elif words[0] == "sesr":
        words[:1] = [sys.executable, "-m", "sesr_app"]
    name = figure.name if "." in figure.name else f"{figure.name}.txt"
    # Scripts of the shell find the `sesr` of this environment.
    paths = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    environment = os.environ | {"PATH": paths}
    done = subprocess.run(
        words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    print(done.stdout, end="", flush=True)
    if done.returncode == 0 and done.stdout:
        (here / name).write_text(done.stdout, encoding="utf-8")
    return done.returncode


def main() -> int:
    """Parse the command line, run what was asked for, tell what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    groups = list(dict.fromkeys(figure.group for figure in all_figures()))
    parser.add_argument("groups", nargs="*", help=f"of {', '.join(groups)}; default: all")
    for name, meaning in DATA.items():
        parser.add_argument(f"--{name}", type=lambda text: Path(text).resolve(), help=meaning)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "figures")
    parser.add_argument("--list", action="store_true", help="print the commands only")
    options = parser.parse_args()
    if unknown := set(options.groups) - set(groups):
        parser.error(f"no such group: {', '.join(sorted(unknown))}; there are {', '.join(groups)}")
    chosen = [f for f in all_figures() if f.group in (options.groups or groups)]
    if options.list:
        print(*(f"{figure.group}: {figure.command}" for figure in chosen), sep="\n")
        return 0
    data = {name: getattr(options, name) for name in DATA if getattr(options, name)}
    left = []
    for figure in chosen:
        if missing := sorted(figure.needs - set(data)):
            left.append(f"{figure.group} {figure.name}: needs --{' and --'.join(missing)}")
        elif code := run(figure, data, options.output.resolve()):
            left.append(f"{figure.group} {figure.name}: ended with {code}")
    for line in left:
        print(f"left out: {line}", file=sys.stderr)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
