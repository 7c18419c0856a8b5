"""Classifiers of inverted bottlenecks as data: RAN-e, EfficientNet-Lite, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

SPLIT_CHANNELS = 128
"""A block with an addition and so many channels is two, 128-64-128, in RAN-e."""

SPLIT_EXPANSION = 6
"""Expansion of the two halves where they keep their activations: the authors' own constant."""


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """One inverted bottleneck: 1x1 expand, k x k depthwise, 1x1 project.

    Attributes:
        channels, filters: of its input and its output.
        kernel: side k of the depthwise kernel.
        hidden: channels between the 1x1 convolutions.
        stride: of the depthwise convolution.
        collapsed: without activations inside, so that it is one k x k convolution.
    """

    channels: int
    filters: int
    kernel: int
    hidden: int
    stride: int
    collapsed: bool

    @property
    def kernel_weights(self) -> int:
        """Weights of its convolutions where the network runs."""
        if self.collapsed:
            return self.kernel**2 * self.channels * self.filters
        return sum(self._expanded)

    @property
    def normalized(self) -> tuple[int, ...]:
        """Channels of its batch normalisations; the one before a collapsed block is left out."""
        if self.collapsed:
            return (self.filters,)
        inside = (self.hidden,) if self.hidden == self.channels else (self.hidden, self.hidden)
        return (*inside, self.filters)

    def macs(self, side: int) -> int:
        """Multiply-accumulates for an image of side x side."""
        after = _shrunk(side, self.stride)
        if self.collapsed:
            return self.kernel_weights * after**2
        expand, depthwise, project = self._expanded
        return expand * side**2 + (depthwise + project) * after**2

    @property
    def _expanded(self) -> tuple[int, int, int]:
        expand = 0 if self.hidden == self.channels else self.channels * self.hidden
        return expand, self.kernel**2 * self.hidden, self.hidden * self.filters


@dataclass(frozen=True, slots=True)
class Block:
    """Bottlenecks with an addition of the input around them, if `residual`.

    Attributes:
        bottlenecks: one, or the two of a split block.
        residual: the input is added.
    """

    bottlenecks: tuple[Bottleneck, ...]
    residual: bool

    @property
    def collapsed(self) -> bool:
        """Whether it has an activation in front instead of inside."""
        return self.bottlenecks[0].collapsed

    @property
    def parameters(self) -> int:
        """Weights, those of the batch normalisations counted, four a channel."""
        norms = [channels for one in self.bottlenecks for channels in one.normalized]
        if self.collapsed:
            norms.append(self.bottlenecks[0].channels)
        return sum(one.kernel_weights for one in self.bottlenecks) + 4 * sum(norms)


@dataclass(frozen=True, slots=True)
class BlockStage:
    """A row of a table: blocks with as many filters, of which the first has the stride.

    Attributes:
        filters: output channels.
        kernels: side of each block's kernel.
        expansion: channels inside a block for one of its input.
        stride: of the first block.
        collapsed: for each block, whether it has lost its activations.

    Raises:
        ValueError: kernels and collapsed differ in length.
    """

    filters: int
    kernels: tuple[int, ...]
    expansion: int
    stride: int
    collapsed: tuple[bool, ...]

    def __post_init__(self) -> None:
        if len(self.kernels) != len(self.collapsed):
            raise ValueError(
                "a stage needs a kernel and a choice for each block. "
                f"Received: kernels={self.kernels}, collapsed={self.collapsed}"
            )


@dataclass(frozen=True, slots=True)
class StagedNetwork:
    """A classifier of inverted bottlenecks.

    Attributes:
        name: as `find_classifier` takes it.
        title: for people.
        size: side of the image that it is made for.
        stem: filters of the first convolution, 3x3.
        stem_stride: its stride.
        stem_activated: whether it has a batch normalisation and an activation.
        stages: the blocks.
        top: filters of the last 1x1 convolution.
        top_kernel: side of the depthwise kernel after it, or 0.
        activation: "hard_silu" (hard swish) or "relu6".
        split: blocks of 128 channels with an addition are two.

    Example:
        >>> round(RAN_E_GT.macs(classes=1000) / 1e6), round(RAN_E_GT.parameters(1000) / 1e6, 1)
        (434, 4.5)
    """

    name: str
    title: str
    size: int
    stem: int
    stem_stride: int
    stem_activated: bool
    stages: tuple[BlockStage, ...]
    top: int
    top_kernel: int
    activation: str
    split: bool = True

    def blocks(self) -> Iterator[Block]:
        """All blocks from the input to the output."""
        widths = [self.stem, *(stage.filters for stage in self.stages)]
        for stage, (before, filters) in zip(self.stages, pairwise(widths), strict=True):
            channels, stride = before, stage.stride
            for kernel, collapsed in zip(stage.kernels, stage.collapsed, strict=True):
                yield self._block(channels, filters, kernel, stage.expansion, stride, collapsed)
                channels, stride = filters, 1

    def _block(
        self, channels: int, filters: int, kernel: int, expansion: int, stride: int, collapsed: bool
    ) -> Block:
        residual = stride == 1 and channels == filters
        if self.split and residual and channels == SPLIT_CHANNELS:
            hidden, half = SPLIT_EXPANSION * channels, filters // 2
            halves = (channels, half), (half, filters)
            return Block(
                tuple(Bottleneck(a, b, kernel, hidden, 1, collapsed) for a, b in halves), True
            )
        hidden = expansion * channels
        return Block((Bottleneck(channels, filters, kernel, hidden, stride, collapsed),), residual)

    def parameters(self, classes: int) -> int:
        """Weights of the collapsed network, with the four a channel of batch normalisation."""
        stem = 27 * self.stem + (4 * self.stem if self.stem_activated else 0)
        last = self.stages[-1].filters
        top = last * self.top + 4 * self.top
        if self.top_kernel:
            top += (self.top_kernel**2 + 4) * self.top
        blocks = sum(block.parameters for block in self.blocks())
        return stem + blocks + top + (self.top + 1) * classes

    def macs(self, classes: int, size: int | None = None) -> int:
        """Multiply-accumulates for an image.

        Args:
            classes: of the answer.
            size: side of the image; that of the network if left out.
        """
        side = _shrunk(size or self.size, self.stem_stride)
        total = 27 * self.stem * side**2
        for block in self.blocks():
            for one in block.bottlenecks:
                total += one.macs(side)
                side = _shrunk(side, one.stride)
        last = self.stages[-1].filters + self.top_kernel**2
        return total + last * self.top * side**2 + self.top * classes


