"""Vela is called with all its options, read correctly, and not believed blindly."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
pytest.importorskip("ethosu.vela")


from networks import small_network  # noqa: E402
from photos import make_photo  # noqa: E402
from sesr.errors import ExportError, UsageError  # noqa: E402
from sesr.export.npu import vela  # noqa: E402
from sesr.export.npu.deploy import Deployed, deploy  # noqa: E402
from sesr.export.npu.quality import measure, require_quality  # noqa: E402
from sesr.export.npu.target import ACCELERATORS, find_target  # noqa: E402
from sesr.export.npu.tiles import TileShape  # noqa: E402
from sesr.export.operators import list_operators  # noqa: E402
from sesr.int8 import FakeQuantizer, calibration_images  # noqa: E402
from sesr.lowering import PlainNetwork, convert_function  # noqa: E402
from sesr.pixels.color import FloatImage  # noqa: E402
from sesr.pixels.levels import CENTERED_RANGE  # noqa: E402

IMAGES = calibration_images([make_photo(96, 96)], 2, 1)


@pytest.fixture(scope="module")
def m2() -> PlainNetwork:
    return PlainNetwork.from_keras(small_network("M2"))


def with_depth_to_space() -> bytes:
    """A network that Vela leaves partly to the CPU."""
    quantizer = FakeQuantizer({"x": CENTERED_RANGE})

    @tf.function(input_signature=[tf.TensorSpec((1, 16, 16, 4))])
    def compute(image: Any) -> Any:
        image = quantizer.activation("x", image)
        return quantizer.activation("x", tf.nn.depth_to_space(image, 2))

    return convert_function(compute.get_concrete_function(), "int8")


def test_all_four_options_are_named() -> None:
    options = find_target("ethos-u55-128").options
    assert options[::2] == [
        *("--accelerator-config", "--config", "--system-config", "--memory-mode"),
    ]
    assert options[3] == "Arm/vela.ini"


@pytest.fixture(scope="module")
def deployed(m2: PlainNetwork) -> Deployed:
    return deploy(m2, TileShape(24, 24, 6), find_target("ethos-u55-128"), IMAGES)


@pytest.mark.parametrize("name", ACCELERATORS)
def test_every_target_takes_the_network_whole(name: str, deployed: Deployed) -> None:
    compiled = vela.compile_network(deployed.litert, find_target(name)).require_npu_only()
    assert list_operators(compiled.content) == ["ethos-u"]
    assert 0 < compiled.seconds < 1e-3
    # Some count the products with the zeros beyond the border, some do not.
    assert compiled.macs > 0.9 * 24 * 24 * deployed.network.macs_per_pixel


def test_the_fastest_lowering_is_taken(deployed: Deployed) -> None:
    assert len(deployed.alternatives) == 3
    assert deployed.compiled.cycles == min(deployed.alternatives.values()) > 0
    assert deployed.alternatives[deployed.quantized.lowering] == deployed.compiled.cycles


def test_operators_on_the_cpu_fail_the_export() -> None:
    compiled = vela.compile_network(with_depth_to_space(), find_target("ethos-u55-128"))
    assert compiled.cpu_operators == 1
    assert list_operators(compiled.content) == ["DEPTH_TO_SPACE"]
    with pytest.raises(ExportError, match=r"1 operators stay on the CPU.*CPU: "):
        compiled.require_npu_only()


def test_a_small_budget_fails_the_export(m2: PlainNetwork) -> None:
    with pytest.raises(ExportError, match="KiB of SRAM; the budget is 8 KiB"):
        deploy(m2, TileShape(24, 24, 6), find_target("ethos-u55-128"), IMAGES, sram=8 * 1024)


def test_a_loss_of_quality_fails_the_export(deployed: Deployed) -> None:
    quality = measure(deployed, [make_photo(60, 70, 3)])
    assert quality.images == 1
    assert 0 < quality.int8 < 99
    assert require_quality(quality, quality.loss + 0.01) is quality
    with pytest.raises(ExportError, match=r"int8 loses .* at most -9 are allowed"):
        require_quality(quality, -9)


def test_the_tile_does_not_change_the_quality(deployed: Deployed) -> None:
    large, small = make_photo(80, 90, 1), make_photo(30, 44)
    alone, together = measure(deployed, [large]), measure(deployed, [large, small])
    other = measure(deployed, [small])
    assert together.int8 == pytest.approx((alone.int8 + other.int8) / 2)
    with pytest.raises(UsageError, match="larger than two halos"):
        measure(deployed, [make_photo(20, 70)])


def test_a_network_is_measured_on_what_it_is_for(deployed: Deployed) -> None:
    """Such as noise, which costs both forms of a network the same."""
    random, photos = np.random.default_rng(0), [make_photo(60, 70, 3)]

    def spoil(image: FloatImage) -> FloatImage:
        noise = random.normal(0, 0.2, image.shape).astype(np.float32)
        return np.clip(image + noise, 0, 1)

    plain, noisy = measure(deployed, photos), measure(deployed, photos, spoil=spoil)
    assert noisy.published < plain.published - 3
    assert noisy.float32 < plain.float32 - 3
    assert noisy.int8 < plain.int8 - 3


def test_what_vela_cannot_read_is_one_error() -> None:
    with pytest.raises(ExportError, match=r"Vela .* could not compile for ethos-u55-128"):
        vela.compile_network(b"not a network", find_target("ethos-u55-128"))


def test_a_missing_or_old_vela_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(vela, "version", missing)
    with pytest.raises(UsageError, match=r'pip install "ethos-u-vela>=5"'):
        vela.vela_version()
    monkeypatch.setattr(vela, "version", lambda name: "4.5.0")
    with pytest.raises(UsageError, match=r"received 4.5.0: pip install"):
        vela.vela_version()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ethos-u55-129",), "did you mean ethos-u55-12.*those that exist are ethos-u55-32"),
        (("ethos-u55-128", "Ethos_U65_Embedded"), "those that exist are Ethos_U55_High_End"),
        (("ethos-u55-128", None, "Sram"), "unknown memory mode 'Sram'.*Shared_Sram, Sram_Only"),
    ],
)
def test_targets_that_do_not_exist(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        find_target(*arguments)
