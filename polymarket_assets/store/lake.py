"""The lake: Parquet files with a transactional catalog in Postgres.

Belongs here: creating and attaching the catalog, connections (at the head, at a version, locked
down for people's SQL), transactions, expiring. What DuckLake says and does on an open connection is
`ducklake.py`'s business, what makes a commit safe `commit_guard.py`'s, group commit `writer.py`'s,
the tables are `raw.py`'s, the policy of upkeep is `maintenance.py`'s.

Rules each of which has cost data or a crash: no inlining; short connections, rolled back before
they are closed; a failed commit is *unknown*; no DDL on raw tables after their creation; expire and
delete nothing younger than a day and nothing that is published.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import duckdb
from psycopg2.extensions import make_dsn

from polymarket_assets.settings import Settings
from polymarket_assets.store.commit_guard import Door, GuardedConnection, new_door
from polymarket_assets.store.ducklake import (
    ask_inside,
    is_conflict,
    literal,
    write_in_little_memory,
)
from polymarket_assets.store.engine import open_duckdb
from polymarket_assets.store.kept import Kept
from polymarket_assets.store.lake_catalog import LakeCatalog
from polymarket_assets.store.lake_files import index_catalog, write_blank_statistics
from polymarket_assets.store.locks import advisory_lock
from polymarket_assets.store.passfile import without_password
from polymarket_assets.store.postgres import Postgres, ensure_postgres
from polymarket_assets.store.postgres_account import PostgresError
from polymarket_assets.store.query_guard import QueryConnection
from polymarket_assets.store.raw import SCHEMAS
from polymarket_assets.store.records import Parameters
from polymarket_assets.store.session import LakeUnavailableError, Session, close_quietly
from polymarket_assets.store.tables.shape import Table, View

if TYPE_CHECKING:
    import pandas as pd  # half a second that most commands need not spend

T = TypeVar("T")


class Lake(LakeCatalog):
    """One home's lake. Holds no connection; several threads may use it at once."""

    def __init__(self, settings: Settings, postgres: Postgres) -> None:
        super().__init__(settings, postgres)
        self._kept = Kept(
            partial(self.attached, None, read_only=True),
            self.session,
            partial(self.session, for_appends=True),
        )

    @property
    def postgres(self) -> Postgres:
        """The server of the catalog."""
        return self._postgres

    @classmethod
    def open(cls, settings: Settings) -> Lake:
        """The lake of the settings' home, created with its schemas and tables on first use.

        Raises:
            LakeSchemaError: the home's lake was made for other tables.
            LakeUnavailableError: the catalog does not answer.
        """
        lake = cls(settings, ensure_postgres(settings))
        if lake._missing():
            with advisory_lock(lake._postgres, "lake-create", wait_s=60):
                lake._create(lake._missing())
        return lake

    # Connections and transactions

    @contextmanager
    def connect(
        self, *, version: int | None = None, read_only: bool = False, with_ledger: bool = False
    ) -> Generator[duckdb.DuckDBPyConnection]:
        """A connection of its own, the lake attached as `lake` and in use (`FROM raw.pages`).

        Args:
            version: attach this version, read-only, instead of the head.
            read_only: refuse writes.
            with_ledger: attach the ledger's tables too, read-only, as `ledger.<table>`.

        Raises:
            VersionNotHeldError: the version never was or has expired.
            LakeUnavailableError: the catalog does not answer.
        """
        connection = self.attached(version, read_only=read_only, with_ledger=with_ledger)
        try:
            yield connection
        finally:
            close_quietly(connection)

    @contextmanager
    def connect_for_queries(
        self, *, version: int | None = None, with_ledger: bool = True
    ) -> Generator[QueryConnection]:
        """A connection for SQL typed by people: reads the lake and the ledger and nothing else.

        It shows `version`, else the published version, else the head; the ledger is always live.
        What it refuses, and why, is in query_guard.py.
        """
        if version is None and (publication := self.published()):
            version = publication.version
        with self.connect(version=version, read_only=True, with_ledger=with_ledger) as connection:
            folder = literal(self.settings.lake_path)
            connection.execute(f"SET allowed_directories = [{folder}]")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            yield QueryConnection(connection)

    def session(self, *, for_appends: bool = False) -> Session:
        """A connection that reopens itself, for one thread that commits often.

        Only one made `for_appends` can insert into tables with bounded row groups.
        """

        def attach(door: Door) -> duckdb.DuckDBPyConnection:
            connection = self.attached(None, door=door)
            if for_appends:
                write_in_little_memory(connection)
            return connection

        def connect() -> GuardedConnection:
            return GuardedConnection(attach, new_door(self.settings), self._ask_catalog)

        return Session(connect, is_conflict)

    def append_session(self) -> AbstractContextManager[Session]:
        """A session made for appends, in a block that keeps connections the one of the block."""
        return self._kept.lent()

    def transaction(self, work: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """`Session.transaction` (see there) on a connection of its own."""
        if self._kept.open:
            return self._kept.session().transaction(work)
        with closing(self.session()) as session:
            return session.transaction(work)

    def rows(
        self, sql: str, params: Parameters = None, *, version: int | None = None
    ) -> list[tuple]:
        """All rows of a query, at the head or at a version."""
        if version is None and self._kept.open:
            return self._kept.read(lambda kept: kept.execute(sql, params).fetchall())
        with self.connect(version=version, read_only=True) as connection:
            return connection.execute(sql, params).fetchall()

    def kept_open(self) -> AbstractContextManager[None]:
        """Within the block reads of the head share a connection, and transactions another.

        For one thread; a block may lie within another.
        """
        return self._kept.block()

    @contextmanager
    def reading(self) -> Generator[duckdb.DuckDBPyConnection]:
        """A connection to read the head with: the shared one where connections are kept."""
        if self._kept.open:
            yield self._kept.connection()
        else:
            with self.connect(read_only=True) as connection:
                yield connection

    def frame(
        self, sql: str, params: Parameters = None, *, version: int | None = None
    ) -> pd.DataFrame:
        """The result of a query as a pandas frame, at the head or at a version."""
        if version is None and self._kept.open:
            return self._kept.read(lambda kept: kept.execute(sql, params).df())
        with self.connect(version=version, read_only=True) as connection:
            return connection.execute(sql, params).df()

    # Upkeep

    def expire(self, versions: Collection[int]) -> None:
        """Forget versions; their files become deletable a day later. Never give a published one."""
        if versions:
            wanted = ", ".join(str(version) for version in versions)
            with self.connect() as connection:
                connection.execute(
                    f"CALL ducklake_expire_snapshots('lake', versions => [{wanted}])"
                )

    def delete_unused_files(
        self, *, older_than: timedelta, dry_run: bool = False
    ) -> tuple[int, int]:
        """Delete files no version refers to (merged, expired, left behind by a killed writer).

        Gives their number and, for a lake on this machine, their bytes; deletes nothing if
        `dry_run`.
        """
        if older_than < timedelta(days=1):
            raise ValueError(
                f"{older_than} is less than a day: a commit in flight would lose its files for good"
            )
        limit = f"older_than => now() - INTERVAL {int(older_than.total_seconds())} SECONDS"
        files = freed = 0
        with self.connect() as connection:
            for function in ("ducklake_cleanup_old_files", "ducklake_delete_orphaned_files"):
                call = f"CALL {function}('lake', {limit}"
                doomed = connection.execute(f"{call}, dry_run => true)").fetchall()
                here = [Path(path) for (path,) in doomed if Path(path).exists()]
                freed += sum(path.stat().st_size for path in here)
                files += len(doomed if dry_run else connection.execute(f"{call})").fetchall())
        return files, freed

    # Inside

    @property
    def extensions(self) -> tuple[str, ...]:
        """The DuckDB extensions an engine needs before the lake can be attached to it."""
        remote = ("httpfs",) if "://" in self.settings.lake_path else ()
        return ("ducklake", "postgres_scanner", *remote)

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Attach the newest version as `lake` to somebody else's engine (dbt's)."""
        self._attach(connection, None, read_only=False, with_ledger=False)

    def attached(
        self,
        version: int | None,
        *,
        read_only: bool = False,
        with_ledger: bool = False,
        door: Door | None = None,
    ) -> duckdb.DuckDBPyConnection:
        """What `connect` gives, for those who close it themselves."""
        connection = open_duckdb(self.settings, extensions=self.extensions)

        def attach() -> None:
            self._attach(
                connection, version, read_only=read_only, with_ledger=with_ledger, door=door
            )

        try:
            try:
                attach()
            except duckdb.Error as error:
                if "No snapshot found" in str(error) and version is not None:
                    raise self._not_held(version) from None
                # The embedded server may have gone to sleep or been killed: wake it, once.
                self._postgres = ensure_postgres(self.settings)
                attach()
        except (duckdb.Error, PostgresError) as error:
            close_quietly(connection)
            raise LakeUnavailableError(
                f"cannot attach the lake {self.settings.lake_path}: {error}"
            ) from error
        except BaseException:
            close_quietly(connection)
            raise
        return connection

    def _attach(
        self,
        connection: duckdb.DuckDBPyConnection,
        version: int | None,
        *,
        read_only: bool,
        with_ledger: bool,
        door: Door | None = None,
    ) -> None:
        data_path = self.settings.lake_path if door is None else door.path
        options = [f"DATA_PATH {literal(data_path)}", "DATA_INLINING_ROW_LIMIT 0"]
        if data_path != self.settings.lake_path:
            options.append("OVERRIDE_DATA_PATH true")
        if version is not None:
            options.append(f"SNAPSHOT_VERSION {version:d}")
        if version is not None or read_only:
            options.append("READ_ONLY")
        address = self._address("lake", name=door.name if door else None)
        catalog = literal(f"ducklake:postgres:{address}")
        connection.execute("SET ducklake_max_retry_count = 100")
        # Some thirty tiny queries to the catalog follow: a second thread would only wait, busily.
        connection.execute("SET threads = 1")
        connection.execute(f"ATTACH OR REPLACE {catalog} AS lake ({', '.join(options)})")
        if data_path != self.settings.lake_path:
            self._check_data_path(connection)
        if with_ledger:
            ledger = literal(self._address("ledger"))
            connection.execute(
                f"ATTACH OR REPLACE {ledger} AS ledger (TYPE postgres, READ_ONLY, SCHEMA 'public')"
            )
        connection.execute("USE lake")
        connection.execute(f"SET threads = {self.settings.lake_threads}")

    def _check_data_path(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Refuse a lake whose files are elsewhere, as DuckLake does unless it is told another path.

        Files written there would be found by nobody else.
        """
        question = "SELECT value FROM ducklake_metadata WHERE key = 'data_path' AND scope IS NULL"
        held = ask_inside(connection, question)
        if held != self.settings.lake_path:
            raise LakeUnavailableError(
                f"the lake's files are in {held}, not in {self.settings.lake_path}:"
                " set PM_LAKE_DATA to where they are"
            )

    def _create(self, wanted: Sequence[Table | View]) -> None:
        if not wanted:
            return
        with self.connect() as connection:
            for option, value in (
                ("data_inlining_row_limit", "0"),
                ("parquet_compression", "'zstd'"),
            ):
                connection.execute(f"CALL lake.set_option('{option}', {value})")
            connection.begin()
            for schema in SCHEMAS:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            for item in wanted:
                for statement in _creation(item):
                    connection.execute(statement)
            connection.commit()
            for item in wanted:
                if isinstance(item, Table) and item.row_group_bytes:
                    connection.execute(
                        "CALL lake.set_option('parquet_row_group_size_bytes', ?,"
                        " schema => ?, table_name => ?)",
                        [f"{item.row_group_bytes} B", item.schema, item.name],
                    )
        write_blank_statistics(self._postgres, {item.schema for item in wanted})
        index_catalog(self._postgres)

    def _address(self, database: str, *, name: str | None = None) -> str:
        """A database's address that may be shown; `name` is what the connection calls itself."""
        file = self.settings.home / "duckdb" / "pgpass"
        address = without_password(self._postgres.dsn(database), file)
        return make_dsn(address, application_name=name) if name else address


def _creation(item: Table | View) -> Iterator[str]:
    if isinstance(item, View):
        yield f"CREATE VIEW {item.qualified} AS {item.query}"
        yield f"COMMENT ON VIEW {item.qualified} IS {literal(item.description)}"
        return
    yield item.ddl()
    if item.partition:
        yield f"ALTER TABLE {item.qualified} SET PARTITIONED BY ({item.partition})"
    yield f"COMMENT ON TABLE {item.qualified} IS {literal(item.description)}"
    for column in item.columns:
        yield (f"COMMENT ON COLUMN {item.qualified}.{column.name} IS {literal(column.description)}")