def _shrunk(side: int, stride: int) -> int:
    return -(-side // stride)


def _stage(
    filters: int, kernels: int | list[int], expansion: int, stride: int, collapsed: list[int]
) -> BlockStage:
    """A row as the authors write it: one kernel for all blocks, or one for each."""
    each = kernels if isinstance(kernels, list) else [kernels] * len(collapsed)
    return BlockStage(filters, tuple(each), expansion, stride, tuple(map(bool, collapsed)))


RAN_E_GT = StagedNetwork(
    name="ran_e_gt",
    title="RAN-e-GT",
    size=224,
    stem=16,
    stem_stride=2,
    stem_activated=False,
    stages=(
        _stage(32, 3, 2, 1, [1]),
        _stage(48, 3, 2, 2, [1]),
        _stage(64, 3, 2, 2, [1]),
        _stage(80, 3, 2, 1, [1]),
        _stage(80, 5, 6, 2, [0, 0]),
        _stage(96, 3, 4, 1, [0, 0]),
        _stage(128, 3, 2, 1, [1, 1]),
        _stage(160, 7, 6, 2, [0]),
        _stage(176, 3, 4, 1, [0, 0, 0]),
        _stage(224, 5, 6, 1, [0, 0]),
    ),
    top=1344,
    top_kernel=7,
    activation="hard_silu",
)
"""The one that the authors chose by accuracy on a GPU."""

RAN_E_C = StagedNetwork(
    name="ran_e_c",
    title="RAN-e-C",
    size=224,
    stem=16,
    stem_stride=2,
    stem_activated=False,
    stages=(
        _stage(32, 3, 6, 1, [1]),
        _stage(48, 3, 6, 2, [1]),
        _stage(64, 3, 6, 2, [0]),
        _stage(80, 3, 6, 1, [1]),
        _stage(80, [5, 3], 6, 2, [0, 1]),
        _stage(96, [5, 3], 4, 1, [0, 1]),
        _stage(128, 3, 6, 1, [0, 0]),
        _stage(160, 3, 6, 2, [1]),
        _stage(176, [7, 3, 3], 4, 1, [0, 0, 1]),
        _stage(224, [5, 5], 6, 1, [0, 0]),
    ),
    top=1344,
    top_kernel=7,
    activation="hard_silu",
)
"""The one whose blocks were chosen with the cycles of an NPU as the cost."""

EFFICIENTNET_LITE0 = StagedNetwork(
    name="efficientnet_lite0",
    title="EfficientNet-Lite-B0",
    size=224,
    stem=32,
    stem_stride=2,
    stem_activated=True,
    stages=(
        _stage(16, 3, 1, 1, [0]),
        _stage(24, 3, 6, 2, [0, 0]),
        _stage(40, 5, 6, 2, [0, 0]),
        _stage(80, 3, 6, 2, [0, 0, 0]),
        _stage(112, 5, 6, 1, [0, 0, 0]),
        _stage(192, 5, 6, 2, [0, 0, 0, 0]),
        _stage(320, 3, 6, 1, [0]),
    ),
    top=1280,
    top_kernel=0,
    activation="relu6",
    split=False,
)
"""EfficientNet-B0 without squeeze-and-excitation (Tan, 2020): what RAN-e is measured against."""

RAN_E_SMALL = StagedNetwork(
    name="ran_e_small",
    title="RAN-e-small",
    size=32,
    stem=16,
    stem_stride=1,
    stem_activated=False,
    stages=(
        _stage(32, 3, 6, 2, [1, 1, 1]),
        _stage(64, 3, 6, 2, [1, 1, 1]),
        _stage(128, 3, 6, 2, [1, 1]),
    ),
    top=256,
    top_kernel=0,
    activation="hard_silu",
)
"""For images of 32x32, every block collapsed."""

STAGED = {network.name: network for network in (RAN_E_GT, RAN_E_C, EFFICIENTNET_LITE0, RAN_E_SMALL)}
"""Classifiers of inverted bottlenecks by name."""
