"""Child processes that trade in a world and may be killed while they do.

The fork server has everything imported, so a child costs milliseconds and inherits no connection.
"""

from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path

from polymarket_assets.store.postgres import Postgres
from tests.executor.worlds import Ledger, World, trade_in

KILLED = -9

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.executor.children"])


def start(world: World, ledger: Ledger, crash_at: str | None = None) -> Child:
    """A child that is about to trade."""
    ours, theirs = _processes.Pipe()
    parameters = dict(ledger.postgres.parameters)
    process = _processes.Process(
        target=_trade,
        args=(theirs, str(world.path), parameters, ledger.database, crash_at),
        daemon=True,
    )
    process.start()
    return Child(process, ours)


class Child:
    """A child process and the line on which it says that it begins."""

    def __init__(self, process: multiprocessing.process.BaseProcess, line: Connection) -> None:
        self._process = process
        self._line = line

    def began(self) -> None:
        """Wait until it begins to trade."""
        assert self._line.poll(30), "the child process did not start"
        self._line.recv()

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()

    def ended(self) -> int:
        """Wait for its end: its exit code, negative for a signal."""
        self._process.join(60)
        code = self._process.exitcode
        assert code is not None, "the child process hangs"
        self._process.close()
        self._line.close()
        return code


def _trade(
    line: Connection,
    world: str,
    parameters: dict[str, str],
    database: str,
    crash_at: str | None,
) -> None:
    line.send("begin")
    trade_in(World(Path(world)), Ledger(Postgres(True, parameters), database), crash_at=crash_at)
