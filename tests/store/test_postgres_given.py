"""A server of the user's own, named by PM_POSTGRES_URL."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg2 import extensions
from sqlalchemy.engine import make_url

from polymarket_assets.settings import Settings, load_settings
from polymarket_assets.store.postgres import (
    DATABASES,
    Postgres,
    PostgresError,
    ensure_postgres,
    postgres_status,
    stop_postgres,
)
from polymarket_assets.store.postgres_files import USER
from polymarket_assets.store.postgres_server import EmbeddedServer
from tests.prepared import prepared
from tests.store.servers import main_process, settings_for, stopped_afterwards, until

_PASSWORD = "p@ss/w:rd 100% 'ü'"


@pytest.fixture(scope="module")
def given_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Socket folder of a server where password users log in and nothing of ours is."""
    home = tmp_path_factory.mktemp("given") / "home"
    with stopped_afterwards(settings_for(prepared(home))) as settings:
        socket = ensure_postgres(settings).parameters["host"]
        server = EmbeddedServer(settings.home)
        connection = server.connect("postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            for name in DATABASES:
                cursor.execute(f"DROP DATABASE {name}")
            for role, right in (("maker", "CREATEDB"), ("guest", "")):
                cursor.execute(f"CREATE ROLE {role} LOGIN {right} PASSWORD %s", (_PASSWORD,))
        connection.close()
        rules = server.files.data / "pg_hba.conf"
        rules.write_text("local all maker,guest scram-sha-256\n" + rules.read_text())
        os.kill(main_process(settings).pid, 1)
        until(lambda: "password authentication failed" in _refusal(socket))
        yield socket


def _refusal(socket: str) -> str:
    try:
        psycopg2.connect(host=socket, user="guest", dbname="postgres", password="wrong").close()
    except psycopg2.OperationalError as error:
        return str(error)
    return "let in"


def _settings(home: Path, url: str) -> Settings:
    return load_settings(home=home, postgres_url=url, _env_file=None)


def _url(socket: str, *, user: str, password: str = _PASSWORD, scheme: str = "postgresql") -> str:
    host = quote(socket, safe="")
    return f"{scheme}://{user}:{quote(password, safe='')}@/postgres?host={host}"


def _shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def test_a_user_who_may_not_create_databases_is_told_what_to_run(
    given_server: str, tmp_path: Path
) -> None:
    with pytest.raises(PostgresError) as refused:
        ensure_postgres(_settings(tmp_path, _url(given_server, user="guest")))
    said = str(refused.value)
    assert "lacks dagster, lake, ledger" in said
    assert 'CREATE DATABASE "lake"' in said
    assert "OWNER guest" in said
    assert "permission denied" in said
    assert _PASSWORD not in _shown(refused.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg2"])
def test_missing_databases_are_created_and_used(
    given_server: str, tmp_path: Path, scheme: str
) -> None:
    settings = _settings(tmp_path, _url(given_server, user="maker", scheme=scheme))
    postgres = ensure_postgres(settings)
    assert not postgres.embedded
    for name in DATABASES:
        connection = psycopg2.connect(postgres.dsn(name))
        assert (connection.info.dbname, connection.info.user) == (name, "maker")
        connection.close()
    assert ensure_postgres(settings) is postgres
    assert not (tmp_path / "postgres").exists()

    status = postgres_status(settings)
    assert (status.running, status.embedded, status.pid) == (True, False, None)
    assert set(status.database_bytes) == set(DATABASES)
    assert status.host == given_server
    assert stop_postgres(settings) is False
    assert postgres_status(settings).running


def test_a_wrong_password_is_refused_without_being_shown(given_server: str, tmp_path: Path) -> None:
    wrong = "sesame, open: it's me"
    settings = _settings(tmp_path, _url(given_server, user="maker", password=wrong))
    with pytest.raises(
        PostgresError, match=r"cannot be reached: .*authentication failed"
    ) as refused:
        ensure_postgres(settings)
    assert "unset PM_POSTGRES_URL" in str(refused.value)
    status = postgres_status(settings)
    assert not status.running
    for text in (_shown(refused.value), repr(status), repr(settings), str(settings)):
        assert wrong not in text
        assert quote(wrong, safe="") not in text


@pytest.mark.parametrize(
    "url", ["mysql://me:sesame@host/x", "postgresql://me:ses%zzame@host/x", "sesame", "postgresql"]
)
def test_what_is_no_address_is_refused_without_being_shown(tmp_path: Path, url: str) -> None:
    settings = _settings(tmp_path, url)
    for use in (ensure_postgres, postgres_status):
        with pytest.raises(PostgresError, match="PM_POSTGRES_URL is not an address") as refused:
            use(settings)
        assert "ses" not in _shown(refused.value).replace("sessions", "")


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    settings = _settings(tmp_path, "postgresql://me:sesame@127.0.0.1:1/postgres")
    with pytest.raises(PostgresError, match=r"127\.0\.0\.1:1 \(user me\) cannot be reached"):
        ensure_postgres(settings)
    assert not postgres_status(settings).running


def test_two_processes_may_create_the_databases_at_once(given_server: str, tmp_path: Path) -> None:
    """The slower one finds the database between its look and its attempt."""
    from polymarket_assets.store.postgres import _create, _parse  # noqa: PLC0415 - the race itself

    settings = _settings(tmp_path, _url(given_server, user="maker"))
    ensure_postgres(settings)
    assert settings.postgres_url is not None
    postgres, maintenance = _parse(settings.postgres_url.get_secret_value())
    _create(postgres, list(DATABASES), maintenance)


_TEXT = st.text(st.characters(exclude_categories=["C"], exclude_characters="\0"), min_size=1)


@given(
    user=_TEXT, password=st.none() | _TEXT, host=st.sampled_from(["h.example", "/a b/c,d", "::1"])
)
def test_addresses_carry_every_name_and_password(
    user: str, password: str | None, host: str
) -> None:
    parameters = {"host": host, "port": "5433", "user": user, "sslmode": "require"}
    if password is not None:
        parameters["password"] = password
    postgres = Postgres(embedded=False, parameters=parameters)
    assert extensions.parse_dsn(postgres.dsn("lake")) == {"dbname": "lake", **parameters}
    url = make_url(postgres.url("lake"))
    assert (url.drivername, url.username, url.database) == ("postgresql+psycopg2", user, "lake")
    assert url.password == password
    found = {"host": url.host, "port": url.port and str(url.port), **url.query}
    assert {key: found[key] for key in ("host", "port", "sslmode")} == {
        "host": host,
        "port": "5433",
        "sslmode": "require",
    }
    assert "parameters" not in repr(postgres)


def test_the_embedded_address_has_no_password() -> None:
    postgres = Postgres(embedded=True, parameters={"host": "/h/socket", "user": USER})
    assert postgres.dsn("lake") == "dbname=lake host=/h/socket user=polymarket"
    assert postgres.url("lake") == "postgresql+psycopg2://polymarket@/lake?host=%2Fh%2Fsocket"
