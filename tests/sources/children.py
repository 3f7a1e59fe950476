"""Sources in child processes that may be killed while they run.

The fork server has everything imported, so a child costs milliseconds and inherits no connection.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection

from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.settings import Settings
from polymarket_assets.store.home import open_home
from polymarket_assets.store.lake import Lake
from tests.sources.platforms import Platform

KILLED = -9

_LATE = ["httpcore", "anyio._backends._asyncio", "pandas", "pyarrow.dataset", "pytz", "_strptime"]
"""What libraries import when they are first used: half a second of a child's first run."""
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.sources.children", *_LATE])


class Work:
    """A child process that does something in a home; `work` is a function of a module."""

    def __init__(self, settings: Settings, work: Callable[[Platform], object]) -> None:
        self._line, theirs = _processes.Pipe()
        self._process = _processes.Process(target=_run, args=(theirs, settings, work))
        self._process.start()
        theirs.close()
        assert self._line.poll(60), "the child process did not start"
        self._line.recv()

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()

    def ended(self) -> int:
        """Wait for its end: its exit code, negative for a signal."""
        self._process.join(120)
        code = self._process.exitcode
        assert code is not None, "the child process hangs"
        self._process.close()
        self._line.close()
        return code


class Child(Work):
    """A child process that runs one source in a home."""

    def __init__(
        self, settings: Settings, source: str, window: DayWindow, crash_at: str | None = None
    ) -> None:
        child = settings.model_copy(update={"crash_at": crash_at})
        super().__init__(child, partial(Platform.run, source=source, window=window))


def _run(line: Connection, settings: Settings, work: Callable[[Platform], object]) -> None:
    home = Platform(settings, open_home(settings), Lake.open(settings))
    line.send("begin")
    work(home)
