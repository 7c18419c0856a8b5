import csv
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from photos import make_photo
from runs import Killed, Listener, weights
from sesr.catalog.shipped import find_model
from sesr.errors import TrainingError, UsageError
from sesr.pixels.imresize import shrink_to_uint8
from sesr.training.config import TrainingConfig

keras = pytest.importorskip("keras")

from sesr.network.load import load_network  # noqa: E402
from sesr.network.quantization_aware import quantization_aware, trained_ranges  # noqa: E402
from sesr.network.runnable import make_runnable  # noqa: E402
from sesr.network.sesr import build_sesr, without_clip  # noqa: E402
from sesr.training.run.loop import RunResult  # noqa: E402
from sesr.training.start.transfer import transfer_weights  # noqa: E402
from sesr.training.step import make_train_step  # noqa: E402
from sesr.training.trainer import Trainer  # noqa: E402
from sesr.training.validation import ValidationImage, Validator  # noqa: E402

TINY = TrainingConfig(
    variant="M2",
    steps=12,
    batch_size=2,
    crop=8,
    learning_rate=1e-3,
    warmup=2,
    ema=0.5,
    validate_every=4,
)


LOUD = 400
"""How many times louder than it was trained a channel is made, to make rounding hurt."""


def make_batch(scale: int, crop: int, channels: int = 1) -> Callable[[int], Any]:
    photo = make_photo(96, 96)

    def batch(step: int) -> Any:
        random = np.random.default_rng(step)
        highs = []
        for _ in range(2):
            y, x = random.integers(0, 96 - crop * scale, 2)
            highs.append(photo[y : y + crop * scale, x : x + crop * scale])
        lows = [shrink_to_uint8(high, scale) for high in highs]
        return tuple(
            np.stack(side)[..., :channels].astype(np.float32) / 255 for side in (lows, highs)
        )

    return batch


def make_trainer(
    folder: Path,
    config: TrainingConfig = TINY,
    kill_at: int | None = None,
    start: Path | None = None,
) -> tuple[Trainer, Listener]:
    keras.utils.set_random_seed(config.seed)
    high = make_photo(48, 48, seed=1)
    low = shrink_to_uint8(high, config.scale)
    listener = Listener(kill_at)
    trainer = Trainer(
        config,
        make_batch(config.scale, config.crop, config.channels),
        Validator({"photos": [ValidationImage(low, high)]}, config.scale, config.channels),
        folder,
        listener,
        load_network(start) if start else None,
    )
    return trainer, listener


def train(folder: Path, config: TrainingConfig = TINY) -> RunResult:
    return make_trainer(folder, config)[0].run()


def test_training_makes_the_network_better(tmp_path: Path) -> None:
    config = replace(TINY, steps=60, validate_every=20)
    trainer, listener = make_trainer(tmp_path, config)
    result = trainer.run()
    assert [row.step for row in listener.rows] == [20, 40, 60]
    assert listener.rows[-1].figures["psnr"] > listener.rows[0].figures["psnr"] + 0.5
    assert result.best == max(row.figures["psnr"] for row in listener.rows)
    assert 0 <= result.data_wait <= 1


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_baseline_is_trained_by_the_same_loop(tmp_path: Path, precision: str) -> None:
    config = replace(TINY, variant="FSRCNN", precision=precision, steps=40, validate_every=20)
    trainer, listener = make_trainer(tmp_path, config)
    result = trainer.run()
    assert listener.rows[1].loss < listener.rows[0].loss
    kept = load_network(result.model)
    assert {layer.compute_dtype for layer in kept.layers} == {"float32"}
    again, _ = make_trainer(tmp_path / "again", config, start=result.model)
    assert set(again.taken_over) >= {"feature", "map_3", "upsampled"}


