"""`sesr upscale --cluster`: the bytes of one machine from several, whatever becomes of them."""

import json
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from command import assert_fails, changed_command, changed_sesr, sesr
from photos import make_photo
from ray_nodes import RAY_WARNINGS, kill_workers, ray_nodes
from sesr import Upscaler
from sesr_app.cluster.connect import explain_connection

pytest.importorskip("ray")
pytest.importorskip("fsspec")
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="several nodes on one machine"),
    *RAY_WARNINGS,
]

OTHER_VERSION = 'import sesr; sesr.__version__ = "0.0.1"'
SMALL_PARTS = "import sesr_app.upscale.large.task as task; task._PIXELS = 1"


def fill(folder: Path, count: int) -> Path:
    folder.mkdir()
    for seed in range(count):
        Image.fromarray(make_photo(24, 32, seed=seed)).save(folder / f"p{seed:03}.png")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.png")}


def test_a_cluster_makes_what_one_machine_makes(tmp_path: Path) -> None:
    """One test of several things, because to start a cluster takes longer than all of them."""
    photos = fill(tmp_path / "in", 20)
    (photos / "bad.png").write_bytes(b"no image")
    assert sesr("upscale", photos, "-o", tmp_path / "one").returncode == 1
    with ray_nodes(1) as cluster:
        address = ("--cluster", cluster.address)
        result = sesr("upscale", photos, "-o", tmp_path / "many", *address, "--json")
        assert result.returncode == 1
        assert f"sesr: {photos / 'bad.png'}: not an image" in result.stderr
        states = Counter(json.loads(line)["status"] for line in result.stdout.splitlines())
        assert states == {"ok": 20, "failed": 1}
        assert contents(tmp_path / "many") == contents(tmp_path / "one")
        (photos / "bad.png").unlink()
        (tmp_path / "many" / "p003_x2.png").unlink()
        again = sesr("upscale", photos, "-o", tmp_path / "many", *address, "--skip-existing")
        assert again.returncode == 0, again.stderr
        assert again.stdout == f"{tmp_path / 'many' / 'p003_x2.png'} 64x48\n"
        assert contents(tmp_path / "many") == contents(tmp_path / "one")
        image = make_photo(2500, 300)
        tifffile.imwrite(tmp_path / "in.tif", image, tile=(64, 64), photometric="rgb")
        target = tmp_path / "large" / "out.tif"
        job = subprocess.Popen(
            changed_command(SMALL_PARTS, "upscale", tmp_path / "in.tif", "-o", target, "--tiled",
                            "--quiet", *address),
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        while job.poll() is None and not list(target.parent.glob("*/*.tiles")):
            time.sleep(0.005)
        # As the kernel does when memory is short.
        assert kill_workers(next(iter(cluster.worker_nodes)))
        _, complained = job.communicate(timeout=300)
        assert (job.returncode, complained) == (0, "")
        np.testing.assert_array_equal(tifffile.imread(target), Upscaler()(image))
        assert [path.name for path in target.parent.iterdir()] == ["out.tif"]
        other = changed_sesr(OTHER_VERSION, "upscale", photos, "-o", tmp_path / "x", *address)
        assert_fails(other, 2, "has sesr", "this machine 0.0.1", "the same version on every node")


@pytest.mark.parametrize(
    ("address", "code", "part"),
    [
        ("127.0.0.1:9", 1, "nobody answers there"),
        ("nonsense", 2, "is no address of a cluster"),
        ("127.0.0.1:99999", 1, "nobody answers there"),
        ("auto", 1, "no cluster runs on this machine"),
    ],
)
def test_a_cluster_that_is_not_there_is_one_line(
    tmp_path: Path, address: str, code: int, part: str
) -> None:
    photos = fill(tmp_path / "in", 1)
    result = sesr("upscale", photos, "-o", tmp_path / "out", "--cluster", address)
    assert_fails(result, code, f"--cluster {address}", part)
    assert not (tmp_path / "out").exists()


def test_versions_of_ray_that_differ_are_named() -> None:
    from ray._private.utils import check_version_info

    theirs = {"ray_version": "2.9.0", "python_version": "3.9.1"}
    with pytest.raises(RuntimeError) as caught:
        check_version_info(theirs, "This process")
    line = str(explain_connection("10.0.0.5:6379", caught.value))
    assert re.fullmatch(
        r"--cluster 10\.0\.0\.5:6379: versions differ \(Ray 2\.9\.0 with Python 3\.9\.1 and "
        r"Ray \S+ with Python \S+\); install the same ones on every node and here", line
    )  # fmt: skip
