"""The report of an evaluation: tables, figures, and signs that it flatters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sesr.lazy import lazy

if TYPE_CHECKING:
    from defense.evaluation.report.certificates import write_certificates
    from defense.evaluation.report.folder import write_comparison, write_report, write_search

__all__ = ["write_certificates", "write_comparison", "write_report", "write_search"]

__getattr__ = lazy(
    __name__, {**dict.fromkeys(__all__, "folder"), "write_certificates": "certificates"}
)
