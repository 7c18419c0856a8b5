"""`sesr export --defense`: super resolution and a classifier on one NPU."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sesr.errors import SesrError, UsageError
from sesr_app.export_npu import FEATURE, origin_of, tell
from sesr_app.export_source import MOST_CALIBRATION_PHOTOS, Source, find_source, read_photos

if TYPE_CHECKING:
    from sesr.color import FloatImage
    from sesr.export.exporter import Deployed
    from sesr.export.pipeline import NpuPart
    from sesr.export.plain import PlainNetwork
    from sesr.export.samples import Photo
    from sesr.export.tiles import TileShape
    from sesr.export.vela import Compiled
    from sesr_app.export_npu import NpuOptions
    from sesr_app.progress import Advance

ATTACKED = 299
"""Side of the images that are defended."""

SCALE = 2
SIZES = (598, 224)
"""Sides that the classifier is compiled for: all that super resolution gives, as published, and the
size at which the defence here classifies by default."""

COMPARED = ("M2", "M3", "M5")
FSRCNN_FORMS = 2
HOST_RUNS = 7
HOST_STAGES = ("jpeg:75", "wavelet:0.02")


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
    from sesr_app.extras import require

    given = read_photos(options.npu.calibration, "calibration", MOST_CALIBRATION_PHOTOS)
    references = read_photos(options.npu.measure, "measuring")
    require(FEATURE, "export", ["keras", "tensorflow"])
    require(f"{FEATURE} --defense", "defense", ["pywt", "skimage"])
    from sesr.export.samples import calibration_photos, sample_photo
    from sesr_app.progress import progress_bar
    from sesr_app.quiet import quiet_native_logs

    network = source.load(SCALE)
    if network.channels != 3:
        raise UsageError(
            f"{source.path}: a defence needs a network of RGB; this one is of Y: use --rgb"
        )
    with progress_bar(lines=True) as advance, quiet_native_logs():
        job = _Job(options, given or calibration_photos(), advance)
        job.run(source.name, network)
        _write(source, job, references or [sample_photo()], advance)


class _Job:
    """Compiles everything that the table needs.

    Attributes:
        options: what was asked for.
        photos: calibrated on.
        deployed: the network to export, with its tile.
        networks: of the comparison, the one to export first.
        classifiers, litert: compiled and not, by the side of their image.
    """

    def __init__(self, options: DefenseOptions, photos: list[Photo], advance: Advance) -> None:
        from sesr.export.samples import calibration_images

        self.options = options
        self.photos = photos
        self.deployed: Deployed
        self.networks: list[NpuPart] = []
        self.classifiers: dict[int, NpuPart] = {}
        self.litert: dict[int, bytes] = {}
        self._images: list[FloatImage] = calibration_images(photos, SCALE, 3)
        self._advance = advance
        self._done = 0

    def run(self, name: str, network: PlainNetwork) -> None:
        """Compile the network to export, the classifier, and what is compared with."""
        from sesr.export.baseline import FORMS

        for size in SIZES:
            self._classify(size)
        self.deployed = self._sesr(name, network)
        for other in COMPARED:
            self._sesr(*_compared(other))
        for form in FORMS:
            self._fsrcnn(form)

    def _classify(self, size: int) -> None:
        from sesr.export.classifier import build_classifier, to_int8_classifier
        from sesr.export.pipeline import classifier_part

        self._tell()
        options = self.options
        model = build_classifier(options.classifier, size, options.weights)
        self.litert[size] = to_int8_classifier(model, self.photos)
        name = f"{options.classifier}_{size}x{size}"
        self.classifiers[size] = classifier_part(name, self.litert[size], options.npu.target)

    def _sesr(self, name: str, network: PlainNetwork) -> Deployed:
        """A SESR network with the tile that is fastest for the defence."""
        from sesr.export.exporter import deploy

        by_tile: dict[TileShape | None, Deployed] = {}

        def compile_tile(tile: TileShape) -> Compiled:
            target = self.options.npu.target
            by_tile[tile] = deploy(network, tile, target, self._images, name=f"sesr_{tile}")
            return by_tile[tile].compiled

        return by_tile[self._fit(name, network.receptive_radius, compile_tile)]

    def _fsrcnn(self, form: str) -> None:
        from sesr.export.baseline import HALO, fsrcnn_int8
        from sesr.export.vela import compile_network

        def compile_tile(tile: TileShape) -> Compiled:
            content = fsrcnn_int8(form, 3, tile.height, tile.width, self._images)
            return compile_network(content, self.options.npu.target, "fsrcnn")

        self._fit(f"FSRCNN, {form}", HALO, compile_tile)

    def _fit(
        self, name: str, halo: int, compile_tile: Callable[[TileShape], Compiled]
    ) -> TileShape | None:
        from sesr.export.pipeline import fit_tiles

        self._tell()
        npu = self.options.npu
        sram = None if npu.sram is None else npu.sram * 1024
        part = fit_tiles(name, ATTACKED, halo, npu.target, compile_tile, sram)
        self.networks.append(part)
        return part.tile

    def _tell(self) -> None:
        steps = len(SIZES) + 1 + len(COMPARED) + FSRCNN_FORMS
        self._advance("networks", self._done, steps)
        self._done += 1


def _compared(name: str) -> tuple[str, PlainNetwork]:
    from sesr.export.plain import PlainNetwork
    from sesr.network.model import build_sesr

    try:
        found = find_source(name, SCALE, 3)
    except SesrError:
        # Cycles depend on the weights only through their compression.
        return f"{name}, untrained", PlainNetwork.from_keras(build_sesr(name, SCALE, 3))
    return name, found.load(SCALE)


def _host_times() -> dict[str, float]:
    """Seconds a frame of what stays CPU work, measured on this machine."""
    import numpy as np

    from defense import parse_defense

    image = np.random.default_rng(0).random((1, ATTACKED, ATTACKED, 3), dtype=np.float32)
    large = np.repeat(np.repeat(image, SCALE, axis=1), SCALE, axis=2)
    resize = f"bicubic:{SIZES[1]}"
    times = {text: _median_time(parse_defense(text), image) for text in HOST_STAGES}
    return {**times, resize: _median_time(parse_defense(resize), large)}


def _median_time(transform: Callable[[Any], Any], images: Any) -> float:
    times = []
    for _ in range(HOST_RUNS + 1):
        began = time.perf_counter()
        transform(images)
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])


def _write(source: Source, job: _Job, references: list[Photo], advance: Advance) -> None:
    from sesr.export.bundle import write_bundle
    from sesr.export.defense_bundle import Comparison, write_classifier, write_defense
    from sesr.export.exporter import measure, require_quality
    from sesr.export.folder import SUPER_RESOLUTION, whole_folder

    npu = job.options.npu
    quality = require_quality(measure(job.deployed, references, advance), npu.max_loss)
    table = Comparison(job.networks, job.classifiers, _host_times(), ATTACKED)
    with whole_folder(npu.output) as part:
        origin = origin_of(source, npu, len(job.photos), quality)
        write_bundle(part / SUPER_RESOLUTION, job.deployed, quality, origin)
        for size, one in job.classifiers.items():
            write_classifier(part / f"classifier_{size}", one, job.litert[size])
        write_defense(part, table, npu.command)
    tell(npu.output, job.deployed, quality)
    print(table.text())
