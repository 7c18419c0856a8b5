"""Super resolution and a classifier on one NPU, compared with other networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from defense.classifiers import find_application
from defense.export.classifier import build_classifier, to_int8_classifier
from defense.export.compared import SCALE, ComparedNetwork, compared_networks
from defense.export.comparison import Comparison, Setting
from defense.export.host_stages import host_plan, host_times, noise_like, smoothed_network
from defense.export.npu_part import NpuPart, classifier_part, fit_network
from sesr.errors import ExportError
from sesr.export.npu.deploy import Deployed, deploy
from sesr.export.npu.quality import Quality, measure, require_quality
from sesr.export.npu.target import Target
from sesr.export.source import TrainedSource
from sesr.int8 import Photo, calibration_images
from sesr.pixels.color import FloatImage
from sesr.pixels.imresize import crop_to_multiple
from sesr.reporting.progress import Advance, no_advance

DEFENDED = 299
"""Side of the images that are defended, unless the classifier is for others."""


@dataclass(frozen=True, slots=True)
class DefenseExport:
    """What to export.

    Attributes:
        source: the network for RGB, of super resolution x2 or that of `smoothed`.
        classifier: a name of `defense.export.classifier.CLASSIFIERS`.
        weights: a file of its weights, or "imagenet".
        target: the NPU.
        photos: to calibrate on.
        references: photographs to measure the loss of int8 on.
        sram: largest number of bytes that a network may use, which decides about tiles.
        max_loss: largest loss of int8 in dB; behind noise, where a defence begins with it.
        smoothed: text of a defence that begins with noise, in place of the two named ones; its
            network is that of `source`.
    """

    source: TrainedSource
    classifier: str
    weights: str
    target: Target
    photos: Sequence[Photo]
    references: Sequence[Photo]
    sram: int | None = None
    max_loss: float = 0.15
    smoothed: str = ""

    @property
    def scale(self) -> int:
        """How many times the network enlarges: twice, or as in the smoothed defence."""
        network = smoothed_network(self.smoothed)[0] if self.smoothed else None
        return network.trained.card.scale if network else SCALE

    @property
    def side(self) -> int:
        """Of the images that are defended."""
        return find_application(self.classifier).own_side or DEFENDED


@dataclass(frozen=True, slots=True)
class DeployedDefense:
    """A whole defence, compiled.

    Attributes:
        deployed: the network of super resolution.
        quality: what it loses to int8.
        comparison: its cost beside that of other networks.
        litert: the classifiers of the comparison, not compiled, by the side of their image.
    """

    deployed: Deployed
    quality: Quality
    comparison: Comparison
    litert: dict[int, bytes]


def deploy_defense(job: DefenseExport, advance: Advance = no_advance) -> DeployedDefense:
    """Compile the classifiers, the network to export and what it is compared with; measure.

    Args:
        job: what to export.
        advance: told of the progress.

    Raises:
        ExportError: an operator stays on the CPU, or a limit is broken.
        UsageError: the network does not fit, or Vela is missing.
        ModelError: a file of weights is missing or damaged.
    """
    network = job.source.load(job.scale)
    own = find_application(job.classifier).own_side
    plan = host_plan(job.smoothed, job.side, job.scale, own)
    compared = compared_networks(job.source)
    parts = _Parts(job, plan.side, advance, len(plan.stages) + 1 + len(compared))
    for side, before in plan.stages.items():
        parts.classify(side, before, plan.answers)
    if not parts.settings:
        raise ExportError("; ".join(parts.left_out))
    deployed = parts.deploy(ComparedNetwork(job.source.name, network))
    for other in compared:
        parts.compare(other)
    quality = measure(
        deployed, job.references, job.source.load_float(), advance, spoil=noise_like(job.smoothed)
    )
    require_quality(quality, job.max_loss)
    on_host = (stage for setting in parts.settings for stage in setting.stages)
    comparison = Comparison(
        parts.networks,
        parts.settings,
        host_times(on_host, job.side, job.scale),
        job.side,
        job.target.accelerator,
        parts.left_out,
        plan.draws,
    )
    return DeployedDefense(deployed, quality, comparison, parts.litert)


@dataclass(slots=True)
class _Parts:
    """Compiles one part of the defence after the other.

    Attributes:
        job: what to export.
        side: of the image that the network to export takes.
        advance: told of the progress.
        steps: how many parts there will be.
        networks: of the comparison.
        settings: the classifiers that fit, compiled.
        left_out: why others do not.
        litert: the same classifiers not compiled.
    """

    job: DefenseExport
    side: int
    advance: Advance
    steps: int
    networks: list[NpuPart] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    litert: dict[int, bytes] = field(default_factory=dict)
    _done: int = field(default=0, init=False)
    _images: list[FloatImage] = field(init=False)

    def __post_init__(self) -> None:
        # Noise widens the ranges.
        spoil = noise_like(self.job.smoothed)
        # A network that works at half the size takes even sides.
        photos = [crop_to_multiple(photo, SCALE) for photo in self.job.photos]
        images = calibration_images(photos, self.job.scale, 3)
        self._images = [spoil(image) for image in images]

    def classify(self, side: int, stages: tuple[str, ...], answers: int) -> None:
        """The classifier at one size of image, if the SRAM admits it."""
        job, name = self.job, f"{self.job.classifier}_{side}x{side}"

        def progress(done: int, total: int) -> None:
            self.advance(name, self._done + done / (total + 1), self.steps)

        model = build_classifier(job.classifier, side, job.weights)
        content = to_int8_classifier(model, job.photos, progress)
        part = classifier_part(name, side, content, job.target, job.sram)
        self._done += 1
        if job.sram is not None and part.compiled.sram > job.sram:
            self.left_out.append(
                f"{name} needs {part.compiled.sram / 1024:,.0f} KiB of SRAM at least; the budget "
                f"is {job.sram // 1024} KiB: raise --sram"
            )
            return
        self.settings.append(Setting(part, stages, answers))
        self.litert[side] = content

    def deploy(self, network: ComparedNetwork) -> Deployed:
        """The network to export: once its tile is found, in every lowering."""
        part = self.compare(network)
        deployed = deploy(
            network.network,
            part.tile,
            self.job.target,
            self._images,
            name=f"sesr_{network.name}_{part.tile}",
            sram=self.job.sram,
        )
        self.networks[-1] = replace(part, compiled=deployed.compiled)
        return deployed

    def compare(self, network: ComparedNetwork) -> NpuPart:
        """A network for the tile with which it is fastest.

        Each gives an image of the same size: those that enlarge more take a smaller one.
        """
        job = self.job
        self.advance(network.name, self._done, self.steps)
        part = fit_network(
            network.name,
            network.network,
            self.side * job.scale // network.network.scale,
            job.target,
            self._images,
            job.sram,
            network.shuffles,
        )
        self.networks.append(part)
        self._done += 1
        return part
