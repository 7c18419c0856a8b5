"""`sesr export --defense`: super resolution and a classifier on one NPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sesr.reporting.progress import Advance
from sesr_app.export.npu import FEATURE, origin_of, tell
from sesr_app.export.options import ExportOptions
from sesr_app.export.photos import calibration_set, measuring_set
from sesr_app.terminal.extras import require

if TYPE_CHECKING:
    from sesr.export.source import TrainedSource


def export_defense(
    source: TrainedSource, options: ExportOptions, report: Advance | None = None
) -> None:
    """Deploy both networks, compare with other networks, and write a folder.

    Args:
        source: the network.
        options: what was asked for.
        report: told of the progress; without, it goes to the terminal.

    Raises:
        ExportError: an operator stays on the CPU, or a limit is broken.
        UsageError: an option does not fit.
    """
    from sesr.export.npu.vela import vela_version

    vela_version()
    photos, references = calibration_set(options.calibration), measuring_set(options.measure)
    require(FEATURE, "export", ["keras", "tensorflow"])
    require(f"{FEATURE} --defense", "defense", ["pywt"])
    from defense.export.bundle import write_defense
    from defense.export.classifier import check_classifier
    from defense.export.deploy import DefenseExport, deploy_defense
    from sesr_app.terminal.progress import bar_unless
    from sesr_app.terminal.quiet import quiet_native_logs

    check_classifier(options.classifier, options.classifier_weights)
    job = DefenseExport(
        source,
        options.classifier,
        options.classifier_weights,
        options.find_npu(),
        photos,
        references,
        options.sram_bytes,
        options.max_loss,
        options.smoothed or "",
    )
    with bar_unless(report) as advance, quiet_native_logs():
        defense = deploy_defense(job, advance)
        deployed, quality = defense.deployed, defense.quality
        origin = origin_of(source, options, len(photos), deployed, quality)
        write_defense(options.output, defense, origin)
    tell(options, deployed, quality)
    print(defense.comparison.text())
