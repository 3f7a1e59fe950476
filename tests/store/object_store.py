"""As much of S3 as DuckDB needs to write, read and delete files: a folder in memory.

Belongs here: the answers to those few requests. No signature is checked. DuckDB puts the bucket's
name before the endpoint's; the bucket `127` at the endpoint `0.0.1:PORT` is thus this machine.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from urllib.parse import parse_qs, unquote, urlsplit

LAKE = "s3://127/lake"
_processes = multiprocessing.get_context("forkserver")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ObjectStore

    def do_HEAD(self) -> None:
        self._give(self.server.files.get(self._key()), head=True)

    def do_GET(self) -> None:
        if "list-type" in self._query():
            self._list()
        else:
            self._give(self.server.files.get(self._key()))

    def do_POST(self) -> None:
        self._body()
        tag = (
            "CompleteMultipartUpload" if "uploadId" in self._query() else "InitiateMultipartUpload"
        )
        self._answer(200, f"<{tag}Result><UploadId>1</UploadId></{tag}Result>".encode())

    def do_PUT(self) -> None:
        """A file, or its one part: the files of the tests are small."""
        assert self._query().get("partNumber", ["1"]) == ["1"]
        self.server.files[self._key()] = self._body()
        self._answer(200, ETag='"1"')

    def do_DELETE(self) -> None:
        self.server.files.pop(self._key(), None)
        self._answer(204)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _list(self) -> None:
        [prefix] = self._query()["prefix"]
        keys = [key for key in self.server.files if key.startswith(prefix)]
        found = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in keys)
        self._answer(200, f"<ListBucketResult>{found}</ListBucketResult>".encode())

    def _give(self, file: bytes | None, *, head: bool = False) -> None:
        if file is None:
            self._answer(404)
        elif head:
            self._answer(200, length=len(file), ETag='"1"')
        elif wanted := self.headers.get("Range"):
            first, last = (int(number) for number in wanted.removeprefix("bytes=").split("-"))
            part = file[first : last + 1]
            self._answer(
                206, part, **{"Content-Range": f"bytes {first}-{last}/{len(file)}", "ETag": '"1"'}
            )
        else:
            self._answer(200, file, ETag='"1"')

    def _answer(
        self, status: int, body: bytes = b"", *, length: int | None = None, **headers: str
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Last-Modified", "Sat, 01 Mar 2025 12:00:00 GMT")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix("/")

    def _query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.path).query, keep_blank_values=True)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))


class ObjectStore(ThreadingHTTPServer):
    """The server; `files` by key."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}


def _serve(told: Connection) -> None:
    with ObjectStore() as store:
        told.send(store.server_port)
        store.serve_forever()


@contextmanager
def object_store() -> Generator[dict[str, str]]:
    """A store for the length of the block: what DuckDB must find in the environment to use it.

    It is a process of its own: DuckDB may want a file with Python's lock in its hand.
    """
    here, there = _processes.Pipe()
    process = _processes.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield {
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
            "DUCKDB_S3_ENDPOINT": f"0.0.1:{here.recv()}",
            "DUCKDB_S3_USE_SSL": "false",
        }
    finally:
        process.kill()
        process.join()
