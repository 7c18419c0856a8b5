"""RAN-e against EfficientNet-Lite-B0 by Vela's cycles, untrained, beside its authors' figures.

    python benchmarks/classifiers/cycles.py [--cache FOLDER] [--target ethos-u55-128]

Every network has 1,000 classes, 224x224 pixels and random weights in int8: cycles do not depend on
the training. `relu6` behind a name is RAN-e with that in place of hard swish, which its authors'
ratios may be compared with as well. No operator may stay on the CPU.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sesr.classifiers import build_classifier
from sesr.classifiers.int8 import pinned_inputs, to_int8_file
from sesr.classifiers.staged import build_staged
from sesr.classifiers.stages import STAGED
from sesr.export.npu.target import Target, find_target
from sesr.export.npu.vela import Compiled, compile_network

CLASSES, SIZE = 1000, 224
BASE = "efficientnet_lite0"
NETWORKS = (BASE, "mobilenet_v2", "ran_e_c", "ran_e_gt", "ran_e_c relu6", "ran_e_gt relu6")
TARGETS = ("ethos-u55-128", "ethos-u55-256", "ethos-u65-512", "ethos-u85-512")
AUTHORS = {
    # by family of the NPU: frames a second of EfficientNet-Lite-B0 = 1
    "ethos-u55": {BASE: 1.0, "ran_e_c": 1.06, "ran_e_gt": 1.16},
    "ethos-u65": {BASE: 1.0, "ran_e_c": 1.28, "ran_e_gt": 1.49},
}


def main() -> None:
    """Parse the command line, compile every network for every target, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, help="folder that keeps the int8 files")
    parser.add_argument("--target", action="append", choices=TARGETS)
    parser.add_argument("--network", action="append", choices=NETWORKS[1:])
    parser.add_argument("--system", help="Vela's system configuration")
    parser.add_argument("--memory", help="Vela's memory mode")
    arguments = parser.parse_args()
    networks = (BASE, *arguments.network) if arguments.network else NETWORKS
    print("| target | network | cycles | frames/s | ratio | authors | SRAM KiB | MACs used |")
    print("|---|---|---|---|---|---|---|---|")
    for name in arguments.target or TARGETS:
        target = find_target(name, arguments.system, arguments.memory)
        for row in rows(target, networks, arguments.cache):
            print(f"| {name} | {row} |", flush=True)


def rows(target: Target, networks: tuple[str, ...], cache: Path | None) -> Iterator[str]:
    """A line for every network on one NPU."""
    base = 0.0
    for name in networks:
        compiled = compile_network(content(name, cache), target).require_npu_only()
        base = base or compiled.seconds
        yield line(name, compiled, target, base)


def line(name: str, compiled: Compiled, target: Target, base: float) -> str:
    """One network's figures."""
    family, macs = target.accelerator.rsplit("-", 1)
    authors = AUTHORS.get(family, {}).get(name)
    used = compiled.macs / int(macs) / compiled.cycles
    return (
        f"{name} | {compiled.cycles:,} | {1 / compiled.seconds:.1f} | "
        f"{base / compiled.seconds:.2f} | {authors or ''} | {compiled.sram / 1024:,.0f} | "
        f"{used:.0%}"
    )


def content(name: str, cache: Path | None) -> bytes:
    """The int8 file of a network, kept if there is a folder for it."""
    kept = cache / f"{name.replace(' ', '_')}.tflite" if cache else None
    if kept and kept.is_file():
        return kept.read_bytes()
    images = np.random.default_rng(0).integers(0, 256, (4, SIZE, SIZE, 3), dtype=np.uint8)
    made = to_int8_file(untrained(name), pinned_inputs(images))
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(made)
    return made


def untrained(name: str) -> Any:
    """A network with random weights."""
    import keras

    if name == "mobilenet_v2":
        return keras.applications.MobileNetV2(
            (SIZE, SIZE, 3), weights=None, classifier_activation=None
        )
    network, _, activation = name.partition(" ")
    if activation:
        return build_staged(replace(STAGED[network], activation=activation), CLASSES, SIZE)
    return build_classifier(network, CLASSES, SIZE)


if __name__ == "__main__":
    main()
