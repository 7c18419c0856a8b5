"""Time and memory of a job that finds all of its results there.

    python benchmarks/cluster/listing.py --photographs 100000

Lists that many photographs and as many results, a thousand a request, from a server over HTTP on
this machine, and skips all of them. Prints the seconds of the command, of its start alone (a bucket
of one photograph), and its largest memory.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

SERVER = Path(__file__).with_name("bucket.py")


class Run(NamedTuple):
    """What a command took: seconds by the clock, seconds of processor, megabytes."""

    seconds: float
    busy: float
    megabytes: float


def run(photographs: int) -> Run:
    """What a command over so many photographs takes."""
    server = subprocess.Popen(
        [sys.executable, SERVER, str(photographs)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout  # noqa: S101
        environment = os.environ | {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.stdout.readline().strip()}",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        command = [sys.executable, "-m", "sesr_app", "upscale", "s3://photos/in", "-o",
                   "s3://photos/out", "--skip-existing"]  # fmt: skip
        began = time.perf_counter()
        process = subprocess.Popen(command, env=environment)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}")
        busy = used.ru_utime + used.ru_stime
        return Run(time.perf_counter() - began, busy, used.ru_maxrss / 1000)
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--photographs", type=int, default=100_000)
    asked = parser.parse_args()
    start, whole = run(1), run(asked.photographs)
    print(
        f"{asked.photographs} photographs and as many results: {whole.seconds:.1f} s "
        f"({start.seconds:.1f} s of them to start), {whole.busy:.1f} s of processor "
        f"({start.busy:.1f} s), at most {whole.megabytes:.0f} MB"
    )


if __name__ == "__main__":
    main()
