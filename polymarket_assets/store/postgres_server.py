"""The embedded Postgres of one home as a process: start it, prove that it runs, stop it.

Belongs here: the life of that process. Not here: its files (postgres_files.py), its OS account
(postgres_account.py), settings or a server given by PM_POSTGRES_URL (postgres.py). It imports no
settings and no framework, because the idle watcher lives on it and should stay small.

What is true about the server is never read from `postmaster.pid` (it survives kill -9, and its
number may belong to a zombie or to somebody else). Two facts are used instead: *it runs* when a
connection says so, and *nothing of it is left* when the lock on `alive.lock` can be taken: the
starter takes that lock and the server and all its backends inherit it, so the kernel frees it with
the last of them.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg2
from psycopg2 import extensions

from polymarket_assets.store.postgres_account import Account, PostgresError
from polymarket_assets.store.postgres_files import (
    ENVIRONMENT,
    SOCKET,
    USER,
    ServerFiles,
    binaries,
    taken,
)

DATABASES = ("dagster", "lake", "ledger")  # created in this order: the last proves them all
_START_TIMEOUT_S = 180.0  # recovery after a power cut may have a lot of WAL to read
_STARTS = 3
_UNREACHABLE = ("No such file", "refused")
_NOT_YET = ("starting up", "shutting down", "recovery", "not yet accepting", *_UNREACHABLE)
_PACKAGE_PARENT = str(Path(__file__).resolve().parents[2])

log = logging.getLogger(__name__)


class EmbeddedServer:
    """The server whose files are in `home`/postgres, for any process of its owner."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.files = ServerFiles(home)

    def ensure(self, *, idle_s: float) -> Path:
        """Start the server unless it runs, with its databases; the folder of its socket.

        Args:
            idle_s: seconds without a client after which the watcher started beside it stops it.

        Raises:
            PostgresError: if it belongs to somebody else, does not start, or does not answer.
        """
        if self._problem() is not None:
            account = self.files.own()
            with self.starting():
                self._bring_up(account)
        self._watch(idle_s)
        return self.files.socket_folder()

    def connect(self, database: str) -> extensions.connection:
        """A new connection of the owner to one database of the running server."""
        return self._connect(self.files.socket_folder(), database)

    def pid(self) -> int | None:
        """The main process, if it is alive and works with these files."""
        return self._main(self._processes())

    def gone(self) -> bool:
        """Whether no process of the server is left."""
        try:
            lock = os.open(self.files.folder / "alive.lock", os.O_RDWR)
        except FileNotFoundError:
            return True
        try:
            return taken(lock)
        finally:
            os.close(lock)

    @contextmanager
    def starting(self) -> Generator[None]:
        """The right to start or stop this server, held by one process at a time."""
        lock = self.files.open("start.lock")
        deadline = time.monotonic() + 1.5 * _START_TIMEOUT_S
        try:
            while not taken(lock):
                if time.monotonic() > deadline:
                    raise PostgresError(
                        f"Another process has held {self.files.folder / 'start.lock'} for minutes"
                        " while starting or stopping Postgres."
                        f" Find it with `fuser`; read {self.files.log}."
                    )
                time.sleep(0.01)
            yield
        finally:
            os.close(lock)

    def stop(self, *, patience_s: float = 30) -> bool:
        """Stop the server and wait until it is gone; whether there was one.

        Call it while holding `starting()`. Clients are disconnected and roll back.

        Args:
            patience_s: how long each way of asking may take before the next, harder one.
        """
        processes = self._processes()
        if not processes:
            return False
        main, socket = self._main(processes), self.files.socket_folder()
        # The main process ends all others in good order; without it there is no such order.
        ways = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL) if main else (signal.SIGKILL,)
        for way in ways:
            _signal(self._processes() if main is None or way is signal.SIGKILL else {main}, way)
            deadline = time.monotonic() + patience_s
            while time.monotonic() < deadline:
                if self.gone() and not self._processes():  # the first is cheap, the second is not
                    self.files.tidy(socket)
                    return True
                time.sleep(0.02)
        raise PostgresError(
            f"Postgres in {self.files.folder} does not end, not even by SIGKILL; its processes are"
            f" {sorted(self._processes())}. Look at them with `ps`, and at {self.files.log}."
        )

    def _connect(self, socket: Path, database: str) -> extensions.connection:
        return psycopg2.connect(host=str(socket), user=USER, dbname=database, connect_timeout=10)

    def _problem(self) -> str | None:
        """Why a connection to the last created database fails; None when it does not.

        Without the socket's path: what it happens to be called must not be read as a reason.
        """
        socket = self.files.socket_folder()
        try:
            self._connect(socket, DATABASES[-1]).close()
        except psycopg2.OperationalError as error:
            return str(error).replace(str(socket), "").strip() or "no reason given"
        return None

    def _bring_up(self, account: Account) -> None:
        deadline = time.monotonic() + _START_TIMEOUT_S
        starts, unreachable_since = 0, None
        while (problem := self._problem()) is not None:
            if f'database "{DATABASES[-1]}" does not exist' in problem:
                self._create_databases()
                continue
            if not any(text in problem for text in _NOT_YET):
                raise PostgresError(
                    f"Postgres in {self.files.folder} does not accept this connection: {problem}"
                )
            if time.monotonic() > deadline:
                raise PostgresError(self._failure(problem))
            if self.gone():
                if starts == _STARTS:
                    raise PostgresError(self._failure(problem))
                self._launch(account)
                starts, unreachable_since = starts + 1, None
            elif not any(text in problem for text in _UNREACHABLE):
                unreachable_since = None
            elif unreachable_since is None:
                unreachable_since = time.monotonic()
            elif self._is_broken(time.monotonic() - unreachable_since):
                self.stop()
            time.sleep(0.02)

    def _is_broken(self, unreachable_s: float) -> bool:
        """Whether a server that lives but cannot be reached will never be.

        Either its main process was killed and a backend lingers, or its socket was removed. A
        starting server listens within its first moments, before recovery, and only then has a pid
        file.
        """
        if unreachable_s < 2:  # noqa: PLR2004 - seconds a backend needs at most to notice, usually none
            return False
        if not self.files.pid_file():
            return unreachable_s > 30  # noqa: PLR2004 - seconds a loaded machine may need to load it
        return self.pid() is None or unreachable_s > 5  # noqa: PLR2004 - seconds

    def _failure(self, problem: str) -> str:
        text = self.files.log.read_text(errors="replace") if self.files.log.exists() else ""
        return (
            f"Postgres in {self.files.folder} did not start: {problem}\n"
            f"The end of {self.files.log}:\n{text[-2000:]}\n"
            "Free disk or memory if it names them; otherwise restore a backup into a new PM_HOME."
        )

    def _launch(self, account: Account) -> None:
        _signal(self._processes(), signal.SIGKILL)  # of a home that was deleted under its server
        socket = self.files.prepare(account)
        postgres = binaries() / "postgres"
        options = ["listen_addresses=", "unix_socket_permissions=0700"]
        options.append(f"unix_socket_directories={socket}")
        program = [postgres, "-D", self.files.data]
        program += [part for text in options for part in ("-c", text)]
        command = account.command(program, reaches=[postgres, self.files.data, socket / SOCKET])
        alive, output = self.files.open("alive.lock"), self.files.open_log()
        try:
            if taken(
                alive
            ):  # else a passing `gone()` of another process holds it; the caller repeats
                _detach(command, ENVIRONMENT, output=output, keep=alive)
        finally:
            os.close(alive)
            os.close(output)

    def _watch(self, idle_s: float) -> None:
        """Start the idle watcher unless one watches; it holds `watch.lock` while it lives."""
        lock = self.files.open("watch.lock")
        try:
            if not taken(lock):
                return
            if not os.access(sys.executable, os.X_OK):
                log.warning("%s cannot be run: Postgres will not stop by itself", sys.executable)
                return
            module = "polymarket_assets.store.postgres_watch"
            command = [sys.executable, "-m", module, str(self.home), str(idle_s)]
            places = os.pathsep.join([_PACKAGE_PARENT, *filter(None, sys.path)])
            environment = {**ENVIRONMENT, "PYTHONPATH": places}
            _detach(command, environment, output=subprocess.DEVNULL, keep=lock)
        finally:
            os.close(lock)

    def _create_databases(self) -> None:
        connection = self.connect("postgres")
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                # The server may still be making one for a starter that was killed.
                cursor.execute("SELECT pg_advisory_lock(hashtext('databases'))")
                cursor.execute("SELECT datname FROM pg_database")
                held = {name for (name,) in cursor.fetchall()}
                for name in DATABASES:
                    if name not in held:
                        cursor.execute(f'CREATE DATABASE "{name}"')
        finally:
            connection.close()

    def _main(self, processes: set[int]) -> int | None:
        recorded = self.files.pid_file()
        pid = int(recorded[0]) if recorded and recorded[0].isdigit() else None
        return pid if pid in processes else None

    def _processes(self) -> set[int]:
        """Ids of all live Postgres processes that work in the data folder, zombies excepted."""
        import psutil  # noqa: PLC0415 - only starting and stopping need it, and it costs 15 ms

        found = set()
        for process in psutil.process_iter(["name"]):
            if process.info["name"] == "postgres":
                with suppress(psutil.Error):
                    if process.cwd() == str(self.files.data):
                        found.add(process.pid)
        return found


def _signal(processes: set[int], how: signal.Signals) -> None:
    for pid in processes:
        with suppress(ProcessLookupError):
            os.kill(pid, how)


def _detach(
    command: Sequence[str], environment: Mapping[str, str], *, output: int, keep: int
) -> None:
    """Start a process that outlives this one, in its own session, with no parent to reap it.

    Args:
        command: program and arguments.
        environment: all of its environment.
        output: file descriptor its output goes to.
        keep: the one other descriptor it inherits: a lock it holds while it lives.
    """
    subprocess.run(  # noqa: S603 - our own program with our own arguments
        ["/bin/sh", "-c", '"$@" &', "sh", *command],
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=(keep,),
        start_new_session=True,
        check=True,
    )
