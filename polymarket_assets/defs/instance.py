"""Dagster's own stores in the home: the classes dagster.yaml names.

Belongs here: where Dagster keeps runs, events, schedules, logs and files, and what it must know
about a run's process. Not here: assets and jobs.

With these classes a plain `dagster` command in the checkout needs no environment at all: it finds
or starts the home's Postgres by itself, and everything else lies under PM_HOME/dagster.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import dagster as dg
import sqlalchemy as sa
from dagster._config.config_schema import UserConfigSchema
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._core.storage.root import LocalArtifactStorage
from dagster._daemon.types import DaemonHeartbeat
from dagster._serdes import ConfigurableClassData
from dagster_postgres import (
    DagsterPostgresStorage,
    PostgresEventLogStorage,
    PostgresRunStorage,
)
from dagster_postgres.auth import PgTokenProvider
from dagster_postgres.utils import create_pg_engine

from polymarket_assets.defs.daemon import DaemonLock
from polymarket_assets.defs.reaper import PROCESS_TAG, Life, life_of_run, mark_of_this_process
from polymarket_assets.settings import Settings, load_settings
from polymarket_assets.store.locks import advisory_lock
from polymarket_assets.store.postgres import Postgres, ensure_postgres
from polymarket_assets.store.postgres_server import EmbeddedServer

EVENTS_AT_ONCE = 500
_TABLES_WAIT_S = 120
_PLANNED = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
_BEGINNINGS = (dg.DagsterEventType.RUN_STARTING, dg.DagsterEventType.RUN_START)


def _kept_connection(postgres: Postgres, token_provider: PgTokenProvider | None) -> sa.Engine:
    """An engine for Dagster's tables that keeps one connection open while its instance lives.

    Dagster's own opens one for each of some thousand events. Whatever else is open at the same
    moment is closed after use, and a kept one that has died is replaced.
    """
    return create_pg_engine(
        postgres.url("dagster"),
        token_provider,
        isolation_level="AUTOCOMMIT",
        pool_size=1,
        max_overflow=-1,
        pool_pre_ping=True,
    )


class HomeRunStorage(PostgresRunStorage):
    """Runs in the home's Postgres, each with the mark of its process; heartbeats of one daemon."""

    def __init__(self, postgres: Postgres, token_provider: PgTokenProvider | None) -> None:
        super().__init__(postgres.url("dagster"), token_provider=token_provider)
        self._engine = _kept_connection(postgres, token_provider)
        self._daemon_lock = DaemonLock(postgres)

    def handle_run_event(
        self, run_id: str, event: dg.DagsterEvent, update_timestamp: datetime | None = None
    ) -> None:
        """Also mark a run with the process that launches it, then with the one that executes it.

        The mark comes first, so that a started run always has one.
        """
        if event.event_type in _BEGINNINGS:
            self.add_run_tags(run_id, {PROCESS_TAG: mark_of_this_process()})
        super().handle_run_event(run_id, event, update_timestamp)

    def add_daemon_heartbeat(self, daemon_heartbeat: DaemonHeartbeat) -> None:
        """Also make sure that this is the only daemon: only daemons beat."""
        self._daemon_lock.hold()
        super().add_daemon_heartbeat(daemon_heartbeat)

    def dispose(self) -> None:
        """Give up the daemon's lock, if this was one."""
        self._daemon_lock.release()
        super().dispose()
        self._engine.dispose()


