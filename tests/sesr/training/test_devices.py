"""One network trained by several devices at once: the same weights as on one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sesr.errors import UsageError
from sesr.training.step import check_devices

BOTH = """
import jax
import keras
import numpy as np
from sesr.network.sesr import build_sesr, without_clip
from sesr.training.config import TrainingConfig
from sesr.training.schedule import make_optimizer
from sesr.training.step import check_devices, make_train_step

check_devices(2, 4)
rng = np.random.default_rng(0)
low = rng.random((3, 2, 4, 12, 12, 1), np.float32)
high = low.repeat(2, axis=3).repeat(2, axis=4)
found = []
for devices in (1, 2):
    keras.utils.set_random_seed(0)
    network = build_sesr("M2", 2)
    optimizer = make_optimizer(TrainingConfig(steps=6, warmup=1, ema=0.5))
    optimizer.build(network.trainable_variables)
    step = make_train_step(without_clip(network), optimizer, "l1", devices)
    losses = [step(*dispatch) for dispatch in zip(low, high)]
    taken = {len(value.sharding.device_set) for group in step._state for value in group}
    assert taken == {devices}, taken
    if devices == 2:
        shared = step._share(np.zeros((3, 4, 5)), 1)
        assert shared.sharding.shard_shape((3, 4, 5)) == (3, 2, 5)
    step.sync()
    found.append((losses, network.get_weights(), [np.asarray(v) for v in optimizer.variables]))
(losses, weights, slots), (others, other_weights, other_slots) = found
assert losses[-1] < losses[0]
np.testing.assert_allclose(others, losses, atol=1e-5)
for one, other in zip(weights + slots, other_weights + other_slots):
    np.testing.assert_allclose(other, one, atol=1e-5)
for devices, batch, part in ((3, 6, "JAX sees 2 here"), (2, 5, "no multiple of 2 devices")):
    try:
        check_devices(devices, batch)
    except Exception as error:
        assert part in str(error), error
    else:
        raise AssertionError(part)
"""


def test_two_devices_train_what_one_does() -> None:
    pytest.importorskip("jax")
    environment = {
        **os.environ,
        "KERAS_BACKEND": "jax",
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[3]), *sys.path]),
    }
    done = subprocess.run(
        [sys.executable, "-c", BOTH], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_several_devices_need_jax() -> None:
    with pytest.raises(UsageError, match=r"jax only; received tensorflow.*KERAS_BACKEND=jax"):
        check_devices(2, 16)
