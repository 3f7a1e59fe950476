"""The stores of a home, opened to read what is there.

Unlike `store.home.open_home` this neither checks the home's origin nor gives it one: a reader mixes
nothing, so `PM_HOME=… polymarket status` needs none of the other settings the home was filled with.
The clock is the home's own.

Belongs here: opening. Not here: what is read.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from polymarket_assets.settings import Settings
from polymarket_assets.store.home import Clock
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.ledger import home_facts, open_ledger
from polymarket_assets.store.postgres import postgres_status


@dataclass(frozen=True)
class Stores:
    """An open home: its settings, its clock, its lake and an engine on its ledger."""

    settings: Settings
    clock: Clock
    lake: Lake
    engine: sa.Engine


def is_new(settings: Settings) -> bool:
    """Whether this home's embedded Postgres was never made, so that there is nothing to open."""
    folder = postgres_status(settings).data_folder
    return folder is not None and not folder.exists()


@contextmanager
def open_stores(settings: Settings) -> Generator[Stores]:
    """The stores of `settings`' home; starts the embedded Postgres if it does not run.

    Raises:
        PostgresError: Postgres does not start or answer.
        LakeUnavailableError, LakeSchemaError, LedgerVersionError: what is there cannot be used.
    """
    engine = open_ledger(settings)
    try:
        lake = Lake.open(settings)
        with lake.kept_open():
            yield Stores(settings, _clock(engine, settings), lake, engine)
    finally:
        engine.dispose()


def home_clock(settings: Settings) -> Clock:
    """The clock the home of `settings` runs on."""
    engine = open_ledger(settings)
    try:
        return _clock(engine, settings)
    finally:
        engine.dispose()


def _clock(engine: sa.Engine, settings: Settings) -> Clock:
    """The clock this home runs on; before its first use the one the settings would give it."""
    with engine.connect() as connection:
        facts = dict(
            connection.execute(sa.select(home_facts.c.key, home_facts.c.value)).tuples().all()
        )
    if held := facts.get("clock"):
        return Clock(
            datetime.fromisoformat(held["asked"]), datetime.fromisoformat(held["real_start"])
        )
    if "origin" in facts or settings.now is None:
        return Clock()
    return Clock(settings.now, datetime.now(UTC))
