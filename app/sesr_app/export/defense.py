"""`sesr export --defense`: super resolution and a classifier on one NPU."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sesr.errors import ExportError, SesrError
from sesr.export.source import Source, find_source
from sesr_app.export.npu import FEATURE, origin_of, tell
from sesr_app.export.photos import MOST_CALIBRATION_PHOTOS, read_photos

if TYPE_CHECKING:
    from defense.export.comparison import Setting
    from defense.export.pipeline import NpuPart
    from sesr.export.npu.deploy import Deployed
    from sesr.int8.calibration import Photo
    from sesr.lowering.plain_network import PlainNetwork
    from sesr.pixels.color import FloatImage
    from sesr.reporting.progress import Advance
    from sesr_app.export.npu import NpuOptions

ATTACKED = 299
"""Side of the images that are defended."""

SCALE = 2
COMPARED = ("M2", "M3", "M5")
BASELINE = "FSRCNN"
HOST_RUNS = 7


@dataclass(frozen=True, slots=True)
class DefenseOptions:
    """What a defence is exported with.

    Attributes:
        npu: as for super resolution alone; its tile is the largest one that `sram` admits.
        classifier: its name.
        weights: a file of its weights, or "imagenet".
    """

    npu: NpuOptions
    classifier: str
    weights: str


def export_defense(source: Source, options: DefenseOptions) -> None:
    """Deploy both networks, compare with other networks, and write a folder.

    Raises:
        ExportError: an operator stays on the CPU, or a limit is broken.
        UsageError: an option does not fit.
    """
    from sesr_app.terminal.extras import require

    given = read_photos(options.npu.calibration, "calibration", MOST_CALIBRATION_PHOTOS)
    references = read_photos(options.npu.measure, "measuring")
    require(FEATURE, "export", ["keras", "tensorflow"])
    require(f"{FEATURE} --defense", "defense", ["pywt"])
    from defense.export.classifier import check_classifier
    from sesr.int8.calibration import calibration_photos, sample_photo
    from sesr_app.terminal.progress import progress_bar
    from sesr_app.terminal.quiet import quiet_native_logs

    check_classifier(options.classifier, options.weights)
    network = source.load(SCALE)
    with progress_bar(lines=True) as advance, quiet_native_logs():
        job = _Job(options, given or calibration_photos(), advance)
        job.run(source, network)
        _write(source, job, references or [sample_photo()], advance)


class _Job:
    """Compiles everything that the table needs.

    Attributes:
        options: what was asked for.
        photos: calibrated on.
        deployed: the network to export, with its tile.
        networks: of the comparison, the one to export first.
        settings: the classifiers that fit, compiled.
        left_out: why others do not.
        litert: the same classifiers not compiled, by the side of their image.
    """

    def __init__(self, options: DefenseOptions, photos: list[Photo], advance: Advance) -> None:
        from sesr.int8.calibration import calibration_images

        self.options = options
        self.photos = photos
        self.deployed: Deployed
        self.networks: list[NpuPart] = []
        self.settings: list[Setting] = []
        self.left_out: list[str] = []
        self.litert: dict[int, bytes] = {}
        self._images: list[FloatImage] = calibration_images(photos, SCALE, 3)
        self._advance = advance
        self._done = 0
        self._steps = 0

    def run(self, source: Source, network: PlainNetwork) -> None:
        """Compile the classifier, the network to export, and what is compared with."""
        stages = _host_stages()
        compared = _compared(source)
        self._steps = len(stages) + 1 + len(compared)
        for side, before in stages.items():
            self._classify(side, before)
            self._done += 1
        if not self.settings:
            raise ExportError("; ".join(self.left_out))
        self._deploy(source.name, network)
        for name, (other, shuffles) in compared.items():
            self._compare(name, other, shuffles)

    def _classify(self, side: int, stages: tuple[str, ...]) -> None:
        from defense.export.classifier import build_classifier, to_int8_classifier
        from defense.export.comparison import Setting
        from defense.export.pipeline import classifier_part

        options = self.options
        name = f"{options.classifier}_{side}x{side}"

        def report(done: int, total: int) -> None:
            self._advance(name, self._done + done / (total + 1), self._steps)

        model = build_classifier(options.classifier, side, options.weights)
        content = to_int8_classifier(model, self.photos, report)
        budget = options.npu.sram_bytes
        part = classifier_part(name, side, content, options.npu.target, budget)
        if budget is not None and part.compiled.sram > budget:
            self.left_out.append(
                f"{name} needs {part.compiled.sram / 1024:,.0f} KiB of SRAM at least; the budget "
                f"is {options.npu.sram} KiB: raise --sram"
            )
            return
        self.settings.append(Setting(part, stages))
        self.litert[side] = content

    def _deploy(self, name: str, network: PlainNetwork) -> None:
        """The network to export: once its tile is found, in every lowering."""
        from sesr.export.npu.deploy import deploy

        part = self._compare(name, network, ())
        target, sram = self.options.npu.target, self.options.npu.sram_bytes
        label = f"sesr_{name}_{part.tile}"
        self.deployed = deploy(network, part.tile, target, self._images, name=label, sram=sram)
        self.networks[-1] = replace(part, compiled=self.deployed.compiled)

    def _compare(self, name: str, network: PlainNetwork, shuffles: tuple[str, ...]) -> NpuPart:
        from defense.export.pipeline import fit_network

        self._advance(name, self._done, self._steps)
        npu = self.options.npu
        part = fit_network(
            name, network, ATTACKED, npu.target, self._images, npu.sram_bytes, shuffles
        )
        self.networks.append(part)
        self._done += 1
        return part


def _host_stages() -> dict[int, tuple[str, ...]]:
    """What stays CPU work, by the side of the classifier's image.

    That side is all that super resolution gives, as published, and the default of the defence.
    """
    from defense.presets import DEFAULT, PAPER

    found = {}
    for preset in (PAPER, DEFAULT):
        stages = tuple(part for part in preset.text.split(",") if not part.startswith("sesr:"))
        kind, value = stages[-1].split(":")
        found[int(value) if kind == "bicubic" else SCALE * ATTACKED] = stages
    return found


def _compared(source: Source) -> dict[str, tuple[PlainNetwork, tuple[str, ...]]]:
    """Networks to compare with, by name, with the shuffles that they may use."""
    from defense.export.baseline import with_prelu
    from sesr.lowering.shuffle import DECONVOLUTION

    found: dict[str, tuple[PlainNetwork, tuple[str, ...]]] = {}
    for name in (*COMPARED, BASELINE):
        title, network, same = _trained(name, source)
        if not same:
            found[title] = network, ()
    # `network` is the baseline's now.
    found[f"{title}, deconvolution"] = network, (DECONVOLUTION,)
    found[f"{title}, as published"] = with_prelu(network), (DECONVOLUTION,)
    return found


def _trained(name: str, source: Source) -> tuple[str, PlainNetwork, bool]:
    """A network of the package, or an untrained one, and whether it is the one to export."""
    from sesr.lowering.plain_network import PlainNetwork
    from sesr.network.build import build_network

    try:
        found = find_source(name, SCALE, 3)
    except SesrError:
        # Cycles depend on the weights only through their compression.
        return f"{name} (untrained)", PlainNetwork.from_keras(build_network(name, SCALE, 3)), False
    return name, found.load(SCALE), found.path in (source.path, source.float_path)


def _host_times(texts: set[str]) -> dict[str, float]:
    """Seconds a frame of what stays CPU work, measured on this machine."""
    import numpy as np

    from defense import parse_defense

    image = np.random.default_rng(0).random((1, ATTACKED, ATTACKED, 3), dtype=np.float32)
    large = np.repeat(np.repeat(image, SCALE, axis=1), SCALE, axis=2)
    return {
        text: _median_time(parse_defense(text), large if text.startswith("bicubic") else image)
        for text in sorted(texts, reverse=True)
    }


def _median_time(transform: Callable[[Any], Any], images: Any) -> float:
    times = []
    for _ in range(HOST_RUNS + 1):
        began = time.perf_counter()
        transform(images)
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])


def _write(source: Source, job: _Job, references: list[Photo], advance: Advance) -> None:
    from defense.export.bundle import write_classifier, write_defense
    from defense.export.comparison import Comparison
    from sesr.export.folder import SUPER_RESOLUTION, whole_folder
    from sesr.export.npu.bundle import write_bundle
    from sesr.export.npu.deploy import measure, require_quality

    npu = job.options.npu
    quality = measure(job.deployed, references, advance, source.load_float())
    require_quality(quality, npu.max_loss)
    host = _host_times({stage for setting in job.settings for stage in setting.stages})
    table = Comparison(
        job.networks, job.settings, host, ATTACKED, npu.target.accelerator, job.left_out
    )
    with whole_folder(npu.output) as part:
        origin = origin_of(source, npu, len(job.photos), job.deployed, quality)
        write_bundle(part / SUPER_RESOLUTION, job.deployed, quality, origin)
        for setting in job.settings:
            side = setting.classifier.side
            write_classifier(part / f"classifier_{side}", setting.classifier, job.litert[side])
        write_defense(part, table, npu.command)
    tell(npu.output, job.deployed, quality)
    print(table.text())
