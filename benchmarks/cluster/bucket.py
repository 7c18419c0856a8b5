"""A server that speaks as much of S3 as a job needs, with a bucket of any size that takes no room.

Of `in/` and `out/` it lists as many photographs as it is told; of what is written there it keeps
what a job keeps for itself, and the rest goes nowhere.

    python benchmarks/cluster/bucket.py 100000    # prints its port
"""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

PAGE = 1000
"""Entries that S3 lists at a time."""


class Bucket(BaseHTTPRequestHandler):
    """Answers requests for one bucket."""

    protocol_version = "HTTP/1.1"
    photographs = 0
    kept: dict[str, bytes] = {}  # noqa: RUF012

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """A page of a listing, or an object."""
        query = parse_qs(urlsplit(self.path).query)
        if "list-type" in query:
            self._answer(200, self._page(query).encode())
        elif (content := self.kept.get(self._name())) is not None:
            self._answer(200, content)
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def do_HEAD(self) -> None:
        """No object is looked at but those that were written."""
        found = self._name() in self.kept
        self._answer(200 if found else 404, b"")

    def do_PUT(self) -> None:
        """Keep an object."""
        self.kept[self._name()] = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self._answer(200, b"")

    def do_DELETE(self) -> None:
        """Forget an object."""
        self.kept.pop(self._name(), None)
        self._answer(204, b"")

    def _name(self) -> str:
        return urlsplit(self.path).path.partition("/")[2].partition("/")[2]

    def _page(self, query: dict[str, list[str]]) -> str:
        prefix = query.get("prefix", [""])[0]
        first = int(query.get("continuation-token", ["0"])[0])
        last = min(first + int(query.get("max-keys", [PAGE])[0]), self._size(prefix))
        name = "photo{:08}_x2.jpg" if prefix == "out/" else "photo{:08}.jpg"
        entries = "".join(
            f"<Contents><Key>{escape(prefix + name.format(number))}</Key>"
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f"<ETag>&quot;{number:032x}&quot;</ETag><Size>2000000</Size></Contents>"
            for number in range(first, last)
        )
        more = last < self._size(prefix)
        token = f"<NextContinuationToken>{last}</NextContinuationToken>" if more else ""
        return (
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Prefix>{escape(prefix)}</Prefix><KeyCount>{last - first}</KeyCount>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{entries}</ListBucketResult>"
        )

    def _size(self, prefix: str) -> int:
        return self.photographs if prefix in ("in/", "out/") else 0

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("ETag", '"0"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


if __name__ == "__main__":
    Bucket.photographs = int(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    print(server.server_address[1], flush=True)
    server.serve_forever()
