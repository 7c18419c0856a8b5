"""What Vela says that a choice of collapsed blocks costs."""

import pytest

from sesr.classifiers.search import measure_cost, with_choice
from sesr.classifiers.search.cycles import network_cycles
from sesr.classifiers.stages import BlockStage, StagedNetwork
from sesr.export.npu.target import find_target

pytest.importorskip("ethosu")

TINY = StagedNetwork(
    name="tiny",
    title="Tiny",
    size=32,
    stem=8,
    stem_stride=2,
    stem_activated=False,
    stages=(BlockStage(16, (3, 7), 4, 1, (True, True)),),
    top=32,
    top_kernel=0,
    activation="hard_silu",
)


def test_costs_are_vela_s() -> None:
    target = find_target("ethos-u55-128")
    told: list[tuple[int, int]] = []
    cost = measure_cost(TINY, 4, target, lambda *count: told.append(count))
    assert told == [(0, 3), (1, 3), (2, 3)]
    kept = with_choice(TINY, (False, True))
    assert cost.cycles((False, True)) == network_cycles(kept, 4, target)
    # Both at once cost what they cost alone, but for what Vela shares between neighbors.
    both = network_cycles(with_choice(TINY, (False, False)), 4, target)
    assert cost.cycles((False, False)) == pytest.approx(both, rel=0.1)
