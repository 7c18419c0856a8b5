"""What several tests need: images made on the spot, and the real data where it is."""

from __future__ import annotations

import os
import signal
from pathlib import Path

# Before TensorFlow is imported anywhere.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as the command `sesr` has it

import numpy as np
import numpy.typing as npt
import pytest

from photos import make_photo

# Where the suite runs in the background, Ctrl-C is ignored, and so it would be by every command
# that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def photo() -> npt.NDArray[np.uint8]:
    """One such picture, 75 x 100."""
    return make_photo(75, 100)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real photographs; tests that need it are skipped without it."""
    folder = Path(os.environ.get("SESR_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not (folder / "sr").is_dir():
        pytest.skip(f"no real photographs at {folder}; name their folder in SESR_DATA")
    return folder
