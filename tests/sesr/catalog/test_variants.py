import pytest

from sesr.catalog.networks import check_scale, get_variant
from sesr.catalog.sesr import CLEANERS, VARIANTS
from sesr.errors import UsageError

PARAMETERS = {
    # name: (Y x2, Y x4, RGB x2)
    "M2": (6_608, 11_408, 10_608),
    "M3": (8_912, 13_712, 12_912),
    "M5": (13_520, 18_320, 17_520),
    "M7": (18_128, 22_928, 22_128),
    "M11": (27_344, 32_144, 31_344),
    "XL": (105_376, 114_976, 113_376),
    # Not in the papers: counted by hand.
    "N5": (14_595, 17_475, 16_785),
    "N7": (13_800, 16_680, 16_200),
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_are_those_of_the_papers(name: str) -> None:
    spec = VARIANTS[name]
    sizes = (spec.parameters(2), spec.parameters(4), spec.parameters(2, channels=3))
    assert sizes == PARAMETERS[name]


def test_the_table_holds_every_variant() -> None:
    assert set(PARAMETERS) == set(VARIANTS)


@pytest.mark.parametrize("name", VARIANTS)
def test_paddings_keep_the_size_and_balance(name: str) -> None:
    spec = VARIANTS[name]
    for kernel, padding in zip(spec.kernels, spec.paddings, strict=True):
        assert tuple(sum(pads) + 1 for pads in padding) == kernel
    for axis in zip(*spec.paddings, strict=True):
        before, after = (sum(pads) for pads in zip(*axis, strict=True))
        assert abs(before - after) <= 1
        assert spec.receptive_radius >= max(before, after)


@pytest.mark.parametrize(
    ("name", "scale", "gigamacs"), [("M5", 2, 3.11), ("M5", 4, 1.05), ("XL", 2, 24.28)]
)
def test_macs_for_720p(name: str, scale: int, gigamacs: float) -> None:
    macs = VARIANTS[name].macs(720 // scale, 1280 // scale, scale)
    assert macs / 1e9 == pytest.approx(gigamacs, abs=0.006)


def test_names_are_found_in_any_case() -> None:
    assert get_variant("m11") is VARIANTS["M11"]


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(UsageError, match=r"unknown model 'M6'.*M2, M3, M5"):
        get_variant("M6")


def test_an_unknown_scale_names_the_scales() -> None:
    with pytest.raises(UsageError, match="unknown scale 3: the scales are 2 and 4"):
        check_scale(3)
    with pytest.raises(UsageError, match="scale 2: the only scale of SESR-S4 is 1"):
        check_scale(2, get_variant("s4"))


def test_a_stride_takes_a_quarter_of_the_work() -> None:
    spec = CLEANERS["S4"]
    # Kernels of 6x6 from 3, of 3x3 between 24, of 3x3 to 3 colors of 2x2 pixels, by hand.
    assert spec.parameters(1, channels=3) == 2_592 + 4 * 5_184 + 2_592
    assert spec.macs(224, 224, 1, channels=3) == 112 * 112 * spec.parameters(1, channels=3)
    assert spec.paddings[0] == ((2, 2), (2, 2))
    # Two pixels and the neighbour in the same square, and five places of two pixels.
    assert spec.receptive_radius == 14
