"""The embedded Postgres when something was killed, left behind or taken away."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg2
import pytest

from polymarket_assets.settings import Settings
from polymarket_assets.store.postgres import ensure_postgres, postgres_status, stop_postgres
from polymarket_assets.store.postgres_files import ServerFiles
from polymarket_assets.store.postgres_server import EmbeddedServer
from tests.prepared import prepared
from tests.store.servers import (
    ended,
    kill,
    main_process,
    needs_linux,
    python,
    settings_for,
    stopped_afterwards,
)

_PR_SET_CHILD_SUBREAPER = 36


def _note(settings: Settings, text: str) -> None:
    connection = ensure_postgres(settings).connect("ledger")
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS notes (text text)")
        cursor.execute("INSERT INTO notes VALUES (%s)", (text,))
    connection.close()


def _notes(settings: Settings) -> list[str]:
    connection = ensure_postgres(settings).connect("ledger")
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM notes ORDER BY text")
        rows = cursor.fetchall()
    connection.close()
    return [text for (text,) in rows]


def test_a_killed_server_comes_back_with_all_that_was_committed(own_server: Settings) -> None:
    for round_ in range(3):
        _note(own_server, f"round {round_}")
        kill(main_process(own_server).pid)
    assert _notes(own_server) == ["round 0", "round 1", "round 2"]


@needs_linux
def test_a_killed_server_that_nobody_reaps_is_not_taken_for_running(own_server: Settings) -> None:
    with _adopting_orphans():
        _note(own_server, "before")
        zombie = main_process(own_server)
        kill(zombie.pid)
        assert zombie.status() == psutil.STATUS_ZOMBIE
        pid_file = own_server.home / "postgres" / "data" / "postmaster.pid"
        assert pid_file.read_text().startswith(f"{zombie.pid}\n")

        assert not postgres_status(own_server).running
        assert _notes(own_server) == ["before"]
        assert main_process(own_server).pid != zombie.pid
        stop_postgres(own_server)


@pytest.mark.parametrize("content", ["{other}\n{data}\n1\n5432\n{socket}\n\n", "what is this?\n"])
def test_a_pid_file_that_names_somebody_else_is_no_server(
    own_server: Settings, content: str
) -> None:
    ensure_postgres(own_server)
    stop_postgres(own_server)
    folder = own_server.home / "postgres"
    names = {"data": folder / "data", "socket": folder / "socket"}
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (folder / "data" / "postmaster.pid").write_text(content.format(other=other.pid, **names))
        assert not postgres_status(own_server).running
        assert stop_postgres(own_server) is False
        ensure_postgres(own_server).connect("lake").close()
        assert main_process(own_server).pid != other.pid
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


@pytest.mark.parametrize("name", ["home", "x" * 120])
def test_socket_files_left_behind_do_not_stop_a_start(tmp_path: Path, name: str) -> None:
    with stopped_afterwards(settings_for(prepared(tmp_path / name))) as settings:
        socket = ServerFiles(settings.home).socket_folder()
        ensure_postgres(settings)
        server = main_process(settings)
        as_server = {"user": server.uids().effective} if os.geteuid() == 0 else {}
        kill(server.pid)
        assert (socket / ".s.PGSQL.5432").exists()
        # A live process of the same user that has been given the dead server's pid.
        with subprocess.Popen(["sleep", "60"], cwd="/", **as_server) as other:
            (socket / ".s.PGSQL.5432.lock").write_text(f"{other.pid}\n")
            ensure_postgres(settings).connect("lake").close()
            other.kill()


def test_while_any_process_holds_its_lock_a_server_is_not_gone(own_server: Settings) -> None:
    """The holder may be a backend in another container, which no list of processes shows here."""
    server = EmbeddedServer(own_server.home)
    server.ensure(idle_s=600)
    stop_postgres(own_server)
    assert server.gone()
    code = """
