"""What `sesr export` was asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sesr.errors import UsageError

if TYPE_CHECKING:
    from sesr.export.c99.core import Core
    from sesr.export.npu.target import Target

DEFAULT_TILE = "64x64"
"""On an NPU, or in C."""

_OPTIONS = (
    click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder to write."),
    click.option(
        "--model",
        default="M5",
        show_default=True,
        help="A model of `sesr models`, or the .keras file of another.",
    ),
    click.option("--scale", default=2, show_default=True, help="2 or 4."),
    click.option("--rgb", is_flag=True, help="The model of RGB, not of Y."),
    click.option(
        "--tile",
        help="Pixels to enlarge at a time, HEIGHTxWIDTH: 64x64 on an NPU or in C, any on a CPU.",
    ),
    click.option(
        "--target",
        default="ethos-u55-128",
        show_default=True,
        help="cpu, ethos-u55-32 to -256, ethos-u65-256, -512, ethos-u85-128 to -2048; C for boards "
        "without an NPU: c99, cortex-m4, cortex-m7, cortex-m55.",
    ),
    click.option("--system-config", help="System configuration of Vela's Arm/vela.ini."),
    click.option("--memory-mode", help="Memory mode of the same file."),
    click.option(
        "--convolution",
        help="How C convolves: direct, winograd or complex-winograd, by default as the core likes; "
        "or scaled-winograd[:BITS], which is not exact.",
    ),
    click.option("--sram", type=int, help="Largest SRAM in KiB."),
    click.option("--max-loss", default=0.15, show_default=True, help="Largest loss of int8 in dB."),
    click.option(
        "--calibration", type=click.Path(path_type=Path), help="Photographs to calibrate int8 on."
    ),
    click.option(
        "--measure", type=click.Path(path_type=Path), help="Photographs to measure the loss on."
    ),
    click.option("--defense", is_flag=True, help="Export RGB super resolution with a classifier."),
    click.option(
        "--smoothed",
        help="With --defense: one that begins with noise, as noise:0.08,bicubic:192,"
        "sesr:attacked_08:rgb; names the network, in place of --model.",
    ),
    click.option(
        "--classifier",
        default="mobilenet_v2",
        show_default=True,
        help="mobilenet_v2, mobilenet_v3_minimalistic, mobilenet_v1_075 or ran_e_small.",
    ),
    click.option(
        "--classifier-weights",
        default="imagenet",
        show_default=True,
        help="A .weights.h5 file of Keras, or imagenet to download.",
    ),
    click.option(
        "--post-training",
        is_flag=True,
        help="Quantise the float32 network, though there is one that was trained for int8.",
    ),
    click.option("--overwrite", is_flag=True, help="Replace an earlier export."),
)


def export_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that `ExportOptions` holds."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """The options of `sesr export`.

    Attributes: as the help of the options says; None leaves the choice to the target, stands for
    the package's photographs, or sets no limit. `command` is what was typed, as far as it decides
    about the result.

    Raises:
        UsageError: options that do not go together.
    """

    output: Path
    model: str
    scale: int
    rgb: bool
    tile: str | None
    target: str
    system_config: str | None
    memory_mode: str | None
    convolution: str | None
    sram: int | None
    max_loss: float
    calibration: Path | None
    measure: Path | None
    defense: bool
    smoothed: str | None
    classifier: str
    classifier_weights: str
    post_training: bool
    overwrite: bool
    command: str

    def __post_init__(self) -> None:
        if self.output is None:
            raise UsageError("an export needs a folder to write: -o DIR")
        self._check_target()
        if self.smoothed and not self.defense:
            raise UsageError("--smoothed is a kind of defence: give --defense with it")
        if self.defense:
            self._check_defense()
        if self.on_cpu and (self.system_config or self.memory_mode or self.sram):
            raise UsageError("--system-config, --memory-mode and --sram are for NPUs; received cpu")
        self._check_convolution()
        if self.in_c and (self.system_config or self.memory_mode):
            raise UsageError(
                f"--system-config and --memory-mode are for NPUs; received {self.target}"
            )
        if self.sram is not None and self.sram < 1:
            raise UsageError(f"--sram is a number of KiB of at least 1; received {self.sram}")

    @property
    def on_cpu(self) -> bool:
        """Whether plain files are wanted."""
        return self.target.lower() == "cpu"

    @property
    def in_c(self) -> bool:
        """Whether portable C is wanted."""
        from sesr.export.c99.core import CORES

        return self.target.lower() in CORES

    @property
    def network(self) -> str:
        """A name of the package or a path.

        Raises:
            UsageError: the smoothed defence is none, or holds not just one network for RGB.
        """
        if not self.smoothed:
            return self.model
        from defense.export.host_stages import smoothed_network

        return str(smoothed_network(self.smoothed)[0].trained.keras)

    @property
    def channels(self) -> int:
        """Of the network: 1 (Y) or 3 (RGB)."""
        return 3 if self.rgb or self.defense else 1

    @property
    def sram_bytes(self) -> int | None:
        """Largest SRAM in bytes."""
        return None if self.sram is None else self.sram * 1024

    def find_npu(self) -> Target:
        """The NPU.

        Raises:
            UsageError: it does not exist, or its system or memory does not.
        """
        from sesr.export.npu.target import find_target

        return find_target(self.target, self.system_config, self.memory_mode)

    def find_core(self) -> Core:
        """The board that C is written for.

        Raises:
            UsageError: it is unknown.
        """
        from sesr.export.c99.core import find_core

        return find_core(self.target)

    def _check_target(self) -> None:
        from sesr.export.targets import check_target

        check_target(self.target)

    def _check_convolution(self) -> None:
        from sesr.export.c99.choose import parse_convolution

        if self.convolution is None:
            return
        if not self.in_c:
            raise UsageError(f"--convolution is for C; received target {self.target}")
        parse_convolution(self.convolution)

    def _check_defense(self) -> None:
        from defense.export.compared import SCALE

        if self.scale != SCALE:
            raise UsageError(
                f"a defence has the scale of its network; received scale {self.scale}: leave it out"
            )
        if self.on_cpu or self.in_c:
            raise UsageError(f"the defence is exported to an NPU; received target {self.target}")
        if self.tile:
            raise UsageError(
                f"the defence finds its own tiles; received --tile {self.tile}: use --sram"
            )
