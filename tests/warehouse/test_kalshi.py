"""Kalshi's staging views: one row per key, zero times and absent quotes null, texts whole."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from polymarket_assets.warehouse.venue_texts import KALSHI, POLYMARKET, open_texts
from tests.warehouse.world import NOW, World, at

RULES = "If it rains, then the market resolves to Yes."
REWORDED = [(RULES, ""), (RULES, ""), (RULES, "Drizzle counts."), ("If it snows …", "")]


def _object(world: World, table: str, seen: datetime, ids: dict[str, str], body: Any) -> None:
    text = json.dumps(body)
    digest = hashlib.sha256(text.encode()).hexdigest()
    row = world._received(seen)
    world.add(f"raw.{table}", payload=text, payload_sha256=digest, **ids, **row)


def _market(world: World, ticker: str, seen: datetime, status: str, **body: Any) -> None:
    ids = {"ticker": ticker, "event_ticker": "KXRAIN-26", "status": status}
    _object(world, "kalshi_markets", seen, ids, {"title": "Will it rain?", **body})


def _trade(world: World, trade_id: str, when: datetime, seen: datetime) -> None:
    row = world._received(seen) | {"dt": when.date()}
    world.add(
        "raw.kalshi_trades", trade_id=trade_id, ticker="KXRAIN-26-A", yes_price=Decimal("0.3"),
        no_price=Decimal("0.7"), size=Decimal(5), taker_outcome="yes", event_at=when, **row,
    )  # fmt: skip


def _levels(*pairs: tuple[str, str]) -> list[dict[str, Decimal]]:
    return [{"price": Decimal(price), "size": Decimal(size)} for price, size in pairs]


def tell(world: World) -> None:
    event = {"title": "Rain", "category": "Climate and Weather", "mutually_exclusive": False,
             "last_updated_ts": "0001-01-01T00:00:00Z", "sub_title": ""}  # fmt: skip
    ids = {"event_ticker": "KXRAIN-26", "series_ticker": "KXRAIN"}
    series = {"title": "Rain", "tags": ["Rain", "Daily"], "fee_multiplier": 0.5,
              "settlement_sources": [{"name": "x", "url": "https://example.org"}]}  # fmt: skip
    for seen in (at("09:00"), at("09:00", "2026-11-19")):
        _object(world, "kalshi_events", seen, ids, event)
        _object(world, "kalshi_series", seen, {"series_ticker": "KXRAIN"}, series)
        world.add(
            "raw.kalshi_books", ticker="KXRAIN-26-A",
            yes_bids=_levels(("0.3", "5"), ("0.2", "9")), yes_asks=_levels(("0.35", "2")),
            no_bids=_levels(("0.65", "2")), no_asks=_levels(("0.7", "5"), ("0.8", "9")),
            **world._received(seen),
        )  # fmt: skip
        _market(world, "KXRAIN-26-A", seen, "active", yes_sub_title="Rain", rules_primary=RULES,
                rules_secondary="", yes_bid_dollars="0.3000", yes_ask_dollars="0.3500",
                volume_fp="12.50", updated_time="0001-01-01T00:00:00Z",
                close_time="2026-11-22T00:00:00Z", floor_strike=5,
                price_ranges=[{"start": "0.0000", "end": "0.1000", "step": "0.0010"},
                              {"start": "0.1000", "end": "1.0000", "step": "0.0100"}])  # fmt: skip
        _trade(world, f"trade-{seen:%d}", seen, seen + timedelta(hours=2))
        world.add(
            "raw.kalshi_candles", ticker="KXRAIN-26-A", period_minutes=60, event_at=seen,
            yes_bid_close=Decimal("0.3"), size=Decimal(0),
            **(world._received(seen) | {"dt": seen.date()}),
        )  # fmt: skip
    _market(world, "KXRAIN-26-B", at("09:00"), "finalized", result="yes", volume_fp="3.00",
            yes_bid_dollars="0.0000", yes_ask_dollars="1.0000", last_price_dollars="0.0000",
            settlement_ts="2026-11-20T08:00:00Z")  # fmt: skip
    _market(world, "KXRAIN-26-C", at("09:00"), "finalized", result="scalar",
            settlement_value_dollars="0.4500", yes_ask_dollars="0.0000")  # fmt: skip
    _trade(world, "trade-20", at("09:00"), at("11:30"))  # met again on another page
    for hour, (primary, secondary) in enumerate(REWORDED):
        _market(world, "KXRAIN-26-D", at(f"0{hour}:00"), "active", rules_primary=primary,
                rules_secondary=secondary, yes_bid_dollars=f"0.{hour + 1}000")  # fmt: skip


def test_a_trade_met_twice_is_one_and_the_first_receipt_counts(warehouse):
    rows = warehouse.rows("select * from staging.stg_kalshi_trades where dt = '2026-11-20'")
    assert [(row["trade_id"], row["size"]) for row in rows] == [("trade-20", 5)]
    assert rows[0]["received_at"].astimezone(UTC) == at("11:00")
    assert rows[0]["known_at"].astimezone(UTC) == at("09:05"), "as a collector would have had it"


def test_a_market_carries_the_words_a_match_with_another_venue_needs(warehouse):
    row = warehouse.row(
        "select * from staging.stg_kalshi_markets"
        " where ticker = 'KXRAIN-26-A' and dt = '2026-11-20'"
    )
    assert (row["title"], row["yes_sub_title"]) == ("Will it rain?", "Rain")
    assert (row["rules_primary"], row["rules_secondary"]) == (RULES, None)
    assert (row["event_ticker"], row["floor_strike"]) == ("KXRAIN-26", 5)
    assert row["close_at"].astimezone(UTC) == datetime(2026, 11, 22, tzinfo=UTC)
    assert (row["yes_bid"], row["yes_ask"]) == (Decimal("0.3"), Decimal("0.35"))
    assert (row["volume"], row["least_tick_size"]) == (Decimal("12.5"), Decimal("0.001"))
    assert (row["updated_at"], row["is_open"], row["is_final"]) == (None, True, False)
    assert row["known_at"] == row["received_at"]


def test_every_wording_of_its_rules_is_kept_beside_the_other_venue_s(warehouse):
    rows = warehouse.rows(
        "select * from core.market_versions where venue = 'kalshi' and market_id = 'KXRAIN-26-D'"
        " order by received_at"
    )
    assert [row["rules_text"] for row in rows] == [
        RULES, RULES, f"{RULES}\n\nDrizzle counts.", "If it snows …",
    ]  # fmt: skip
    assert [row["rules_changed"] for row in rows] == [False, False, True, True]
    assert [row["description"] for row in rows] == [RULES, RULES, RULES, "If it snows …"]
    assert {row["condition_id"] for row in rows} == {row["yes_token_id"] for row in rows} == {None}
    assert [row["yes_best_bid"] for row in rows] == [Decimal(n) / 10 for n in (1, 2, 3, 4)]


def test_no_quote_is_null_and_a_result_is_a_price(warehouse):
    found = warehouse.rows(
        "select * from staging.stg_kalshi_markets where is_final and event_ticker = 'KXRAIN-26'"
        " and ticker like 'KXRAIN%' order by ticker"
    )
    assert [row["settlement_price"] for row in found] == [1, Decimal("0.45")]
    for row in found:
        assert [row[name] for name in ("yes_bid", "yes_ask", "last_price")] == [None] * 3
    assert found[0]["settled_at"].astimezone(UTC) == at("08:00")


def test_events_series_books_and_candles_are_one_row_per_key(warehouse):
    one = "where dt = '2026-11-20'"
    event = warehouse.row(f"select * from staging.stg_kalshi_events {one}")
    assert (event["series_ticker"], event["sub_title"], event["updated_at"]) == (
        "KXRAIN", None, None,
    )  # fmt: skip
    series = warehouse.row(f"select * from staging.stg_kalshi_series {one}")
    assert (series["tags"], series["fee_multiplier"]) == (["rain", "daily"], Decimal("0.5"))
    assert series["settlement_sources"] == ["https://example.org"]
    book = warehouse.row(f"select * from staging.stg_kalshi_books {one} and ticker = 'KXRAIN-26-A'")
    assert [level["price"] for level in book["no_asks"]] == [Decimal("0.7"), Decimal("0.8")]
    candle = warehouse.row(f"select * from staging.stg_kalshi_candles {one}")
    assert (candle["price_close"], candle["size"]) == (None, 0)


def test_the_words_of_both_venues_are_read_from_what_dbt_builds(warehouse):
    with warehouse.lake.connect(read_only=True) as connection:
        kalshi = open_texts(connection, KALSHI, NOW)
        polymarket = open_texts(connection, POLYMARKET, NOW)
    words = {known.text.market_id: known.text for known in kalshi}["KXRAIN-26-A"]
    assert (words.title, words.outcome, words.rules) == ("Will it rain?", "Rain", RULES)
    assert polymarket
    assert all(known.known_at <= NOW for known in kalshi)
