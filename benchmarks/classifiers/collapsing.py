"""Which blocks of RAN-e an NPU would rather have without activations, by Vela's cycles alone.

    python benchmarks/classifiers/collapsing.py [--network ran_e_gt] [--target ethos-u55-256]

Each block stands untrained in int8 behind a 1x1 convolution, whose own cycles are taken off, at the
size of image that it has in the network: once with its activations and a depthwise convolution,
once collapsed to one with a kernel of its own size. Below 1, collapsing saves time; the table shows
beside it what the authors chose by accuracy and cycles together.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import keras
import numpy as np

from sesr.classifiers.int8 import to_int8_file
from sesr.classifiers.staged import BlockLayers
from sesr.classifiers.stages import RAN_E_GT, STAGED, Block, StagedNetwork
from sesr.export.npu.target import Target, find_target
from sesr.export.npu.vela import compile_network


def main() -> None:
    """Parse the command line, compile every block in both forms, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", default=RAN_E_GT.name, choices=("ran_e_gt", "ran_e_c"))
    parser.add_argument("--target", default="ethos-u55-256")
    arguments = parser.parse_args()
    network, target = STAGED[arguments.network], find_target(arguments.target)
    side = network.size // network.stem_stride
    print("| block | kernel | side | expanded | collapsed | ratio | authors collapsed it |")
    print("|---|---|---|---|---|---|---|")
    for block in network.blocks():
        first, last = block.bottlenecks[0], block.bottlenecks[-1]
        bare = cycles(network, None, first.channels, side, target)
        expanded, collapsed = (
            cycles(network, form(block, kind), first.channels, side, target) - bare
            for kind in (False, True)
        )
        print(
            f"| {first.channels} to {last.filters} | {first.kernel} | {side} | {expanded:,} | "
            f"{collapsed:,} | {collapsed / expanded:.2f} | {'yes' if block.collapsed else 'no'} |",
            flush=True,
        )
        side = -(-side // first.stride)


def form(block: Block, collapsed: bool) -> Block:
    """A block with or without its activations."""
    parts = tuple(replace(one, collapsed=collapsed) for one in block.bottlenecks)
    return Block(parts, block.residual)


def cycles(
    network: StagedNetwork, block: Block | None, channels: int, side: int, target: Target
) -> int:
    """Of a 1x1 convolution, and a block behind it if there is one."""
    image = keras.Input((side, side, channels))
    layers = BlockLayers(network, "float32", expanded=False)
    x = layers.convolution(channels, 1, "before")(image)
    model = keras.Model(image, layers.block(x, block, "block") if block else x)
    random = np.random.default_rng(0).normal(size=(1, *model.input_shape[1:])).astype(np.float32)
    content = to_int8_file(model, lambda: iter([[random]]))
    return compile_network(content, target).require_npu_only().cycles


if __name__ == "__main__":
    main()
