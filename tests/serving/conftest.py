"""One home for all tests of the readers; each test finds its lake's tables empty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from polymarket_assets.settings import load_settings
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.ledger import open_ledger
from polymarket_assets.store.postgres import stop_postgres
from tests.prepared import prepared
from tests.serving.homes import BUILT, FILLED, House, Trades, trade


@pytest.fixture(scope="session")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A home whose Postgres is stopped at the end."""
    home = tmp_path_factory.mktemp("serving") / "home"
    prepared(home)
    made = load_settings(home=home, postgres_url=None, lake_memory_limit="1GB", _env_file=None)
    lake, engine = Lake.open(made), open_ledger(made)
    with closing(lake.session()) as session, lake.kept_open():
        yield House(made, lake, engine, session)
    engine.dispose()
    stop_postgres(made)


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    """The shared home with an empty lake; its ledger holds what other tests left."""
    shared_house.execute(*(f"DELETE FROM {table}" for table in FILLED))
    yield shared_house
    shared_house.execute(*(f"DROP TABLE IF EXISTS {table}" for table in BUILT))


@pytest.fixture(scope="session")
def trades(shared_house: House, tmp_path_factory: pytest.TempPathFactory) -> Trades:
    """What the executor did in the shared ledger, once."""
    return trade(shared_house, tmp_path_factory.mktemp("world"))


@pytest.fixture
def traded(trades: Trades, house: House) -> Trades:
    """The traded ledger beside an empty lake."""
    return trades
