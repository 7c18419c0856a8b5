"""Training on real photographs, long enough to tell; some minutes."""

from pathlib import Path

import pytest

from command import sesr
from sesr.catalog.card import ModelCard

pytestmark = pytest.mark.slow


def test_a_short_training_leaves_bicubic_behind(real_data: Path, tmp_path: Path) -> None:
    photographs, others = real_data / "sr/train/bsds500", real_data / "sr/validation/cid22"
    settings = ("--model=M3", "--steps=3000", "--batch-size=8", "--validate-every=1000")
    result = sesr("train", photographs, "--validation", others, "-o", tmp_path, *settings)
    assert result.returncode == 0, result.stderr
    training = ModelCard.load(tmp_path / "m3_x2_y.json").training
    assert training["validation_psnr"] > training["validation_bicubic_psnr"] + 2
