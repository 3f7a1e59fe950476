"""Postgres for everybody else: make sure it runs, get an address, see its state.

Belongs here: the choice between the embedded server (postgres_server.py) and the one
PM_POSTGRES_URL names, and the addresses of its three databases. Not here: what is in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg2
from psycopg2 import errorcodes, extensions

from polymarket_assets.settings import Settings
from polymarket_assets.store.postgres_account import PostgresError
from polymarket_assets.store.postgres_files import USER
from polymarket_assets.store.postgres_server import DATABASES, EmbeddedServer

_CONNECT_TIMEOUT_S = 10
# Another process created the database in the same moment.
_FASTER = (errorcodes.DUPLICATE_DATABASE, errorcodes.UNIQUE_VIOLATION)


@dataclass(frozen=True)
class Postgres:
    """A running server and how to reach its databases: "dagster", "lake" and "ledger".

    Attributes:
        embedded: whether it is the home's own server.
        parameters: libpq parameters except the database; may hold a password, so never shown.
    """

    embedded: bool
    parameters: Mapping[str, str] = field(repr=False)

    def url(self, database: str) -> str:
        """Address for SQLAlchemy and Dagster: postgresql+psycopg2://… (may hold a password)."""
        rest = dict(self.parameters)
        user, password = quote(rest.pop("user", ""), safe=""), rest.pop("password", None)
        login = user if password is None else f"{user}:{quote(password, safe='')}"
        server = ""
        if not set(rest.get("host", "")) & set("/,"):  # a host, no socket folder, no list of hosts
            host = rest.pop("host", "localhost")
            server = f"[{host}]" if ":" in host else host
            server += f":{rest.pop('port', '5432')}"
        address = f"postgresql+psycopg2://{login}@{server}/{quote(database, safe='')}"
        return f"{address}?{urlencode(rest)}" if rest else address

    def dsn(self, database: str) -> str:
        """Address for libpq: `dbname=lake host=… user=…` (may hold a password)."""
        return extensions.make_dsn(dbname=database, **self.parameters)

    def connect(
        self, database: str, *, application_name: str | None = None
    ) -> extensions.connection:
        """A new psycopg2 connection to one database."""
        return psycopg2.connect(self.dsn(database), application_name=application_name)


@dataclass(frozen=True)
class PostgresStatus:
    """What `polymarket postgres status` shows.

    Attributes:
        embedded: whether it is the home's own server or the one PM_POSTGRES_URL names.
        running: whether a connection to it succeeds now.
        pid: main process of the embedded server.
        version: e.g. "18.4".
        started_at: UTC.
        connections: clients connected now, without the one that asked.
        max_connections: how many it admits.
        database_bytes: size on disk of each database.
        host: folder of the socket, or host name.
        data_folder: of the embedded server.
        problem: why it cannot be reached, when it is not running.
    """

    embedded: bool
    running: bool
    host: str
    data_folder: Path | None = None
    pid: int | None = None
    version: str | None = None
    started_at: datetime | None = None
    connections: int | None = None
    max_connections: int | None = None
    database_bytes: Mapping[str, int] = field(default_factory=dict)
    problem: str | None = None

    @property
    def uptime_s(self) -> float | None:
        """Seconds since it started."""
        if self.started_at is None:
            return None
        return (datetime.now(UTC) - self.started_at).total_seconds()


def ensure_postgres(settings: Settings) -> Postgres:
    """The server of these settings, running and with its three databases.

    Starts the embedded one if it does not run; costs one connection (a few ms) if it does. Safe to
    call from any number of processes at once.

    Raises:
        PostgresError: naming the server, the reason and what to do.
    """
    if settings.postgres_url is not None:
        return _given(settings.postgres_url.get_secret_value())
    socket = EmbeddedServer(settings.home).ensure(idle_s=settings.postgres_idle_minutes * 60)
    return _embedded(socket)


def stop_postgres(settings: Settings) -> bool:
    """Stop the embedded server; False if none ran or PM_POSTGRES_URL names one that is not ours."""
    server = EmbeddedServer(settings.home)
    if settings.postgres_url is not None or not server.files.folder.exists():
        return False
    server.files.own()
    with server.starting():
        return server.stop()


def postgres_status(settings: Settings) -> PostgresStatus:
    """The state of the server of these settings; starts and changes nothing."""
    if settings.postgres_url is not None:
        postgres = _parse(settings.postgres_url.get_secret_value())[0]
        return _look(postgres, pid=None, data_folder=None)
    server = EmbeddedServer(settings.home)
    postgres = _embedded(server.files.socket_folder())
    return _look(postgres, pid=server.pid(), data_folder=server.files.data)


