"""Signals and payouts come from the published lake, books from the venue; errors stay errors."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import duckdb
import pytest

from polymarket_assets.domain.book import OrderBook
from polymarket_assets.domain.money import to_micros
from polymarket_assets.executor.books import BadBook, BooksUnavailableError, LiveBooks
from polymarket_assets.executor.desk import AccountKey
from polymarket_assets.executor.kill import kill
from polymarket_assets.executor.portfolio import portfolio
from polymarket_assets.executor.resolutions import LakeResolutions
from polymarket_assets.executor.signals import LakeSignals, NothingPublishedError
from polymarket_assets.executor.step import approvals_step, executor_step
from polymarket_assets.settings import Settings
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.ledger import open_ledger
from polymarket_assets.store.postgres import Postgres
from tests.executor.worlds import NOON

TOKENS = {name: str(n) * 77 for n, name in enumerate(("yes", "no", "bare", "bad", "gone"), 1)}
MARKET = "0x" + "ab" * 32


class Venue:
    """A CLOB on localhost that serves `books` as POST /books, or fails with `status`."""

    def __init__(self) -> None:
        self.books: list[dict[str, Any]] = []
        self.status = 200
        venue = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                asked = {row["token_id"] for row in json.loads(self.rfile.read(length))}
                held = [book for book in venue.books if book["asset_id"] in asked]
                body = json.dumps(held if venue.status == 200 else {"error": "no"}).encode()
                self.send_response(venue.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def venue_book(token: str, **changes: Any) -> dict[str, Any]:
    """A book as the venue sends it: text numbers, worst level first."""
    return {
        "market": MARKET,
        "asset_id": token,
        "timestamp": str(int(datetime.now(UTC).timestamp() * 1000)),
        "hash": "ab" * 20,
        "bids": [{"price": "0.01", "size": "900"}, {"price": "0.92", "size": "50"}],
        "asks": [{"price": "0.99", "size": "900"}, {"price": "0.94", "size": "60.5"}],
        "min_order_size": "5",
        "tick_size": "0.01",
        "neg_risk": False,
        "last_trade_price": "0.93",
        **changes,
    }


@pytest.fixture
def venue() -> Iterator[Venue]:
    """A running venue."""
    made = Venue()
    yield made
    made.close()


@pytest.fixture(scope="session")
def lake(server: Postgres, home_settings: Settings) -> Lake:
    """The shared home's lake, with the two tables that the executor reads."""
    assert server.embedded
    made = Lake.open(home_settings)
    made.transaction(
        lambda connection: connection.execute(
            """
            CREATE TABLE core.fct_resolutions (
                token_id VARCHAR, payout DECIMAL(18, 6), resolved_at TIMESTAMPTZ,
                known_at TIMESTAMPTZ
            );
            CREATE TABLE signals.signals (
                signal_id VARCHAR, strategy VARCHAR, strategy_version VARCHAR, action VARCHAR,
                condition_id VARCHAR, token_id VARCHAR, outcome VARCHAR, question VARCHAR,
                side VARCHAR, price_limit DECIMAL(18, 6), edge_after_fees DECIMAL(18, 6),
                suggested_notional_usd DECIMAL(18, 6), suggested_size DECIMAL(18, 6),
                as_of TIMESTAMPTZ, expires_at TIMESTAMPTZ, tick_size DECIMAL(18, 6),
                min_order_size DECIMAL(18, 6), fee_rate DECIMAL(18, 6),
                fee_exponent DECIMAL(18, 6), neg_risk BOOLEAN, venue VARCHAR,
                basket_id VARCHAR, basket_legs INTEGER
            );
            """
        )
    )
    return made


def publish(lake: Lake, sql: str, rows: list[tuple[Any, ...]]) -> None:
    """Add rows to the lake and publish what came of it."""

    def add(connection: duckdb.DuckDBPyConnection) -> None:
        connection.executemany(sql, rows)

    lake.transaction(add)
    lake.publish(lake.head_version(), published_at=NOON, models=1, tests=1, note="test")


SIGNAL = (
    "INSERT INTO signals.signals VALUES (?, 's', '1', 'enter', ?, ?, 'Yes', 'Q?', 'BUY',"
    " 0.95, 0.01, 10, NULL, ?, ?, 0.01, 5, ?, 1, false, 'polymarket', NULL, NULL)"
)
RATE = Decimal("0.04")