import fcntl, sys
lock = open(settings.home / "postgres" / "alive.lock", "r+")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""
    holder = python(code, home=own_server.home, stdin=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    assert not server.gone()
    holder.communicate()
    assert server.gone()


def test_a_backend_that_outlives_the_killed_server_is_ended(own_server: Settings) -> None:
    connection = ensure_postgres(own_server).connect("ledger")
    backend = psutil.Process(connection.info.backend_pid)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 1 AS n")
    connection.commit()
    # A backend stopped in its tracks stands for one that computes and does not look around.
    backend.suspend()
    kill(main_process(own_server).pid)
    again = ensure_postgres(own_server).connect("ledger")
    with again.cursor() as cursor:
        cursor.execute("SELECT n FROM kept")
        assert cursor.fetchall() == [(1,)]
    again.close()
    assert ended(backend)
    connection.close()


def test_a_server_whose_socket_was_removed_is_started_again(own_server: Settings) -> None:
    ensure_postgres(own_server)
    first = main_process(own_server).pid
    shutil.rmtree(own_server.home / "postgres" / "socket")
    begun = time.monotonic()
    ensure_postgres(own_server).connect("ledger").close()
    assert time.monotonic() - begun < 20
    assert main_process(own_server).pid != first


def test_a_home_deleted_under_its_server_starts_afresh(own_server: Settings) -> None:
    _note(own_server, "gone")
    orphan = main_process(own_server)
    shutil.rmtree(own_server.home)
    connection = ensure_postgres(own_server).connect("ledger")
    with connection.cursor() as cursor, pytest.raises(psycopg2.errors.UndefinedTable):
        cursor.execute("SELECT * FROM notes")
    connection.close()
    assert ended(orphan)


@pytest.mark.parametrize("moment", [0.05, 0.2, 0.4])
def test_a_starter_killed_at_any_moment_leaves_nothing_in_the_way(
    fresh_home: Settings, moment: float
) -> None:
    code = """
from polymarket_assets.store.postgres import ensure_postgres
print("here", flush=True)
ensure_postgres(settings)
"""
    starter = python(code, home=fresh_home.home, start_new_session=True)
    assert starter.stdout is not None
    starter.stdout.readline()
    time.sleep(moment)
    starter.kill()
    starter.communicate()
    _note(fresh_home, "after")
    assert _notes(fresh_home) == ["after"]


def test_a_home_with_some_databases_gets_the_missing_ones(own_server: Settings) -> None:
    connection = ensure_postgres(own_server).connect("postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE ledger")
    connection.close()
    assert set(postgres_status(own_server).database_bytes) == set()
    ensure_postgres(own_server).connect("ledger").close()
    assert len(postgres_status(own_server).database_bytes) == 3


def test_databases_that_a_killed_starter_left_in_the_making_are_waited_for(
    own_server: Settings,
) -> None:
    server = EmbeddedServer(own_server.home)
    ensure_postgres(own_server)
    for _ in range(5):
        connection = server.connect("postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute('DROP DATABASE "ledger"')
        connection.close()
        with ThreadPoolExecutor() as pool:
            for made in [pool.submit(server._create_databases) for _ in range(3)]:
                made.result()
        ensure_postgres(own_server).connect("ledger").close()


def test_a_server_that_ignores_polite_signals_is_killed(own_server: Settings) -> None:
    """A frozen server handles no SIGINT; the harder signals follow."""
    ensure_postgres(own_server)
    frozen = main_process(own_server)
    frozen.suspend()
    server = EmbeddedServer(own_server.home)
    with server.starting():
        assert server.stop(patience_s=0.3)
    assert ended(frozen)
    assert server.gone()


@contextmanager
def _adopting_orphans() -> Iterator[None]:
    """Be the parent orphans fall to and never reap them, like a container without an init."""
    libc = ctypes.CDLL(None)
    assert libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    try:
        yield
    finally:
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
        for child in psutil.Process().children():
            if child.status() == psutil.STATUS_ZOMBIE:
                with suppress(ChildProcessError):
                    os.waitpid(child.pid, os.WNOHANG)
