"""One server for all tests of the executor, and a ledger of its own for each."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from polymarket_assets.settings import Settings, load_settings
from polymarket_assets.store.ledger import bring_to_head
from polymarket_assets.store.postgres import Postgres, ensure_postgres, stop_postgres
from tests.executor.worlds import Ledger, World
from tests.prepared import prepared

_numbers = itertools.count()


@pytest.fixture(scope="session")
def home_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the home that the tests of the executor share."""
    home = prepared(tmp_path_factory.mktemp("executor"))
    return load_settings(home=home, postgres_url=None, _env_file=None)


@pytest.fixture(scope="session")
def server(home_settings: Settings) -> Iterator[Postgres]:
    """The running Postgres of that home."""
    postgres = ensure_postgres(home_settings)
    try:
        yield postgres
    finally:
        stop_postgres(home_settings)


@pytest.fixture(scope="session")
def new_ledger(server: Postgres) -> Callable[[], Ledger]:
    """Makes empty ledgers, each in a database of its own."""

    def make() -> Ledger:
        ledger = Ledger(server, f"ledger_{next(_numbers)}")
        _execute(server, f'CREATE DATABASE "{ledger.database}"')
        engine = ledger.engine
        bring_to_head(engine)
        engine.dispose()
        return ledger.keep("empty")

    return make


@pytest.fixture(scope="session")
def one_ledger(new_ledger: Callable[[], Ledger]) -> Ledger:
    """The ledger that single tests use one after the other."""
    return new_ledger()


@pytest.fixture
def ledger(one_ledger: Ledger) -> Ledger:
    """An empty ledger."""
    return one_ledger.restore("empty")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world in which nothing is offered yet."""
    return World.make(tmp_path / "world.json")


def _execute(postgres: Postgres, statement: str) -> None:
    connection = postgres.connect("postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()
