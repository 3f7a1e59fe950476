"""A second daemon for the same home does not start."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import dagster as dg
import pytest
from dagster._daemon.types import DaemonHeartbeat

from polymarket_assets.defs.daemon import DaemonLock, hold_daemon_lock
from polymarket_assets.settings import Settings
from polymarket_assets.store.locks import LockHeldError
from polymarket_assets.store.postgres import ensure_postgres, stop_postgres


@pytest.fixture
def lock(instance_settings: Settings) -> Iterator[DaemonLock]:
    """The lock of a daemon that is not this process's instance."""
    lock = DaemonLock(ensure_postgres(instance_settings), wait_s=0.1)
    yield lock
    lock.release()


def _beat(instance: dg.DagsterInstance) -> None:
    instance.add_daemon_heartbeat(DaemonHeartbeat(time.time(), "SENSOR", "a-daemon", errors=[]))


def test_the_first_daemon_to_beat_keeps_all_others_out(
    instance: dg.DagsterInstance, instance_settings: Settings, lock: DaemonLock
) -> None:
    _beat(instance)
    _beat(instance)
    with pytest.raises(SystemExit):
        lock.hold()
    instance.dispose()
    with pytest.raises(SystemExit):  # its other threads end as well, whatever happened meanwhile
        lock.hold()


def test_a_starter_is_told_which_daemon_runs(
    instance: dg.DagsterInstance, instance_settings: Settings
) -> None:
    _beat(instance)
    with pytest.raises(LockHeldError) as refused, hold_daemon_lock(instance_settings, wait_s=0.1):
        pass
    assert refused.value.lock == "dagster-daemon"
    assert refused.value.pid == os.getpid()
    instance.dispose()
    with hold_daemon_lock(instance_settings, wait_s=0.1):
        pass


def test_a_daemon_refused_by_the_lock_writes_no_heartbeat(
    instance: dg.DagsterInstance, lock: DaemonLock
) -> None:
    instance.wipe_daemon_heartbeats()
    lock.hold()
    with pytest.raises(SystemExit):
        _beat(instance)
    assert instance.get_daemon_heartbeats() == {}


def test_who_starts_a_daemon_lets_it_take_the_lock_and_keeps_other_starters_out(
    instance_settings: Settings, lock: DaemonLock
) -> None:
    with hold_daemon_lock(instance_settings, wait_s=0.1):
        lock.hold()
        with (
            pytest.raises(LockHeldError) as refused,
            hold_daemon_lock(instance_settings, wait_s=0.1),
        ):
            pass
        assert refused.value.lock == "dagster-dev"


def test_a_daemon_takes_the_lock_again_after_the_server_was_restarted(
    instance_settings: Settings, lock: DaemonLock
) -> None:
    lock.hold()
    stop_postgres(instance_settings)
    ensure_postgres(instance_settings)
    lock.hold()
    lock.hold()
    with pytest.raises(LockHeldError), hold_daemon_lock(instance_settings, wait_s=0.1):
        pass