def _look(postgres: Postgres, *, pid: int | None, data_folder: Path | None) -> PostgresStatus:
    host = postgres.parameters.get("host", "localhost")
    try:
        connection = postgres.connect(DATABASES[-1])
    except psycopg2.OperationalError as error:
        problem = _said(postgres, error)
        return PostgresStatus(
            postgres.embedded, running=False, host=host, data_folder=data_folder, problem=problem
        )
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('server_version'), pg_postmaster_start_time(),"
                " (SELECT count(*) FROM pg_stat_activity"
                "  WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()),"
                " current_setting('max_connections')::int"
            )
            version, started_at, connections, most = cursor.fetchall()[0]
            cursor.execute(
                "SELECT datname, pg_database_size(oid) FROM pg_database WHERE datname = ANY(%s)"
                " ORDER BY datname",
                (list(DATABASES),),
            )
            sizes = dict(cursor.fetchall())
    finally:
        connection.close()
    return PostgresStatus(
        embedded=postgres.embedded,
        running=True,
        host=host,
        data_folder=data_folder,
        pid=pid,
        version=version,
        started_at=started_at,
        connections=connections,
        max_connections=most,
        database_bytes=sizes,
    )


def _embedded(socket: Path) -> Postgres:
    return Postgres(embedded=True, parameters={"host": str(socket), "user": USER})


def _parse(url: str) -> tuple[Postgres, str]:
    """The server a URL names, and the database in it (used only to create ours)."""
    plain = url.replace("postgresql+psycopg2://", "postgresql://", 1)
    try:
        if not plain.startswith(("postgresql://", "postgres://")):
            raise ValueError  # noqa: TRY301 - one message for both ways to be wrong
        parameters = extensions.parse_dsn(plain)
    except (ValueError, psycopg2.Error):
        # Neither the URL nor the parser's complaint is shown: both may hold the password.
        raise PostgresError(
            "PM_POSTGRES_URL is not an address of Postgres; expected"
            " postgresql://user:password@host:5432/postgres, with special signs of the password"
            " percent-encoded (@ is %40, / is %2F)."
        ) from None
    database = parameters.pop("dbname", "postgres")
    parameters.setdefault("connect_timeout", str(_CONNECT_TIMEOUT_S))
    return Postgres(embedded=False, parameters=parameters), database


@lru_cache(maxsize=8)
def _given(url: str) -> Postgres:
    """The server PM_POSTGRES_URL names; it is asked for its databases once per process."""
    postgres, maintenance = _parse(url)
    missing = [name for name in DATABASES if not _has_database(postgres, name)]
    if missing:
        _create(postgres, missing, maintenance)
    return postgres


def _has_database(postgres: Postgres, name: str) -> bool:
    try:
        postgres.connect(name).close()
    except psycopg2.OperationalError as error:
        if f'database "{name}" does not exist' in str(error):
            return False
        raise PostgresError(
            f"PM_POSTGRES_URL: {_server(postgres)} cannot be reached: {_said(postgres, error)}"
            " Check host, user and password, or unset PM_POSTGRES_URL to use the embedded server."
        ) from None
    return True


def _create(postgres: Postgres, missing: list[str], maintenance: str) -> None:
    wanted = "; ".join(f'CREATE DATABASE "{name}"' for name in missing)
    try:
        connection = postgres.connect(maintenance)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for name in missing:
                    try:
                        cursor.execute(
                            f"CREATE DATABASE \"{name}\" ENCODING 'UTF8' TEMPLATE template0"
                        )
                    except psycopg2.Error as error:
                        if error.pgcode not in _FASTER:
                            raise
        finally:
            connection.close()
    except psycopg2.Error as error:
        raise PostgresError(
            f"PM_POSTGRES_URL: {_server(postgres)} lacks {', '.join(missing)} and they could not be"
            f" created: {_said(postgres, error)} Have an administrator run: {wanted};"
            f" (OWNER {postgres.parameters.get('user', 'your user')}), or give this user CREATEDB."
        ) from None


def _server(postgres: Postgres) -> str:
    user, host = postgres.parameters.get("user", ""), postgres.parameters.get("host", "localhost")
    return f"the server {host}:{postgres.parameters.get('port', '5432')} (user {user})"


def _said(postgres: Postgres, error: psycopg2.Error) -> str:
    text = " ".join(str(error).split())
    password = postgres.parameters.get("password")
    return text.replace(password, "***") if password else text
