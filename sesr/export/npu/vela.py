"""Running Arm's Vela, and reading what it found."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sesr.errors import ExportError, UsageError
from sesr.export.npu.target import Target

DISTRIBUTION = "ethos-u-vela"
OLDEST = 5
REMEDY = f'pip install "{DISTRIBUTION}>={OLDEST}"'
CPU_LINE = re.compile(r"^\s*CPU: .*$", re.MULTILINE)
NPU_COUNT = re.compile(r"^NPU operators = (\d+)", re.MULTILINE)
CPU_COUNT = re.compile(r"^CPU operators = (\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Compiled:
    """What Vela made of a network, and what it says about it.

    Attributes:
        content: the compiled `.tflite`.
        report: Vela's own report.
        table: Vela's per-operator CSV, where it wrote one.
        command: Vela's arguments.
        version: of Vela.
        npu_operators, cpu_operators: operators on either side.
        cpu_names: what Vela says about each operator on the CPU.
        cycles: of one inference, by Vela's estimate.
        clock: of the NPU in Hz.
        sram, flash, dram: bytes in use.
        macs: multiply-accumulates.
    """

    content: bytes
    report: str
    table: str
    command: tuple[str, ...]
    version: str
    npu_operators: int
    cpu_operators: int
    cpu_names: tuple[str, ...]
    cycles: int
    clock: float
    sram: int
    flash: int
    dram: int
    macs: int

    @property
    def seconds(self) -> float:
        """Time of one inference by Vela's estimate."""
        return self.cycles / self.clock

    def require_npu_only(self) -> Compiled:
        """Return this if no operator was left to the CPU.

        Raises:
            ExportError: one was; Vela itself ends well then and leaves it out of its cycles.
        """
        if self.cpu_operators:
            raise ExportError(
                f"{self.cpu_operators} operators stay on the CPU, and an NPU export has none: "
                f"{'; '.join(self.cpu_names)}"
            )
        return self

    def require_sram(self, budget: int | None) -> Compiled:
        """Return this if it fits into a budget of bytes.

        Raises:
            ExportError: it does not.
        """
        if budget is not None and self.sram > budget:
            raise ExportError(
                f"the network needs {self.sram / 1024:.0f} KiB of SRAM; the budget is "
                f"{budget / 1024:.0f} KiB: use a smaller --tile or model"
            )
        return self


def vela_version() -> str:
    """Version of the installed Vela.

    Raises:
        UsageError: there is none, or it is too old.
    """
    try:
        found = version(DISTRIBUTION)
    except PackageNotFoundError as error:
        raise UsageError(f"an export to Ethos-U needs Arm's Vela: {REMEDY}") from error
    if int(found.split(".")[0]) < OLDEST:
        raise UsageError(
            f"an export to Ethos-U needs Vela {OLDEST} or newer; received {found}: {REMEDY}"
        )
    return found


def compile_network(
    network: bytes, target: Target, name: str = "network", sram: int | None = None
) -> Compiled:
    """Compile an int8 LiteRT file for a target.

    Args:
        network: content of the file.
        target: the NPU and its system.
        name: stem of the file, which Vela repeats in its report.
        sram: bytes that Vela should make do with, at the cost of cycles if need be. It may not
            succeed: see `Compiled.sram`.

    Raises:
        UsageError: Vela is missing or too old.
        ExportError: Vela failed.
    """
    found = vela_version()
    options = ["--output-dir", "out", "--verbose-performance", "--show-cpu-operations"]
    if sram is not None:
        options += ["--arena-cache-size", str(sram)]
    command = (f"{name}.tflite", *target.options, *options)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / f"{name}.tflite").write_bytes(network)
        # Relative names keep the report free of this machine's folders.
        result = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "ethosu.vela", *command],
            cwd=place,
            capture_output=True,
            text=True,
            check=False,
        )
        compiled = place / "out" / f"{name}_vela.tflite"
        if result.returncode or not compiled.exists():
            lines = (result.stderr or result.stdout).strip().splitlines() or ["no message"]
            raise ExportError(
                f"Vela {found} could not compile for {target.accelerator}: {lines[-1]}"
            )
        table = place / "out" / f"{name}_per-layer.csv"
        summary = next((place / "out").glob(f"{name}_summary_*.csv"), None)
        if summary is None:
            raise ExportError(f"Vela {found} wrote no summary of its cycles: {REMEDY}")
        return _read(
            compiled.read_bytes(),
            result.stdout,
            table.read_text() if table.exists() else "",
            summary.read_text(),
            command,
            found,
        )


def _read(
    content: bytes, report: str, table: str, summary: str, command: tuple[str, ...], version: str
) -> Compiled:
    row = list(csv.DictReader(summary.splitlines()))[-1]
    npu, cpu = NPU_COUNT.search(report), CPU_COUNT.search(report)
    if npu is None or cpu is None:
        raise ExportError(f"Vela {version} does not say which operators stay on the CPU: {REMEDY}")
    return Compiled(
        content,
        report,
        table,
        command,
        version,
        int(npu[1]),
        int(cpu[1]),
        tuple(line.strip() for line in CPU_LINE.findall(report)),
        round(float(row["cycles_total"])),
        float(row["core_clock"]),
        round(float(row["sram_memory_used"]) * 1024),
        round(
            (float(row["off_chip_flash_memory_used"]) + float(row["on_chip_flash_memory_used"]))
            * 1024
        ),
        round(float(row["dram_memory_used"]) * 1024),
        round(float(row["nn_macs"])),
    )
