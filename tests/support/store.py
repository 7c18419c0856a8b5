"""An object store over HTTP on this machine, and a proxy before it that fails or dawdles."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Store:
    """A server that speaks S3.

    Attributes:
        port: of the server on the loopback address.
        s3: a client of it that is none of ours.
    """

    port: int
    s3: Any

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to find it."""
        return environment(self.port)

    def names(self, bucket: str, prefix: str = "") -> list[str]:
        """All objects, those apart that a job keeps for itself."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        found = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
        return [name for name in found if ".sesr/" not in name]

    def get(self, bucket: str, name: str) -> bytes:
        content: bytes = self.s3.get_object(Bucket=bucket, Key=name)["Body"].read()
        return content

    def put(self, bucket: str, name: str, content: bytes) -> None:
        self.s3.put_object(Bucket=bucket, Key=name, Body=content)


def environment(port: int) -> dict[str, str]:
    """Of a process that is to take a port of this machine for the whole of S3."""
    return {
        **os.environ,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@contextmanager
def object_store() -> Iterator[Store]:
    """Run one in a process of its own."""
    import boto3

    port = _free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await(port)
        client = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{port}",
            aws_access_key_id="key",
            aws_secret_access_key="secret",  # noqa: S106
            region_name="us-east-1",
        )
        yield Store(port, client)
        client.close()
    finally:
        server.terminate()
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(port: int) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the object store did not start")


Trouble = Callable[[int, str, str], int | float | None]
"""From number, method and path of a request to a status to answer with, a part of the answer after
which the connection ends (below 1), or nothing for the store's own answer."""


@dataclass
class Proxy:
    """Passes requests on to a store, or gives trouble.

    Attributes:
        requests: method and path of each.
    """

    store: Store
    trouble: Trouble
    port: int = 0
    requests: list[tuple[str, str]] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[Proxy]:
        """Serve until the block ends."""
        proxy = self
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except (ConnectionError, TimeoutError):
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:
                pass

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with lock:
                    number = len(proxy.requests)
                    proxy.requests.append((self.command, self.path))
                trouble = proxy.trouble(number, self.command, self.path)
                if trouble is not None and trouble >= 1:
                    self.send_response(int(trouble))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                connection = HTTPConnection("127.0.0.1", proxy.store.port)
                connection.request(self.command, self.path, body, dict(self.headers))
                response = connection.getresponse()
                content = response.read()
                connection.close()
                self.send_response(response.status)
                for name, value in response.getheaders():
                    if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                        self.send_header(name, value)
                length = response.getheader("Content-Length") if self.command == "HEAD" else None
                self.send_header("Content-Length", length or str(len(content)))
                self.end_headers()
                if trouble is not None:
                    self.wfile.write(content[: int(len(content) * trouble)])
                    self.close_connection = True
                    return
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer  # noqa: N815

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
