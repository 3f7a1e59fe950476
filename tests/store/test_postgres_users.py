"""Who runs the embedded Postgres, and who may not use it."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from polymarket_assets.settings import Settings
from polymarket_assets.store.postgres import ensure_postgres, postgres_status, stop_postgres
from polymarket_assets.store.postgres_account import (
    Account,
    PostgresError,
    account_of,
    initdb_account,
    owner_names,
)
from tests.prepared import prepared
from tests.store.servers import as_user, main_process, needs_linux, needs_root, settings_for

_READ_SEARCH = 1 << 2


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder every user may pass through, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="pm-test-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def _capabilities(process: psutil.Process) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("CapEff"))
    return int(line.split()[1], 16)


@needs_root
@needs_linux
def test_started_by_root_it_runs_as_an_id_nothing_else_has(open_folder: Path) -> None:
    settings = settings_for(open_folder / "home")
    ensure_postgres(settings)
    server = main_process(settings)
    uid = server.uids().effective
    assert 60706 <= uid < 61184
    with pytest.raises(KeyError):
        pwd.getpwuid(uid)
    assert {process.uids().effective for process in server.children()} == {uid}
    assert _capabilities(server) == 0
    stop_postgres(settings)


@needs_root
@needs_linux
def test_below_a_closed_folder_it_may_read_folders_and_no_more(own_server: Settings) -> None:
    closed = [folder for folder in own_server.home.parents if not folder.stat().st_mode & 0o001]
    assert closed, "pytest's folder is expected to be private"
    ensure_postgres(own_server).connect("lake").close()
    server = main_process(own_server)
    assert _capabilities(server) == _READ_SEARCH
    connection = ensure_postgres(own_server).connect("lake")
    target = closed[0] / "written"
    with connection.cursor() as cursor, pytest.raises(psycopg2.Error, match="Permission denied"):
        cursor.execute(f"COPY (SELECT 1) TO '{target}'")
    connection.close()
    assert not target.exists()


@needs_root
def test_a_second_os_user_is_refused(open_folder: Path) -> None:
    settings = settings_for(prepared(open_folder / "home"))
    address = ensure_postgres(settings).dsn("ledger")
    inside = settings.home / "postgres"

    def connect() -> str:
        psycopg2.connect(address).close()
        return "connected"

    def read() -> str:
        return (inside / "data" / "PG_VERSION").read_text()

    def ensure() -> str:
        ensure_postgres(settings)
        return "ensured"

    assert "Permission denied" in as_user("nobody", connect)
    assert as_user("nobody", read).startswith("PermissionError")
    answer = as_user("nobody", ensure)
    assert answer.startswith("PostgresError")
    assert "only its owner (or root) may use" in answer
    assert "connected" not in as_user("nobody", lambda: str(postgres_status(settings).running))

    # Even with every door open the server knows by itself who is asking.
    for door in (inside, inside / "socket", inside / "socket" / ".s.PGSQL.5432"):
        door.chmod(0o777)
    assert 'Peer authentication failed for user "polymarket"' in as_user("nobody", connect)
    server = main_process(settings).uids().effective
    assert "failed" in as_user("nobody", lambda: str(psycopg2.connect(address + f" user={server}")))
    stop_postgres(settings)


@needs_root
def test_an_ordinary_user_needs_no_root(open_folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    os.chown(open_folder, nobody.pw_uid, nobody.pw_gid)
    settings = settings_for(open_folder / "home")

    def live() -> str:
        ensure_postgres(settings).connect("ledger").close()
        server = main_process(settings)
        return f"{server.uids().effective} {postgres_status(settings).running}"

    assert as_user("nobody", live) == f"{nobody.pw_uid} True"
    # Root may use the home of another; its server goes on belonging to that user.
    assert postgres_status(settings).running
    assert as_user("nobody", lambda: str(stop_postgres(settings))) == "True"
    ensure_postgres(settings).connect("ledger").close()
    assert main_process(settings).uids().effective == nobody.pw_uid
    assert as_user("nobody", lambda: f"{live()} {stop_postgres(settings)}").endswith("True True")


def test_run_by_an_ordinary_user_nothing_is_changed_to(tmp_path: Path) -> None:
    account = Account(os.geteuid(), os.getegid())
    command = account.command(["postgres", Path("-D")], reaches=[tmp_path / "closed"])
    assert command == ["postgres", "-D"]


@needs_root
def test_a_foreign_folder_is_told_from_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    os.chown(own, 12345, 23456)
    assert account_of(own) == Account(12345, 23456)
    free = account_of(tmp_path / "missing")
    assert free == account_of(tmp_path / "missing")
    assert free.uid in range(60706, 61184)
    tmp_path.chmod(0o755)

    def ask() -> str:
        return str(account_of(own))

    assert "belongs to" in as_user("nobody", ask)
    assert as_user("nobody", lambda: str(initdb_account())) == str(initdb_account())


@needs_root
def test_a_machine_without_setpriv_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(PostgresError, match=r"no `setpriv`.*PM_POSTGRES_URL"):
        Account(60777, 60777).command(["postgres"], reaches=[])


@needs_root
def test_a_root_without_capabilities_says_which_folder_is_closed(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    os.chown(closed, pwd.getpwnam("nobody").pw_uid, -1)

    def ask() -> str:
        return str(Account(60777, 60777).command(["postgres"], reaches=[closed / "data"]))

    assert "--ambient-caps=-all,+dac_read_search" in ask()
    # Another user has no capability to hand on, like root in a container stripped of all.
    answer = as_user("nobody", ask)
    assert f"cannot reach {closed}/data" in answer
    assert "Set PM_HOME" in answer


def test_the_owner_and_root_are_let_in_by_name() -> None:
    names = owner_names(Account(os.geteuid(), os.getegid()))
    assert set(names) == {"root", pwd.getpwuid(os.geteuid()).pw_name}