class HomeEventLogStorage(PostgresEventLogStorage):
    """Events in the home's Postgres; those of many partitions are written together.

    A run over a year announces and reports every asset for every day: thirteen thousand events,
    which take more than a minute when each is a transaction or two of its own.
    """

    def __init__(self, postgres: Postgres, token_provider: PgTokenProvider | None) -> None:
        self._there: set[tuple[str, ...]] = set()
        super().__init__(postgres.url("dagster"), token_provider=token_provider)
        self._engine = _kept_connection(postgres, token_provider)

    def has_table(self, table_name: str) -> bool:
        """Also remember that it is there: Dagster asks at every event."""
        return self._is_there((table_name,), partial(super().has_table, table_name))

    def has_asset_key_col(self, column_name: str) -> bool:
        """Also remember that it is there, as above."""
        found = partial(super().has_asset_key_col, column_name)
        return self._is_there(("asset_keys", column_name), found)

    def _is_there(self, name: tuple[str, ...], found: Callable[[], bool]) -> bool:
        if name not in self._there and found():
            self._there.add(name)
        return name in self._there

    def dispose(self) -> None:
        """Stop watching, and close the connection."""
        super().dispose()
        self._engine.dispose()

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Also write announcements together, where Dagster writes them one by one."""
        announced = [e for e in events if e.dagster_event_type is _PLANNED]
        if announced:
            insert = self.prepare_insert_event_batch(announced)
            with self._connect() as connection:
                stored = connection.execute(insert.returning(SqlEventLogStorageTable.c.id))
                ids = [row[0] for row in stored]
            last = {
                event.get_dagster_event().asset_key: (event, event_id)
                for event, event_id in zip(announced, ids, strict=True)
            }
            with self.index_transaction() as connection:
                for event, event_id in last.values():
                    self._store_asset_event(connection, event, event_id)
        if others := [e for e in events if e.dagster_event_type is not _PLANNED]:
            super().store_event_batch(others)


class EmbeddedPostgresStorage(DagsterPostgresStorage):
    """Dagster's tables in the home's Postgres, which is started if it does not run."""

    def __init__(
        self,
        postgres: Postgres,
        *,
        token_provider: PgTokenProvider | None = None,
        inst_data: ConfigurableClassData | None = None,
    ) -> None:
        super().__init__(
            postgres.url("dagster"), inst_data=inst_data, token_provider=token_provider
        )
        self._run_storage = HomeRunStorage(postgres, token_provider)
        self._event_log_storage = HomeEventLogStorage(postgres, token_provider)
        os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", str(EVENTS_AT_ONCE))

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Nothing to configure: PM_HOME and PM_POSTGRES_URL say it."""
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> EmbeddedPostgresStorage:
        """Called by Dagster in every one of its processes.

        The first creates the tables; without a lock two at once leave Alembic with two heads, and
        the instance is unusable from then on.
        """
        del config_value
        settings = load_settings()
        postgres = ensure_postgres(settings)
        reviver = ServerReviver(settings) if postgres.embedded else None
        with advisory_lock(postgres, "dagster-tables", wait_s=_TABLES_WAIT_S):
            return cls(postgres, token_provider=reviver, inst_data=inst_data)


class ServerReviver(PgTokenProvider):
    """Starts the embedded server again if it was killed, before Dagster's next connection to it.

    Daemon and webserver run for weeks and never ask for the server again by themselves. Dagster
    calls a token provider before each new connection; the token is the password, and there is none
    to give.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._server = EmbeddedServer(settings.home)

    def _fetch_token(self) -> tuple[str, float]:
        if self._server.gone():
            ensure_postgres(self._settings)
        return "", 0.0  # expired at once, so that the next connection asks again


class HomeRunLauncher(DefaultRunLauncher):
    """Dagster's launcher of local runs, which can also tell when a run's process has died.

    With it the monitoring daemon ends such runs within its poll interval.
    """

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Yes."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """FAILED when the process is known to be gone; what cannot be seen from here is running."""
        if life_of_run(run) is Life.GONE:
            return CheckRunHealthResult(WorkerStatus.FAILED, "its process is gone")
        return CheckRunHealthResult(WorkerStatus.RUNNING)


class HomeArtifactStorage(LocalArtifactStorage):
    """Dagster's local files, under PM_HOME/dagster."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Nothing to configure: PM_HOME says it."""
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> HomeArtifactStorage:
        """Called by Dagster."""
        del config_value
        return cls(str(load_settings().home / "dagster"), inst_data)


class HomeComputeLogs(LocalComputeLogManager):
    """What steps print, under PM_HOME/dagster/compute_logs."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Nothing to configure: PM_HOME says it."""
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> HomeComputeLogs:
        """Called by Dagster."""
        del config_value
        folder = load_settings().home / "dagster" / "compute_logs"
        return cls(str(folder), inst_data=inst_data)
