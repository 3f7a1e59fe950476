"""The embedded Postgres does not outlive its use."""

from __future__ import annotations

import shutil
import signal
import sys
import threading
import time

import psutil

from polymarket_assets.settings import Settings
from polymarket_assets.store.postgres import ensure_postgres, stop_postgres
from polymarket_assets.store.postgres_server import EmbeddedServer
from polymarket_assets.store.postgres_watch import watch
from tests.store.servers import kill, main_process, until


def _watchers(settings: Settings) -> list[psutil.Process]:
    module = "polymarket_assets.store.postgres_watch"
    found = []
    for process in psutil.process_iter(["cmdline"]):
        arguments = process.info["cmdline"] or []
        if module in arguments and str(settings.home) in arguments:
            found.append(process)
    return found


def test_a_server_nobody_uses_is_stopped_in_time(own_server: Settings) -> None:
    server = EmbeddedServer(own_server.home)
    server.ensure(idle_s=1.5)
    assert not server.gone()
    until(server.gone)
    until(lambda: not _watchers(own_server))


def test_the_default_idle_time_is_the_setting(own_server: Settings) -> None:
    ensure_postgres(own_server)
    ensure_postgres(own_server)
    until(lambda: len(_watchers(own_server)) == 1)
    watcher = _watchers(own_server)[0]
    assert watcher.cmdline()[-1] == str(own_server.postgres_idle_minutes * 60)
    assert watcher.memory_info().rss < 40_000_000
    assert watcher.terminal() is None

    stop_postgres(own_server)
    until(lambda: not _watchers(own_server))


def test_a_killed_watcher_is_replaced_at_the_next_use(own_server: Settings) -> None:
    ensure_postgres(own_server)
    until(lambda: len(_watchers(own_server)) == 1)
    killed = _watchers(own_server)[0].pid
    kill(killed)
    ensure_postgres(own_server)
    until(lambda: [process.pid for process in _watchers(own_server)] not in ([], [killed]))


def test_a_connected_client_and_a_passing_one_both_count_as_use(own_server: Settings) -> None:
    postgres = ensure_postgres(own_server)
    server = EmbeddedServer(own_server.home)
    ended_by_watch: list[bool] = []
    watching = threading.Thread(target=lambda: ended_by_watch.append(watch(own_server.home, 0.9)))
    connected = postgres.connect("lake")
    watching.start()
    time.sleep(1.5)
    assert not server.gone(), "stopped under a connected client"
    connected.close()
    for _ in range(6):  # 1.5 s, in which sessions begin and end between the watcher's looks
        time.sleep(0.25)
        postgres.connect("ledger").close()
    assert not server.gone(), "stopped between two short sessions"
    watching.join(10)
    assert ended_by_watch == [True]
    assert server.gone()


def test_a_server_that_answers_nobody_is_of_no_use(own_server: Settings) -> None:
    ensure_postgres(own_server)
    (own_server.home / "postgres" / "data" / "pg_hba.conf").write_text("local all all reject\n")
    main_process(own_server).send_signal(signal.SIGHUP)
    assert watch(own_server.home, 0.6) is True


def test_a_watcher_of_a_server_that_is_gone_ends(own_server: Settings) -> None:
    assert watch(own_server.home, 60) is False
    ensure_postgres(own_server)
    shutil.rmtree(own_server.home)
    assert watch(own_server.home, 60) is False
    ensure_postgres(own_server)


def test_an_interpreter_that_cannot_be_run_again_still_gets_its_server(
    own_server: Settings,
) -> None:
    """Embedded in another program, or out of this user's reach: it costs only the watcher."""
    executable, sys.executable = sys.executable, ""
    try:
        ensure_postgres(own_server).connect("lake").close()
    finally:
        sys.executable = executable
    assert _watchers(own_server) == []