def test_signals_and_payouts_are_read_exactly_in_their_time_and_only_once_published(
    lake: Lake,
) -> None:
    token = TOKENS["yes"]
    assert LakeResolutions(lake).payouts([token], NOON) == {}
    with pytest.raises(NothingPublishedError, match="polymarket run"):
        LakeSignals(lake).live(NOON)
    minute = timedelta(minutes=1)
    publish(
        lake,
        SIGNAL,
        [
            ("now", MARKET, token, NOON - minute, NOON + minute, RATE),
            ("unknown fee", MARKET, token, NOON, NOON + minute, None),
            ("over", MARKET, token, NOON - minute, NOON, RATE),
            ("to come", MARKET, token, NOON + minute, NOON + 2 * minute, RATE),
        ],
    )
    batch = LakeSignals(lake).live(NOON)
    assert batch.version == lake.head_version() - 1
    assert [s.signal_id for s in batch.signals] == ["now", "unknown fee"]
    first, second = batch.signals
    assert (first.price_limit, first.suggested_notional) == (to_micros("0.95"), to_micros(10))
    assert (first.fee_rate, second.fee_rate) == (RATE, None)
    assert first.as_of == NOON - minute
    publish(
        lake,
        "INSERT INTO core.fct_resolutions VALUES (?, ?, ?, ?)",
        [
            (token, 1, NOON, NOON),
            (TOKENS["no"], 0, NOON, NOON + minute),
            (TOKENS["bare"], None, NOON, NOON),
        ],
    )
    lake.transaction(lambda connection: connection.execute("DELETE FROM core.fct_resolutions"))
    payouts = LakeResolutions(lake).payouts(list(TOKENS.values()), NOON)
    assert {name: r.payout for name, r in payouts.items()} == {token: to_micros(1)}
    assert LakeResolutions(lake).payouts([], NOON) == {}


def test_live_books_are_exact_and_a_bad_book_is_not_a_missing_one(
    venue: Venue, home_settings: Settings
) -> None:
    venue.books = [
        venue_book(TOKENS["yes"]),
        venue_book(TOKENS["bare"], tick_size=""),
        venue_book(TOKENS["bad"], bids=[{"price": "0.95", "size": "1"}]),
    ]
    settings = home_settings.model_copy(update={"clob_url": venue.url})
    asked = datetime.now(UTC)
    books = LiveBooks(settings, lambda: datetime.now(UTC)).books(list(TOKENS.values()))
    assert set(books) == {TOKENS["yes"], TOKENS["bare"], TOKENS["bad"]}
    book = books[TOKENS["yes"]]
    assert isinstance(book, OrderBook)
    assert book.asks[0].price == to_micros("0.94")
    assert book.asks[0].size == to_micros("60.5")
    assert book.best_bid == to_micros("0.92")
    assert asked <= book.received_at <= datetime.now(UTC)
    assert book.snapshot == "ab" * 20
    assert books[TOKENS["bare"]] == BadBook("it does not say its tick or minimum size")
    bad = books[TOKENS["bad"]]
    assert isinstance(bad, BadBook)
    assert "not below best ask" in bad.reason


def test_a_venue_that_refuses_is_unavailable_and_not_empty(
    venue: Venue, home_settings: Settings
) -> None:
    venue.status = 400
    settings = home_settings.model_copy(update={"clob_url": venue.url})
    with pytest.raises(BooksUnavailableError, match="clob_books"):
        LiveBooks(settings, lambda: datetime.now(UTC)).books([TOKENS["yes"]])


def test_a_home_trades_its_published_signals_against_the_venue_s_books(
    lake: Lake, venue: Venue, home_settings: Settings
) -> None:
    now = datetime.now(UTC)
    soon = now + timedelta(minutes=30)
    publish(lake, SIGNAL, [("real", MARKET, TOKENS["no"], now, soon, RATE)])
    venue.books = [venue_book(TOKENS["no"])]
    settings = home_settings.model_copy(update={"clob_url": venue.url})

    def clock() -> datetime:
        return datetime.now(UTC)

    assert [line.state for line in approvals_step(settings, clock).approvals] == ["APPROVED"]
    [order] = executor_step(settings, clock).orders
    assert (order.state, order.filled_usd) == ("FILLED", Decimal("9.776"))
    engine = open_ledger(settings)
    kill(engine, reason="done", actor="test", now=now)
    assert len(portfolio(engine, AccountKey("paper", "paper")).positions) == 1
    engine.dispose()
    assert executor_step(settings, clock).kill_switch
    with lake.connect(read_only=True, with_ledger=True) as connection:
        told = connection.sql("SELECT price, size, notional_usd FROM ledger.fills").fetchall()
    assert told == [(Decimal("0.94"), Decimal("10.4"), Decimal("9.776"))]
