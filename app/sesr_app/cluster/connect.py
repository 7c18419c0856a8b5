"""Joining a Ray cluster that somebody has started."""

from __future__ import annotations

import logging
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from sesr.errors import MissingExtraError, SesrError, UsageError, first_line

_AUTO = "auto"
"""The cluster that this machine is a node of."""

_ADDRESS = re.compile(r"(?P<host>[^\s:/]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})")
_SECONDS = 10.0
"""Until a head that does not answer counts as unreachable."""


_MEMORY_RETRIES = 4
"""Of a task that Ray ended because a machine had too little memory, each after twice the time."""


_SAY_UNLESS_TOLD = "import sys; sys.stdin.read() or print(sys.argv[1], file=sys.stderr)"


@contextmanager
def connected(address: str, again: str = "the same again: it goes on") -> Iterator[None]:
    """Be a driver of a cluster until the block ends; its tasks are given up then.

    Args:
        address: "auto", or host and port of the head.
        again: what to run if the cluster goes away meanwhile.

    Raises:
        MissingExtraError: Ray is not installed.
        UsageError: the address is none, or Ray differs between here and there.
        SesrError: there is no cluster, or it cannot be reached.
    """
    if find_spec("ray") is None:
        raise MissingExtraError("--cluster", "cluster")
    _check(address)
    # Ray would report to its makers.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # For ever, unless it is told: an image too large for every machine would never come to an end.
    os.environ.setdefault("RAY_task_oom_retries", str(_MEMORY_RETRIES))
    import ray
    import ray._private.worker

    # It also prints news of its nodes on the standard output, where results are told; there is no
    # option against that.
    ray._private.worker.print_to_stdstream = _say_nothing
    try:
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR, include_dashboard=False)
    except Exception as error:
        raise explain_connection(address, error) from error
    try:
        with _last_words(address, again):
            yield
    finally:
        ray.shutdown()


@contextmanager
def _last_words(address: str, again: str) -> Iterator[None]:
    """Have a line said if this process ends in the middle of the block.

    Ray ends one that has lost its cluster at once and without a word, so another says it.
    """
    line = (
        f"sesr: --cluster {address}: the command was ended, by Ray if its head or the node of this "
        f"machine is gone; see that the cluster runs, and run {again}"
    )
    # Of a session of its own, so that Ctrl-C does not reach it.
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-I", "-S", "-c", _SAY_UNLESS_TOLD, line],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        # The usual descriptor may lead nowhere, so that native code is not heard.
        stderr=sys.stderr,
        start_new_session=True,
    )
    try:
        yield
    finally:
        process.communicate(b"the block has ended")


def _say_nothing(*_: object, **__: object) -> None:
    """In place of what prints."""


def explain_connection(address: str, error: Exception) -> SesrError:
    """What Ray says when it cannot join a cluster, as one line.

    Example:
        >>> print(explain_connection("auto", ConnectionError("Could not find any running Ray")))
        --cluster auto: no cluster runs on this machine; start one with: ray start --head
    """
    says = first_line(error)
    if "ersion mismatch" in str(error):
        return UsageError(f"--cluster {address}: {_versions(str(error))}; install the same ones "
                          "on every node and here")  # fmt: skip
    if address == _AUTO and isinstance(error, ConnectionError):
        return SesrError("--cluster auto: no cluster runs on this machine; "
                         "start one with: ray start --head")  # fmt: skip
    return SesrError(f"--cluster {address}: cannot be joined ({says}); check that the head runs "
                     "and that this machine is one of its nodes")  # fmt: skip


def _versions(text: str) -> str:
    """The two that Ray names."""
    found = re.findall(r"Ray:\s*(\S+)\s+Python:\s*(\S+)", text)
    both = " and ".join(f"Ray {ray} with Python {python}" for ray, python in found)
    return f"versions differ ({both})" if both else "versions of Ray or Python differ"


def _check(address: str) -> None:
    """Find out early and kindly what Ray would find out late: nobody is there.

    Raises:
        UsageError: it is no address.
        SesrError: nobody listens there.
    """
    if address == _AUTO:
        return
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise UsageError(f"--cluster {address}: is no address of a cluster; give auto, or host and "
                         "port of its head, such as 10.0.0.5:6379")  # fmt: skip
    try:
        socket.create_connection((match["host"].strip("[]"), int(match["port"])), _SECONDS).close()
    except (OSError, OverflowError) as error:
        raise SesrError(f"--cluster {address}: nobody answers there ({first_line(error)}); start "
                        "the head with: ray start --head") from error  # fmt: skip
