"""An export from its options to its folder."""

from __future__ import annotations

from sesr.reporting.progress import Advance
from sesr_app.export.options import ExportOptions


def export_network(options: ExportOptions, report: Advance | None = None) -> None:
    """Export to whatever was asked for; nothing is written if it does not come out.

    Args:
        options: what was asked for.
        report: told of the progress; without, it goes to the terminal.

    Raises:
        SesrError: something was asked for that does not exist, or does not fit its target.
    """
    from sesr.export.folder import check_free
    from sesr.export.source import find_source

    if options.in_c:
        options.find_core()
    elif not options.on_cpu:
        options.find_npu()
    check_free(options.output, options.overwrite)
    int8_trained = not options.on_cpu and not options.post_training
    source = find_source(options.network, options.scale, options.channels, int8_trained)
    if options.on_cpu:
        from sesr_app.export.cpu import export_to_cpu

        export_to_cpu(source, options)
    elif options.in_c:
        from sesr_app.export.c99 import export_to_c

        export_to_c(source, options, report)
    elif options.defense:
        from sesr_app.export.defense import export_defense

        export_defense(source, options, report)
    else:
        from sesr_app.export.npu import export_to_npu

        export_to_npu(source, options, report)
