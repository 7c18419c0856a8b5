"""What dies under a job, and what that costs."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from command import assert_fails, changed_command, changed_sesr, sesr
from photos import make_photo
from ray_nodes import RAY_WARNINGS, kill_workers, ray_nodes
from sesr import Upscaler
from store import Proxy, environment, object_store

pytest.importorskip("ray")
pytest.importorskip("fsspec")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="several nodes on one machine"),
    *RAY_WARNINGS,
]

SMALL_PARTS = "import sesr_app.upscale.large.task as task; task._PIXELS = 1"
SCRIPT = Path(__file__).parents[4] / "benchmarks" / "cluster" / "faults.py"


def fill(folder: Path, count: int) -> Path:
    folder.mkdir()
    for seed in range(count):
        Image.fromarray(make_photo(48, 64, seed=seed)).save(folder / f"p{seed:03}.png")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.png")}


def start(*arguments: object, change: str = "") -> subprocess.Popen[str]:
    command = changed_command(change, "upscale", *arguments)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_results(job: subprocess.Popen[str], folder: Path, count: int) -> None:
    while job.poll() is None and len(contents(folder)) < count:
        time.sleep(0.01)
    assert job.poll() is None


def test_a_node_that_dies_costs_no_result() -> None:
    command = [sys.executable, SCRIPT, "--points", "2", "--photographs", "24"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.endswith("2 of 2 jobs lost nothing\n")


def test_a_worker_that_the_kernel_ends_costs_no_result(tmp_path: Path) -> None:
    photos = fill(tmp_path / "in", 60)
    assert sesr("upscale", photos, "-o", tmp_path / "one").returncode == 0
    with ray_nodes(1) as cluster:
        job = start(photos, "-o", tmp_path / "many", "--quiet", "--cluster", cluster.address)
        wait_for_results(job, tmp_path / "many", 10)
        (node,) = cluster.worker_nodes
        assert kill_workers(node)
        _, complained = job.communicate(timeout=500)
    assert (job.returncode, complained) == (0, "")
    assert contents(tmp_path / "many") == contents(tmp_path / "one")


def test_what_needs_more_memory_than_there_is_comes_to_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = fill(tmp_path / "in", 1)
    # To this memory monitor, every machine is always full.
    monkeypatch.setenv("RAY_memory_usage_threshold", "0.001")
    monkeypatch.setenv("RAY_memory_monitor_refresh_ms", "20")
    with ray_nodes(1) as cluster:
        result = changed_sesr(
            "import sesr_app.cluster.connect as connect; connect._MEMORY_RETRIES = 1",
            "upscale", photos, "-o", tmp_path / "out", "--cluster", cluster.address,
        )  # fmt: skip
    assert_fails(result, 1, "p000.png: every worker that took it was lost (OutOfMemoryError)")
    assert not contents(tmp_path / "out")


def test_the_head_is_restarted_and_the_job_run_again(tmp_path: Path) -> None:
    photos = fill(tmp_path / "in", 60)
    assert sesr("upscale", photos, "-o", tmp_path / "one").returncode == 0
    command = (photos, "-o", tmp_path / "many", "--quiet", "--cluster")
    with ray_nodes(1) as cluster:
        job = start(*command, cluster.address)
        wait_for_results(job, tmp_path / "many", 10)
        address = cluster.address
        cluster.shutdown()
        _, complained = job.communicate(timeout=500)
        assert job.returncode == 1
        assert complained.startswith(f"sesr: --cluster {address}: the command was ended")
        assert complained.count("\n") == 1
    made = contents(tmp_path / "many")
    assert 10 <= len(made) < 60
    with ray_nodes(1) as cluster:
        again = sesr("upscale", *command, cluster.address, "--skip-existing")
    assert (again.returncode, again.stderr) == (0, "")
    assert contents(tmp_path / "many") == contents(tmp_path / "one")


def test_a_large_image_survives_slow_and_failing_requests_and_lost_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = make_photo(2500, 300)
    tifffile.imwrite(tmp_path / "in.tif", image, tile=(64, 64), photometric="rgb")
    parts = 0

    def trouble(number: int, method: str, path: str) -> int | float | None:
        nonlocal parts
        time.sleep(0.02)
        if number % 7 == 1:
            return 503
        parts += method == "PUT" and path.partition("?")[0].endswith(".tiles")
        return 0.5 if number % 7 == 3 and method == "GET" and "in.tif" in path else None

    with object_store() as store, Proxy(store, trouble).running() as proxy:
        for name, value in environment(proxy.port).items():
            monkeypatch.setenv(name, value)
        store.s3.create_bucket(Bucket="large")
        store.put("large", "in.tif", (tmp_path / "in.tif").read_bytes())
        with ray_nodes(2) as cluster:
            job = start("s3://large/in.tif", "-o", "s3://large/out.tif", "--tiled", "--quiet",
                        "--cluster", cluster.address, change=SMALL_PARTS)  # fmt: skip
            while job.poll() is None and parts < 3:
                time.sleep(0.01)
            assert kill_workers(next(iter(cluster.worker_nodes)))
            _, complained = job.communicate(timeout=500)
        assert (job.returncode, complained) == (0, "")
        (tmp_path / "out.tif").write_bytes(store.get("large", "out.tif"))
        listed = store.s3.list_objects_v2(Bucket="large")["Contents"]
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "out.tif"), Upscaler()(image))
    assert [entry["Key"] for entry in listed] == ["in.tif", "out.tif"]
