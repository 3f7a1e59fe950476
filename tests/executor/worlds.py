"""Small worlds for the executor: signals, books and payouts in a JSON file, a ledger of their own.

The sources are real objects fed from the file, so a child process needs no lake and no venue, and a
killed run and its repetition see exactly the same.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from polymarket_assets.domain.book import OrderBook
from polymarket_assets.domain.money import from_micros, to_micros
from polymarket_assets.domain.signal import Signal
from polymarket_assets.executor.approve import approve
from polymarket_assets.executor.books import BadBook, Books, BooksUnavailableError
from polymarket_assets.executor.report import ApprovalReport, StepReport
from polymarket_assets.executor.resolutions import Resolution
from polymarket_assets.executor.signals import SignalBatch
from polymarket_assets.executor.step import run_step
from polymarket_assets.settings import Settings, load_settings
from polymarket_assets.store.crashpoint import crashpoints
from polymarket_assets.store.ledger import ledger_engine
from polymarket_assets.store.ledger_types import Base
from polymarket_assets.store.postgres import Postgres

_TABLES = [table.name for table in Base.metadata.sorted_tables]

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def signal(name: str, **changes: Any) -> dict[str, Any]:
    """One signal as it stands in a world's file."""
    return {
        "signal_id": name,
        "strategy": "longshot_yes",
        "strategy_version": "1",
        "action": "enter",
        "condition_id": f"market of {changes.get('token_id', name)}",
        "token_id": name,
        "outcome": "Yes",
        "question": f"Will {name} happen?",
        "side": "BUY",
        "price_limit": "0.95",
        "edge_after_fees": "0.01",
        "suggested_notional": "10",
        "as_of": NOON.isoformat(),
        "expires_at": (NOON + timedelta(minutes=30)).isoformat(),
        "tick_size": "0.01",
        "min_order_size": "5",
        "fee_rate": "0.04",
        "fee_exponent": "1",
        "neg_risk": False,
        **changes,
    }


def book(*, bids: Sequence[Any] = (), asks: Sequence[Any] = (), **changes: Any) -> dict[str, Any]:
    """One book as it stands in a world's file."""
    return {
        "bids": list(bids),
        "asks": list(asks),
        "tick_size": "0.01",
        "min_order_size": "5",
        "age_s": 1,
        "hash": "h1",
        **changes,
    }


@dataclass(frozen=True)
class World:
    """A world in a file: `now`, `signals`, `books` (or why there are none) and `payouts`."""

    path: Path

    @classmethod
    def make(cls, path: Path, **content: Any) -> World:
        """Write a world; what is not given is empty, and it is noon."""
        path.write_text(
            json.dumps(
                {"now": NOON.isoformat(), "signals": [], "books": {}, "payouts": {}} | content
            )
        )
        return cls(path)

    def content(self) -> dict[str, Any]:
        return json.loads(self.path.read_text())

    def change(self, **content: Any) -> None:
        """Let the world go on."""
        self.path.write_text(json.dumps(self.content() | content))

    def now(self) -> datetime:
        """The time of this world; it stands still."""
        return datetime.fromisoformat(self.content()["now"])

    def live(self, now: datetime) -> SignalBatch:
        """The world as a source of signals."""
        signals = tuple(_signal(row) for row in self.content()["signals"])
        return SignalBatch(7, tuple(s for s in signals if s.expires_at > now))

    def books(self, token_ids: Sequence[str]) -> Books:
        """The world as a source of books."""
        held = self.content()["books"]
        if isinstance(held, str):
            raise BooksUnavailableError(held)
        return {token: self._book(token, held[token]) for token in token_ids if token in held}

    def payouts(self, token_ids: Sequence[str], now: datetime) -> dict[str, Resolution]:
        """The world as a source of resolutions."""
        paid = self.content()["payouts"]
        return {
            token: Resolution(token, to_micros(paid[token]), now - timedelta(hours=1), now)
            for token in token_ids
            if token in paid
        }

    def _book(self, token: str, row: Any) -> OrderBook | BadBook:
        if isinstance(row, str):
            return BadBook(row)
        received_at = self.now() - timedelta(seconds=row["age_s"])
        return OrderBook.of(
            token,
            [(to_micros(p), to_micros(s)) for p, s in row["bids"]],
            [(to_micros(p), to_micros(s)) for p, s in row["asks"]],
            tick_size=to_micros(row["tick_size"]),
            min_order_size=to_micros(row["min_order_size"]),
            book_at=received_at - timedelta(hours=1),
            received_at=received_at,
            venue_hash=row["hash"],
        )


