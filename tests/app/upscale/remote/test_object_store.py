"""`sesr upscale` of buckets, against a server that speaks S3 over HTTP."""

import hashlib
import io
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from command import assert_fails, sesr
from photos import make_photo
from store import Proxy, Store, environment, object_store

pytest.importorskip("moto.server")
pytest.importorskip("s3fs")


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with object_store() as running:
        yield running


@pytest.fixture
def bucket(store: Store, request: pytest.FixtureRequest) -> str:
    """A bucket of the test's own."""
    name = hashlib.sha256(request.node.name.encode()).hexdigest()[:20]
    store.s3.create_bucket(Bucket=name)
    return name


def encoded(seed: int, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(make_photo(12, 16, seed=seed)).save(file, kind)
    return file.getvalue()


def fill(store: Store, bucket: str, count: int = 4) -> dict[str, bytes]:
    """Put photographs into a bucket."""
    photos = {f"in/p{seed}.png": encoded(seed) for seed in range(count)}
    for name, content in photos.items():
        store.put(bucket, name, content)
    return photos


def manifest(store: Store, bucket: str, folder: str = "out") -> dict[str, dict[str, object]]:
    """The lines of the manifest by the last part of the input's name."""
    listed = store.s3.list_objects_v2(Bucket=bucket, Prefix=f"{folder}/.sesr/manifest/")
    lines = [
        json.loads(line)
        for entry in listed["Contents"]
        for line in store.get(bucket, entry["Key"]).splitlines()
    ]
    return {line["input"].rpartition("/")[2]: line for line in lines}


def test_results_are_those_of_the_command_on_local_files(
    store: Store, bucket: str, tmp_path: Path
) -> None:
    photos = {**fill(store, bucket), "in/deep/er/j.jpg": encoded(9, "JPEG")}
    store.put(bucket, "in/deep/er/j.jpg", photos["in/deep/er/j.jpg"])
    for junk in ("in/notes.txt", "in/.hidden.png", "in/.git/x.png", "in/raw.psd"):
        store.put(bucket, junk, b"junk")
    for name, content in photos.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    options = ("-r", "--name", "{stem}", "--artefacts", "clean")
    assert sesr("upscale", tmp_path / "in", "-o", tmp_path / "out", *options).returncode == 0
    result = sesr(
        "upscale", f"s3://{bucket}/in/", "-o", f"s3://{bucket}/out", *options, env=store.environment
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == "sesr: 1 image is of a kind that is not read: 1 .psd\n"
    assert store.names(bucket, "out/") == [name.replace("in/", "out/") for name in sorted(photos)]
    lines = manifest(store, bucket)
    for name in photos:
        made = store.get(bucket, name.replace("in/", "out/"))
        assert made == (tmp_path / name.replace("in/", "out/")).read_bytes()
        line = lines[name.rpartition("/")[2]]
        assert line["sha256"] == hashlib.sha256(made).hexdigest()
        assert line["size"] == len(photos[name])
        assert line["stamp"] == hashlib.md5(photos[name]).hexdigest()  # noqa: S324
        assert (line["status"], line["error"]) == ("ok", "")


def test_from_a_bucket_to_a_folder_and_back(store: Store, bucket: str, tmp_path: Path) -> None:
    fill(store, bucket, 2)
    down = sesr("upscale", f"s3://{bucket}/in", "-o", tmp_path / "out", env=store.environment)
    assert (down.returncode, down.stderr) == (0, "")
    up = sesr("upscale", tmp_path / "out", "-o", f"s3://{bucket}/up/", "--again",
              env=store.environment)  # fmt: skip
    assert (up.returncode, up.stderr) == (0, "")
    assert store.names(bucket, "up/") == ["up/p0_x2_x2.png", "up/p1_x2_x2.png"]


def test_one_file_becomes_one_file_and_nothing_else(store: Store, bucket: str) -> None:
    fill(store, bucket, 1)
    result = sesr("upscale", f"s3://{bucket}/in/p0.png", "-o", f"s3://{bucket}/one.webp",
                  env=store.environment)  # fmt: skip
    assert (result.returncode, result.stdout) == (0, f"s3://{bucket}/one.webp 32x24\n")
    listed = store.s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert [entry["Key"] for entry in listed] == ["in/p0.png", "one.webp"]


def test_one_that_fails_is_reported_and_the_rest_goes_on(store: Store, bucket: str) -> None:
    fill(store, bucket, 2)
    store.put(bucket, "in/bad.png", b"no image")
    result = sesr("upscale", f"s3://{bucket}/in", "-o", f"s3://{bucket}/out", "--json",
                  env=store.environment)  # fmt: skip
    assert result.returncode == 1
    assert f"s3://{bucket}/in/bad.png: not an image" in result.stderr
    assert sorted(json.loads(line)["status"] for line in result.stdout.splitlines()) == [
        "failed",
        "ok",
        "ok",
    ]
    assert manifest(store, bucket)["bad.png"]["status"] == "failed"
    assert len(store.names(bucket, "out/")) == 2


def test_what_exists_is_refused_skipped_or_replaced(store: Store, bucket: str) -> None:
    fill(store, bucket, 3)
    store.put(bucket, "out/p1_x2.png", b"mine")
    command = ("upscale", f"s3://{bucket}/in", "-o", f"s3://{bucket}/out")
    refused = sesr(*command, env=store.environment)
    assert_fails(refused, 2, f"s3://{bucket}/out/p1_x2.png: exists already", "--skip-existing")
    assert store.get(bucket, "out/p1_x2.png") == b"mine"
    assert sesr(*command, "--skip-existing", env=store.environment).returncode == 0
    assert store.get(bucket, "out/p1_x2.png") == b"mine"
    assert len(store.names(bucket, "out/")) == 3
    assert sesr(*command, "--overwrite", env=store.environment).returncode == 0
    assert store.get(bucket, "out/p1_x2.png") != b"mine"


def test_a_dry_run_writes_nothing(store: Store, bucket: str) -> None:
    fill(store, bucket, 2)
    result = sesr("upscale", f"s3://{bucket}/in", "-o", f"s3://{bucket}/out", "--dry-run",
                  env=store.environment)  # fmt: skip
    assert result.stdout.splitlines() == [
        f"s3://{bucket}/in/p{n}.png -> s3://{bucket}/out/p{n}_x2.png" for n in range(2)
    ]
    listed = store.s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert len(listed) == 2


@pytest.mark.parametrize(
    ("source", "output", "code", "part"),
    [
        ("s3://{0}/in", "s3://not-there/out", 2, "s3://not-there: there is no such bucket"),
        ("s3://not-there/in", "s3://{0}/out", 2, "s3://not-there: there is no such bucket"),
        ("s3://{0}/nothing/", "s3://{0}/out", 2, "the folder holds no images"),
        ("s3://{0}/nothing.png", "s3://{0}/out", 1, "there is no such file or folder"),
        ("s3://", "s3://{0}/out", 2, "names no bucket"),
        ("gopher://a/b", "s3://{0}/out", 2, "no file system gopher://"),
        ("s3://{0}/in", "s3://{0}/in/", 2, "among the inputs"),
        ("s3://{0}/in", "-", 2, "do not go with URLs"),
        ("s3://{0}/in", None, 2, "give the folder of the results with -o"),
    ],
)
def test_wrong_places_are_one_line(
    store: Store, bucket: str, source: str, output: str | None, code: int, part: str
) -> None:
    fill(store, bucket, 1)
    where = ("-o", output.format(bucket)) if output else ()
    result = sesr("upscale", source.format(bucket), *where, env=store.environment)
    assert_fails(result, code, part)


def test_missing_credentials_are_one_line(store: Store, bucket: str) -> None:
    nobody = {k: v for k, v in store.environment.items() if "KEY" not in k}
    nobody |= {"HOME": "/nonexistent", "AWS_CONFIG_FILE": "/nonexistent/config"}
    result = sesr("upscale", f"s3://{bucket}/in", "-o", f"s3://{bucket}/out", env=nobody)
    assert_fails(result, 2, f"s3://{bucket}/in", "there are no credentials", "AWS_ACCESS_KEY_ID")


def test_no_permission_is_one_line(store: Store, bucket: str) -> None:
    fill(store, bucket, 1)
    with Proxy(store, lambda number, method, path: 403).running() as proxy:
        result = sesr("upscale", f"s3://{bucket}/in/", "-o", f"s3://{bucket}/out",
                      env=environment(proxy.port))  # fmt: skip
    assert_fails(result, 1, "may not be", "give them the right to list, read and write")


def test_two_jobs_on_one_output_are_detected(store: Store, bucket: str) -> None:
    fill(store, bucket, 1)
    claim = {"job": "other", "host": "far away", "process": 1, "alive": time.time()}
    store.put(bucket, "out/.sesr/claims/other.json", json.dumps(claim).encode())
    command = ("upscale", f"s3://{bucket}/in", "-o", f"s3://{bucket}/out")
    assert_fails(sesr(*command, env=store.environment), 2, "another job writes there", "far away")
    assert store.names(bucket, "out/") == []
    claim["alive"] = time.time() - 1000
    store.put(bucket, "out/.sesr/claims/other.json", json.dumps(claim).encode())
    assert sesr(*command, env=store.environment).returncode == 0
    left = store.s3.list_objects_v2(Bucket=bucket, Prefix="out/.sesr/claims/")
    assert left["KeyCount"] == 0


def test_slow_and_failing_requests_cost_no_result(store: Store, bucket: str) -> None:
    fill(store, bucket, 6)

    def trouble(number: int, method: str, path: str) -> int | float | None:
        time.sleep(0.02)
        if number % 4 == 1:
            return 503
        return 0.5 if number % 4 == 3 and method == "GET" and path.endswith(".png") else None

    with Proxy(store, trouble).running() as proxy:
        result = sesr("upscale", f"s3://{bucket}/in", "-o", f"s3://{bucket}/out",
                      env=environment(proxy.port))  # fmt: skip
    assert (result.returncode, result.stderr) == (0, "")
    assert any(method == "PUT" for method, _ in proxy.requests)
    for number in range(6):
        Image.open(io.BytesIO(store.get(bucket, f"out/p{number}_x2.png"))).load()


def test_killed_and_run_again_it_does_what_is_missing(store: Store, bucket: str) -> None:
    fill(store, bucket, 40)
    command = ["upscale", f"s3://{bucket}/in", "-o", f"s3://{bucket}/out"]
    written = threading.Event()

    def watch(number: int, method: str, path: str) -> int | float | None:
        if method == "PUT" and "/out/p" in path:
            written.set()
            time.sleep(0.05)
        return None

    with Proxy(store, watch).running() as proxy:
        process = subprocess.Popen(
            [sys.executable, "-m", "sesr_app", *command],
            env=environment(proxy.port),
            stdout=subprocess.DEVNULL,
        )
        assert written.wait(120)
        process.send_signal(signal.SIGKILL)
        process.wait()
    there = store.names(bucket, "out/")
    assert 0 < len(there) < 40
    before = {name: store.s3.head_object(Bucket=bucket, Key=name)["LastModified"] for name in there}
    again = sesr(*command, "--skip-existing", env=store.environment)
    assert (again.returncode, again.stderr) == (0, "")
    assert len(again.stdout.splitlines()) == 40 - len(there)
    assert len(store.names(bucket, "out/")) == 40
    for name, moment in before.items():
        assert store.s3.head_object(Bucket=bucket, Key=name)["LastModified"] == moment
