"""Locks between processes."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.settings import Settings
from polymarket_assets.store.locks import LockHeldError, LockLostError, advisory_lock, lock_key
from polymarket_assets.store.postgres import Postgres, ensure_postgres, stop_postgres
from tests.prepared import prepared
from tests.store.servers import kill, python, settings_for, stopped_afterwards, until


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of one server for all tests of this file."""
    home = tmp_path_factory.mktemp("locks") / "home"
    with stopped_afterwards(settings_for(prepared(home))) as settings:
        yield settings


@pytest.fixture
def postgres(shared: Settings) -> Postgres:
    return ensure_postgres(shared)


def test_a_held_lock_is_refused_and_its_holder_named(postgres: Postgres) -> None:
    with advisory_lock(postgres, "build"):
        with pytest.raises(LockHeldError) as refused, advisory_lock(postgres, "build"):
            pytest.fail("the lock was given twice")
        with advisory_lock(postgres, "another"):
            pass
    error = refused.value
    assert (error.lock, error.pid) == ("build", os.getpid())
    assert error.application_name == f"pm {os.getpid()}@{socket.gethostname()[:24]} build"
    assert error.since is not None
    assert abs(error.since.timestamp() - time.time()) < 30
    assert f"lock 'build' is held by process {os.getpid()}" in str(error)
    assert error.since.isoformat(timespec="seconds") in str(error)
    with advisory_lock(postgres, "build") as lock:
        lock.verify()


def test_a_waiter_gets_the_lock_when_the_holder_is_killed(
    postgres: Postgres, shared: Settings
) -> None:
    holder = _holder(shared)
    named = pytest.raises(LockHeldError, match=f"is held by process {holder.pid} ")
    with named, advisory_lock(postgres, "long"):
        pass
    begun = time.monotonic()
    with pytest.raises(LockHeldError), advisory_lock(postgres, "long", wait_s=0.3):
        pass
    assert 0.3 <= time.monotonic() - begun < 5
    kill(holder.pid)
    holder.communicate()
    with advisory_lock(postgres, "long", wait_s=10):
        pass


def test_a_holder_that_does_not_say_who_it_is_is_named_by_its_connection(
    postgres: Postgres,
) -> None:
    connection = postgres.connect("ledger", application_name="psql")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (lock_key("by hand"),))
    with pytest.raises(LockHeldError) as refused, advisory_lock(postgres, "by hand"):
        pass
    assert refused.value.pid == connection.info.backend_pid
    assert refused.value.application_name == "psql"
    connection.close()


def test_a_lock_of_another_database_is_another_lock(postgres: Postgres) -> None:
    connection = postgres.connect("lake")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (lock_key("elsewhere"),))
    with advisory_lock(postgres, "elsewhere"):
        pass
    connection.close()


def test_a_lock_let_go_meanwhile_says_so() -> None:
    assert "has just let it go; try again" in str(LockHeldError("x", None, "", None))


def test_a_lock_whose_server_went_away_is_known_to_be_lost(own_server: Settings) -> None:
    with advisory_lock(ensure_postgres(own_server), "fragile") as lock:
        lock.verify()
        stop_postgres(own_server)
        with pytest.raises(LockLostError, match=r"lock 'fragile' is lost: .*start this work again"):
            lock.verify()


def test_the_number_of_a_name_never_changes() -> None:
    assert lock_key("dagster-daemon") == -6600935024536522107
    assert lock_key("warehouse") != lock_key("dagster-daemon")


@given(st.text())
def test_every_name_has_a_number_postgres_accepts(name: str) -> None:
    assert -(2**63) <= lock_key(name) < 2**63


@pytest.mark.parametrize("name", ["dagster-daemon", "warehouse", "executor", "é" * 80])
def test_holders_are_found_for_positive_and_negative_numbers(postgres: Postgres, name: str) -> None:
    refused = pytest.raises(LockHeldError)
    with advisory_lock(postgres, name), refused as held, advisory_lock(postgres, name):
        pass
    assert held.value.pid == os.getpid()


def _holder(settings: Settings):
    code = """
import time
from polymarket_assets.store.locks import advisory_lock
from polymarket_assets.store.postgres import ensure_postgres
with advisory_lock(ensure_postgres(settings), "long"):
    print("held", flush=True)
    time.sleep(60)
"""
    process = python(code, home=settings.home)
    assert process.stdout is not None
    until(lambda: process.stdout.readline() == "held\n")
    return process