@dataclass(frozen=True)
class Ledger:
    """One database with the ledger's tables, on a server that other tests share."""

    postgres: Postgres
    database: str

    @cached_property
    def engine(self) -> sa.Engine:
        """Its engine; disposing of it closes its connections and keeps its compiled statements."""
        return ledger_engine(self.postgres.url(self.database))

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """What a query answers."""
        engine = self.engine
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(sa.text(query), values)]
        finally:
            engine.dispose()

    def execute(self, statement: str, **values: Any) -> None:
        """Change the ledger by hand."""
        engine = self.engine
        try:
            with engine.begin() as connection:
                connection.execute(sa.text(statement), values)
        finally:
            engine.dispose()

    def wait_until_left(self) -> None:
        """Wait until the server has noticed that whoever was killed is gone."""
        others = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        deadline = time.monotonic() + 30
        while self.rows(others) != [(0,)]:
            assert time.monotonic() < deadline, "somebody is still connected"
            time.sleep(0.005)

    def keep(self, moment: str) -> Ledger:
        """Remember everything as it is now under a name, for `restore`."""
        copies = "; ".join(f"CREATE TABLE {moment}.{name} AS TABLE {name}" for name in _TABLES)
        self.execute(f"DROP SCHEMA IF EXISTS {moment} CASCADE; CREATE SCHEMA {moment}; {copies}")
        return self

    def restore(self, moment: str) -> Ledger:
        """Everything as it was when it was kept; much faster than another database."""
        copies = "; ".join(
            f"INSERT INTO {n} OVERRIDING SYSTEM VALUE TABLE {moment}.{n}" for n in _TABLES
        )
        # In this role the ledger's own triggers, which forbid exactly this, do not fire.
        self.execute(
            f"SET LOCAL session_replication_role = replica;TRUNCATE {', '.join(_TABLES)}; {copies}"
        )
        return self

    def dump(self) -> str:
        """Everything the ledger holds, in one canonical text."""
        engine = self.engine
        lines = []
        try:
            with engine.connect() as connection:
                for table in Base.metadata.sorted_tables:
                    rows = connection.execute(sa.select(table).order_by(*table.primary_key))
                    lines += [f"{table.name} {tuple(map(_plain, row))}" for row in rows]
        finally:
            engine.dispose()
        return "\n".join(lines)


def settings_of(ledger: Ledger, **overrides: Any) -> Settings:
    """Settings for a run on `ledger`; nothing is read from the environment's file."""
    return load_settings(_env_file=None, home=Path("/nowhere"), **overrides)


def approve_in(world: World, ledger: Ledger, **overrides: Any) -> ApprovalReport:
    """Judge the world's signals."""
    settings = settings_of(ledger, **overrides)
    engine = ledger.engine
    try:
        return approve(
            settings, engine=engine, source=world, now=world.now, crash=crashpoints(settings)
        )
    finally:
        engine.dispose()


def step_in(
    world: World, ledger: Ledger, *, lock_wait_s: float = 30, **overrides: Any
) -> StepReport:
    """One executor step in the world."""
    engine = ledger.engine
    try:
        return run_step(
            settings_of(ledger, **overrides),
            engine=engine,
            postgres=ledger.postgres,
            books=world,
            resolutions=world,
            now=world.now,
            lock_wait_s=lock_wait_s,
        )
    finally:
        engine.dispose()


def trade_in(world: World, ledger: Ledger, **overrides: Any) -> tuple[ApprovalReport, StepReport]:
    """Judge, then trade."""
    return approve_in(world, ledger, **overrides), step_in(world, ledger, **overrides)


def usd(amount: int) -> Decimal:
    """Micro-units as people read them."""
    return from_micros(amount)


def _signal(row: dict[str, Any]) -> Signal:
    amounts = (
        "price_limit",
        "edge_after_fees",
        "suggested_notional",
        "tick_size",
        "min_order_size",
    )
    values = {name: None if row[name] is None else to_micros(row[name]) for name in amounts} | {
        name: None if row[name] is None else Decimal(row[name])
        for name in ("fee_rate", "fee_exponent")
    }
    times = {name: datetime.fromisoformat(row[name]) for name in ("as_of", "expires_at")}
    return Signal(**{**row, **values, **times})


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
