"""What a defence costs on an NPU with one network or another, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from defense.export.npu_part import NpuPart, frames_a_second
from sesr.export.npu.bundle import npu_report

COLUMNS = ("network", "tiles", "extra pixels", "cycles", "ms", "SRAM KiB", "flash KiB")


@dataclass(frozen=True, slots=True)
class Setting:
    """A classifier at one size of image, and what happens before it on the CPU.

    Attributes:
        classifier: compiled.
        stages: on the CPU, of those in `Comparison.host`.
        answers: how often the classifier is asked about an image.
    """

    classifier: NpuPart
    stages: tuple[str, ...]
    answers: int = 1

    def frames_a_second(self, network: NpuPart, host_seconds: float = 0.0) -> float:
        """Of images, each through a network and then to the classifier as often as it is asked."""
        return frames_a_second([network, *[self.classifier] * self.answers], host_seconds)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the defence costs with one network or another.

    Attributes:
        networks: of super resolution; the last one is what the others are compared with.
        settings: classifiers.
        host: seconds a frame of the stages that stay CPU work, on the machine of the export.
        size: side of the image that is defended.
        accelerator: the NPU.
        left_out: classifiers that do not fit, a sentence each.
        draws: numbers of draws of noise that vote on a frame; none for a defence without.
    """

    networks: Sequence[NpuPart]
    settings: Sequence[Setting]
    host: dict[str, float]
    size: int
    accelerator: str
    left_out: Sequence[str] = ()
    draws: Sequence[int] = ()

    def data(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "accelerator": self.accelerator,
            "image": self.size,
            "parts": {part.name: self._part(part) for part in self._parts()},
            "host_seconds": self.host,
            "left_out": list(self.left_out),
            "classified_at": {
                str(one.classifier.side): self._setting(one) for one in self.settings
            },
        }

    def text(self) -> str:
        """The table for people."""
        rows = [COLUMNS, *(self._row(part) for part in self._parts())]
        lines = [
            f"{self.size}x{self.size} pixels on {self.accelerator}, by Vela's estimate:",
            *_align(rows),
            "",
            "on the CPU, measured on the machine that exports:",
            *(f"{name}: {seconds * 1e3:.2f} ms" for name, seconds in self.host.items()),
        ]
        for setting in self.settings:
            lines += ["", *self._frames(setting)]
        lines += [f"\nleft out: {sentence}" for sentence in self.left_out]
        return "\n".join(lines)

    def _parts(self) -> list[NpuPart]:
        return [*self.networks, *(setting.classifier for setting in self.settings)]

    def _part(self, part: NpuPart) -> dict[str, Any]:
        return {
            "runs": part.runs,
            "tile": [part.tile.height, part.tile.width],
            "overhead": part.overhead,
            "cycles": part.cycles,
            "seconds": part.seconds,
            "one_run": npu_report(part.compiled),
        }

    def _setting(self, setting: Setting) -> dict[str, Any]:
        networks = {part.name: self._speed(setting, part) for part in self.networks}
        voted = {str(draws): self._voted(setting, draws) for draws in self.draws}
        found: dict[str, Any] = {
            "cpu_stages": list(setting.stages),
            "classifier_runs": setting.answers,
            "networks": networks,
        }
        return {**found, "votes": voted} if voted else found

    def _voted(self, setting: Setting, draws: int) -> dict[str, float]:
        """Frames a second of every network where so many draws, all work of each, vote."""
        speeds = {part.name: self._speed(setting, part) for part in self.networks}
        return {name: speed["npu_frames_a_second"] / draws for name, speed in speeds.items()}

    def _speed(self, setting: Setting, part: NpuPart) -> dict[str, float]:
        """Frames a second of a network before a classifier, and how that compares."""
        slowest = self.networks[-1]
        frames = setting.frames_a_second(part)
        host = sum(self.host[name] for name in setting.stages)
        return {
            "npu_frames_a_second": frames,
            "frames_a_second_with_cpu": setting.frames_a_second(part, host),
            "times_as_fast": frames / setting.frames_a_second(slowest),
            "super_resolution_alone": slowest.seconds / part.seconds,
        }

    def _row(self, part: NpuPart) -> tuple[str, ...]:
        compiled = part.compiled
        return (
            part.name,
            part.describe(),
            f"{part.overhead:.0%}",
            f"{part.cycles:,}",
            f"{part.seconds * 1e3:.2f}",
            f"{compiled.sram / 1024:,.0f}",
            f"{compiled.flash / 1024:,.0f}",
        )

    def _frames(self, setting: Setting) -> list[str]:
        """Frames a second with every network before one classifier."""
        head = ("", "NPU frames/s", "with the CPU's work", "times as fast", "SR alone")
        rows = [head]
        for part in self.networks:
            npu, both, times, alone = self._speed(setting, part).values()
            rows.append((part.name, f"{npu:.2f}", f"{both:.2f}", f"{times:.2f}", f"{alone:.2f}"))
        often = " asked twice" if setting.answers > 1 else ""
        on_host = ", ".join(setting.stages)
        title = f"{setting.classifier.name} behind it{often} (CPU: {on_host})"
        return [title, *_align(rows), *self._votes(setting)]

    def _votes(self, setting: Setting) -> list[str]:
        """Frames a second of the NPU where several draws vote on each."""
        if not self.draws:
            return []
        by_draws = [self._voted(setting, draws) for draws in self.draws]
        head = ("", *(f"{draws} {'draw' if draws == 1 else 'draws'}" for draws in self.draws))
        names = [part.name for part in self.networks]
        rows = [(name, *(f"{speeds[name]:.2f}" for speeds in by_draws)) for name in names]
        return ["", "NPU frames/s where so many draws vote on each", *_align([head, *rows])]


def _align(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns: the first one to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines
