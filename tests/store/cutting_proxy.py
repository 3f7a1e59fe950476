"""A proxy before Postgres that cuts the line in the middle of a COMMIT.

Belongs here: the line between DuckLake and its catalog, and how it breaks. With it the rarest
moment of a catalog's death, the commit done and the answer lost, comes in every run of a test. It
is a process of its own: DuckDB asks some questions of the catalog with Python's lock in its hand.
"""

from __future__ import annotations

import multiprocessing
import select
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from polymarket_assets.store.postgres import Postgres

SOCKET = ".s.PGSQL.5432"
_NEVER, _AFTER, _BEFORE = range(3)
_processes = multiprocessing.get_context("forkserver")


class CuttingProxy:
    """Carries bytes between clients and the server until it is told to cut at a commit.

    Only commits that make a version count: DuckLake ends its questions with COMMIT, too. The
    methods below the line are the process's.
    """

    def __init__(self, server: Postgres, folder: Path) -> None:
        self.postgres = replace(server, parameters={**server.parameters, "host": str(folder)})
        self._server = str(Path(server.parameters["host"]) / SOCKET)
        self._when = _processes.Value("i", _NEVER)
        self._cuts = _processes.Value("i", 0)
        self._late, self._delivered = _processes.Event(), _processes.Event()

    @property
    def cuts(self) -> int:
        """Lines cut so far."""
        return self._cuts.value

    def cut_after_commit(self) -> None:
        """The next commit is made by the server, but its answer does not come back."""
        self._when.value = _AFTER

    def cut_before_commit(self) -> None:
        """The next COMMIT is still on its way when its sender already sees the line broken."""
        self._when.value = _BEFORE

    def deliver_late(self) -> None:
        """Bring the server what is still on its way, and wait for its answer."""
        self._late.set()
        assert self._delivered.wait(20)

    # ----

    def serve(self, ready: threading.Event) -> None:
        """Take clients for ever."""
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(Path(self.postgres.parameters["host"]) / SOCKET))
        listening.listen()
        ready.set()
        while True:
            client, _ = listening.accept()
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._server)
            threading.Thread(target=self._carry, args=(client, server), daemon=True).start()

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        writes = False
        with suppress(OSError), client, server:
            while True:
                ready, _, _ = select.select([client, server], [], [])
                if server in ready:
                    if not (answer := server.recv(1 << 16)):
                        return
                    client.sendall(answer)
                if client in ready:
                    if not (message := client.recv(1 << 16)):
                        return
                    writes |= b"ducklake_snapshot VALUES" in message
                    if self._when.value and writes and b"COMMIT" in message:
                        self._cut(client, server, message)
                        return
                    server.sendall(message)

    def _cut(self, client: socket.socket, server: socket.socket, message: bytes) -> None:
        when, self._when.value = self._when.value, _NEVER
        self._cuts.value += 1
        if when == _BEFORE:
            client.close()
            self._late.wait()
        try:
            server.sendall(message)
            server.recv(1 << 16)
        finally:
            self._delivered.set()


@contextmanager
def cutting_proxy(server: Postgres) -> Generator[CuttingProxy]:
    """A proxy before `server`, on a socket with a short path."""
    with TemporaryDirectory(prefix="pm") as folder:
        proxy, ready = CuttingProxy(server, Path(folder)), _processes.Event()
        process = _processes.Process(target=proxy.serve, args=(ready,), daemon=True)
        process.start()
        try:
            assert ready.wait(60)
            yield proxy
        finally:
            process.kill()
            process.join()