@pytest.mark.parametrize("kill_at", [4, 7, 9])
def test_resumed_equals_uninterrupted(tmp_path: Path, kill_at: int) -> None:
    whole = make_trainer(tmp_path / "whole")[0]
    whole.run()
    with pytest.raises(Killed):
        make_trainer(tmp_path / "cut", kill_at=kill_at)[0].run()
    resumed = make_trainer(tmp_path / "cut")[0]
    assert resumed.step == (kill_at - 1) // 4 * 4
    resumed.run()
    for a, b in zip(resumed.model.get_weights(), whole.model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    best = zip(
        weights(tmp_path / "cut/best.keras"), weights(tmp_path / "whole/best.keras"), strict=True
    )
    for a, b in best:
        np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.fixture(scope="module")
def float_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that has learned something."""
    folder = tmp_path_factory.mktemp("float")
    return train(folder, replace(TINY, steps=60, validate_every=20)).model


def test_a_quantised_run_resumes_with_its_ranges(tmp_path: Path, float_run: Path) -> None:
    config = replace(TINY, quantize="int8")
    whole = make_trainer(tmp_path / "whole", config, start=float_run)[0]
    assert whole.taken_over == ["first_block", "block_0", "block_1", "last_block"]
    whole.run()
    with pytest.raises(Killed):
        make_trainer(tmp_path / "cut", config, kill_at=7, start=float_run)[0].run()
    resumed = make_trainer(tmp_path / "cut", config, start=float_run)[0]
    resumed.run()
    kept = [load_network(tmp_path / run / "best.keras") for run in ("whole", "cut")]
    for name, limits in trained_ranges(kept[0]).items():
        assert trained_ranges(kept[1])[name] == pytest.approx(limits, abs=1e-5)
    for a, b in zip(*(model.get_weights() for model in kept), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_training_while_rounding_beats_rounding_afterwards(tmp_path: Path) -> None:
    """A network with one loud channel, beside which the levels are too coarse for the others."""
    network = make_runnable(load_network(find_model("M2", 2, channels=3).keras))
    loud, next_one = network.get_layer("block_0"), network.get_layer("block_1")
    kernel, bias = loud.get_weights()
    kernel[..., 0], bias[0] = LOUD * kernel[..., 0], LOUD * bias[0]
    loud.set_weights([kernel, bias])
    kernel, bias = next_one.get_weights()
    kernel[:, :, 0] /= LOUD
    next_one.set_weights([kernel, bias])
    network.save(tmp_path / "loud.keras")
    batch, high = make_batch(2, 8, channels=3), make_photo(48, 48, seed=1)
    validator = Validator({"photos": [ValidationImage(shrink_to_uint8(high, 2), high)]}, 2, 3)
    afterwards = quantization_aware(network)
    for step in range(8):
        afterwards(batch(step)[0], training=True)
    rounded, exact = validator(afterwards).score, validator(network).score
    config = replace(TINY, channels=3, quantize="int8", steps=80, validate_every=20)
    learned = make_trainer(tmp_path, config, start=tmp_path / "loud.keras")[0].run().best
    assert rounded < exact - 0.5
    assert learned > exact - 0.5 * (exact - rounded)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_what_is_kept_computes_in_float32(tmp_path: Path, precision: str) -> None:
    train(tmp_path, replace(TINY, precision=precision))
    kept = load_network(tmp_path / "best.keras")
    assert {layer.compute_dtype for layer in kept.layers} == {"float32"}


def test_the_log_has_a_row_for_every_validation_once(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        make_trainer(tmp_path, kill_at=10)[0].run()
    train(tmp_path)
    with (tmp_path / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["4", "8", "12"]
    assert float(rows[-1]["learning_rate"]) == pytest.approx(0, abs=1e-6)
    assert float(rows[0]["bicubic"]) > 10


def test_a_finished_run_stays_finished(tmp_path: Path) -> None:
    first = train(tmp_path)
    again = train(tmp_path)
    assert again.best == first.best


def test_what_is_kept_are_the_averaged_weights(tmp_path: Path) -> None:
    trainer, _ = make_trainer(tmp_path, replace(TINY, steps=4, ema=0.9))
    start = trainer.model.get_weights()
    trainer.run()
    kept = weights(tmp_path / "best.keras")
    trained = trainer.model.get_weights()
    for before, average, after in zip(start, kept, trained, strict=True):
        moved = np.abs(after - before).mean()
        assert np.abs(average - before).mean() < 0.6 * moved


def test_divergence_is_an_error(tmp_path: Path) -> None:
    trainer, _ = make_trainer(tmp_path, replace(TINY, learning_rate=1e30))
    with pytest.raises(TrainingError, match="training diverged; lower the learning rate"):
        trainer.run()


def test_a_checkpoint_of_another_variant_is_refused(tmp_path: Path) -> None:
    train(tmp_path)
    with pytest.raises(TrainingError, match=r"another run, with variant M2 \(now M3\)"):
        make_trainer(tmp_path, replace(TINY, variant="M3"))


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    train(tmp_path)
    path = tmp_path / "checkpoint.npz"
    for kept in (1000, 0):
        path.write_bytes(path.read_bytes()[:kept])
        with pytest.raises(TrainingError, match=r"checkpoint\.npz: not a readable checkpoint"):
            make_trainer(tmp_path)


def test_several_steps_a_dispatch_are_the_same_steps(tmp_path: Path) -> None:
    one = make_trainer(tmp_path / "one")[0]
    one.run()
    four = make_trainer(tmp_path / "four", replace(TINY, dispatch=4))[0]
    four.run()
    for a, b in zip(one.model.get_weights(), four.model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_x4_really_takes_over_x2(tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    source, target = build_sesr("M3", 2), build_sesr("M3", 4)
    taken = transfer_weights(source, target)
    assert taken == ["first_block", "block_0", "block_1", "block_2"]
    for name in taken:
        given = zip(source.get_layer(name).weights, target.get_layer(name).weights, strict=True)
        for a, b in given:
            np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_a_deeper_network_takes_over_a_shallower_one() -> None:
    assert transfer_weights(build_sesr("M2", 2), build_sesr("M3", 2)) == [
        "first_block",
        "block_0",
        "block_1",
        "last_block",
    ]


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [("M3", "M5"), ("M5", "M11"), ("M3", "XL"), ("M11", "XL")],
    ids=["deeper", "deeper, other expansion", "wider and deeper", "wider"],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_larger_network_starts_with_the_outputs_of_a_smaller_one(
    smaller: str, larger: str, channels: int
) -> None:
    keras.utils.set_random_seed(1)
    source, target = (build_sesr(name, 2, channels) for name in (smaller, larger))
    for weight in (w for w in source.weights if "bias" in w.name):
        weight.assign(np.random.default_rng(0).normal(0, 0.05, weight.shape))
    image = np.random.default_rng(0).random((1, 17, 14, channels), np.float32)
    transfer_weights(source, target)
    np.testing.assert_allclose(target(image), source(image), atol=2e-5)


def test_what_a_larger_network_adds_is_trained() -> None:
    keras.utils.set_random_seed(1)
    source, target = build_sesr("M3", 2), build_sesr("XL", 2)
    transfer_weights(source, target)
    photo = make_photo(48, 48)[np.newaxis, ..., :1].astype(np.float32) / 255
    step = make_train_step(without_clip(target), keras.optimizers.Adam(1e-3), "l2")

    def added() -> dict[str, Any]:
        last, new = target.get_layer("last_block"), target.get_layer("block_10")
        return {
            "from new features": np.array(last.expand_kernel)[..., 16:, :],
            "to new features": np.array(target.get_layer("block_0").project_kernel)[:, 16:],
            "new blocks": np.array(new.project_kernel),
        }

    before = added()
    for _ in range(3):
        step(photo[np.newaxis, :, ::2, ::2], photo[np.newaxis])
    for name, value in added().items():
        assert np.abs(value - before[name]).max() > 1e-4, name


def test_slopes_are_taken_over_too() -> None:
    source, target = (
        build_sesr("M2", 2, activation="prelu"),
        build_sesr("XL", 2, activation="prelu"),
    )
    source.get_layer("activation_1").set_weights([np.full((1, 1, 16), 0.25, np.float32)])
    assert "activation_1" in transfer_weights(source, target)
    slopes = target.get_layer("activation_1").get_weights()[0].ravel()
    assert (slopes[:16] == 0.25).all()
    assert (slopes[16:] == 0).all()


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (("XL", 2, 1), ("M11", 2, 1)),
        (("M5", 2, 1), ("M5", 2, 3)),
        (("M5", 2, 1), ("N5", 2, 1)),
    ],
    ids=["narrower", "other channels", "other kernels"],
)
def test_a_network_that_does_not_fit_is_refused(
    source: tuple[str, int, int], target: tuple[str, int, int]
) -> None:
    with pytest.raises(TrainingError, match="first layers differ"):
        transfer_weights(build_sesr(*source), build_sesr(*target))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"variant": "M4"}, "unknown model"),
        ({"scale": 3}, "unknown scale"),
        ({"variant": "S4"}, "SESR-S4 takes noise away and enlarges nothing: train it with"),
        ({"steps": 0}, "steps must be at least 1; received 0"),
        ({"learning_rate": -1.0}, "learning_rate must be above 0; received -1.0"),
        ({"learning_rate": float("nan")}, "learning_rate must be above 0"),
        ({"ema": 1.5}, "ema must be from 0 to below 1; received 1.5"),
        ({"seed": -1}, "seed must be from 0"),
        ({"loss": "l3"}, "loss must be one of l1, l2, psnr; received 'l3'"),
        ({"precision": "int8"}, "precision must be one of"),
        ({"warmup": 12}, "warmup must be from 0 to below steps = 12"),
        ({"dispatch": 5}, "multiples of dispatch"),
    ],
)
def test_bad_settings_are_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        replace(TINY, **change)


JAX_RUN = """
import sys
from pathlib import Path
from dataclasses import replace
import test_training as here
assert here.keras.backend.backend() == "jax"
folder, start = map(Path, sys.argv[1:])
here.make_trainer(folder, replace(here.TINY, dispatch=4), start=start)[0].run()
"""


def test_jax_trains_the_same_network(tmp_path: Path) -> None:
    pytest.importorskip("jax")
    start = tmp_path / "start.keras"
    build_sesr("M2", 2).save(start)
    tests = Path(__file__).parent
    environment = {
        **os.environ,
        "KERAS_BACKEND": "jax",
        "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parents[1] / "support")]),
    }
    subprocess.run(
        [sys.executable, "-c", JAX_RUN, str(tmp_path / "jax"), str(start)],
        env=environment,
        check=True,
    )
    # TensorFlow takes the finished run over as it is, to write its LiteRT file.
    finished = make_trainer(tmp_path / "jax", replace(TINY, dispatch=4), start=start)[0]
    assert finished.step == TINY.steps
    make_trainer(tmp_path / "tensorflow", start=start)[0].run()
    kept = (weights(tmp_path / backend / "best.keras") for backend in ("jax", "tensorflow"))
    for a, b in zip(*kept, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)
