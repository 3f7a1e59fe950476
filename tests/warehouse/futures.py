"""Other futures of the tests' world: for a moment, its raw rows as if nothing had come after it,
and as if all that came after it had been otherwise.

What is known at a moment is said by the project's own macro. Some of a row is known before the row
is received: what never changes of a market, its result since the time the chain gives it, and that
the fills of a stretch of time were all collected. No future changes these; it changes the rest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.warehouse.macros import expression

Row = dict[str, Any]
Rows = Mapping[str, Sequence[Row]]

_CALLS = {
    "raw.data_trades": "known_at('fill')",
    "raw.data_activity": "known_at('fill')",
    "raw.kalshi_trades": "known_at('fill')",
    "raw.clob_prices": "known_at('price')",
    "raw.kalshi_candles": "known_at('price')",
    "raw.data_resolutions": (
        "known_at('statement', event_at='coalesce(resolved_at, last_update_at)')"
    ),
    "raw.watermarks": "known_at('observed', received_at='recorded_at')",
    "ops.source_runs": "known_at('observed', received_at='ended_at')",
    **{
        f"raw.{name}": "known_at('observed')"
        for name in (
            "gamma_events", "gamma_markets", "gamma_tags", "clob_books", "clob_markets",
            "data_leaderboard", "data_positions", "data_holders", "kalshi_books", "kalshi_events",
            "kalshi_markets", "kalshi_series",
        )
    },
}  # fmt: skip
KNOWN_AT = {
    **{name: expression("known_at.sql", call) for name, call in _CALLS.items()},
    "core.venue_pairs": "known_at",
    "core.venue_texts": "known_at",
    "leaderboards.wash_scores": "scored_at",
    "signals.python_signals": "as_of",
}
"""When a row of each table is known, as SQL over its columns."""
FIXED = ("id", "conditionId", "question", "slug", "outcomes", "clobTokenIds", "createdAt")
RESULT = ("closed", "closedTime", "outcomePrices", "umaResolutionStatus")


def deleted(told: Rows, cut: datetime) -> dict[str, list[Row]]:
    """What was known at `cut`. Rows carry `known_at`; so do those that come back."""
    return {name: list(_known(name, rows, cut)) for name, rows in told.items()}


def poisoned(told: Rows, cut: datetime, chance: Random) -> dict[str, list[Row]]:
    """What was known at `cut`, all later rows with other contents, and many that never were."""
    futures = {}
    for name, rows in told.items():
        known, otherwise = deleted({name: rows}, cut)[name], _OTHERWISE[name]
        later = [row for row in rows if row["known_at"] > cut]
        invented = 3 * list(rows)
        futures[name] = [
            *(row for row in known if row["known_at"] <= cut),
            *({**row, **otherwise(row, cut, chance)} for row in later),
            *(
                {**row, **otherwise(row, cut, chance)}
                for row in (_moved(row, cut, chance, n) for n, row in enumerate(invented))
            ),
        ]
    return futures


def _known(name: str, rows: Iterable[Row], cut: datetime) -> Iterable[Row]:
    for row in rows:
        if row["known_at"] <= cut:
            yield row
        elif name == "raw.gamma_markets":
            payload = json.loads(row["payload"])
            known = {key: payload.get(key) for key in _known_keys(payload, cut)}
            # Closed: as an open one it would make a row, at a moment nobody knows.
            yield {**row, **_payload({"closed": True, **known})}
        elif name == "ops.source_runs" and row["window_from"] and row["window_from"] < cut:
            yield {**row, "window_to": min(row["window_to"], cut)}


def _known_keys(payload: Mapping[str, Any], cut: datetime) -> tuple[str, ...]:
    closed_at = payload.get("closed") and payload.get("closedTime")
    if closed_at and datetime.fromisoformat(closed_at) <= cut:
        return FIXED + RESULT
    return FIXED


def _payload(payload: Mapping[str, Any]) -> Row:
    text = json.dumps(payload)
    return {
        "payload": text,
        "payload_sha256": hashlib.sha256(text.encode()).hexdigest(),
    } | ({"closed": bool(payload.get("closed"))} if "clobTokenIds" in payload else {})


def _soon(cut: datetime, chance: Random) -> datetime:
    """A moment after `cut`: within a minute, ten minutes or two days."""
    return cut + timedelta(seconds=chance.uniform(0.001, chance.choice((60, 600, 172_800))))


def _moved(row: Row, cut: datetime, chance: Random, n: int) -> Row:
    """A row that never was, with the contents of one that was; it is known after `cut`."""
    received = _soon(cut, chance)
    moved: Row = {"page_id": f"poison-{n}", "position": n, "run_id": f"{n}", "known_at": received}
    moved |= dict.fromkeys(
        ("received_at", "event_at", "scored_at", "as_of", "recorded_at", "last_update_at"), received
    )
    if "window_from" in row:
        moved |= dict.fromkeys(("window_from", "started_at", "ended_at"), received)
    if "transaction_hash" in row:
        # Some happened before the cut and were not known yet.
        moved["event_at"] = cut + timedelta(seconds=chance.uniform(-299, 3_600))
        moved["received_at"] = moved["event_at"] + timedelta(seconds=300)
    if "payload" in row:
        # A result that was told once may be told otherwise later.
        payload = {k: v for k, v in json.loads(row["payload"]).items() if k not in RESULT}
        moved["payload"] = json.dumps(payload)
    moved["dt"] = moved["event_at" if "event_at" in row else "received_at"].astimezone(UTC).date()
    return {**row, **{column: value for column, value in moved.items() if column in row}}


def _price(chance: Random) -> Decimal:
    return Decimal(chance.randint(2, 97)) / 100


def _levels(chance: Random, best: Decimal, step: int) -> list[Row]:
    prices = (best + step * Decimal(n) / 100 for n in range(chance.randint(0, 9)))
    return [
        {"price": price, "size": Decimal(chance.randint(1, 9_000))}
        for price in prices
        if 0 < price < 1
    ]


def _fill(row: Row, cut: datetime, chance: Random) -> Row:
    del row, cut
    return {
        "price": _price(chance),
        "size": Decimal(chance.choice((0, 3, 70, 9_000))),
        "side": chance.choice(("BUY", "SELL")),
        "transaction_hash": f"0x{chance.getrandbits(256):064x}",
    }


def _book(row: Row, cut: datetime, chance: Random) -> Row:
    del row, cut
    touch = _price(chance)
    return {
        "bids": _levels(chance, touch, -1),
        "asks": _levels(chance, touch + Decimal("0.01"), 1),
        "tick_size": chance.choice((Decimal("0.01"), Decimal("0.001"))),
    }


def _kalshi_book(row: Row, cut: datetime, chance: Random) -> Row:
    yes, no = _book(row, cut, chance), _book(row, cut, chance)
    return {
        "yes_bids": yes["bids"], "yes_asks": yes["asks"], "no_bids": no["bids"],
        "no_asks": no["asks"],
    }  # fmt: skip


def _market(row: Row, cut: datetime, chance: Random) -> Row:
    payload, bid = json.loads(row["payload"]), chance.uniform(0, 0.98)
    yes = chance.choice((0, 1, 0.5, round(bid, 3)))
    otherwise = {
        "closed": chance.random() < 0.4, "closedTime": str(_soon(cut, chance)),
        "outcomePrices": json.dumps([str(yes), str(1 - yes)]),
        "umaResolutionStatus": chance.choice((None, "proposed", "disputed", "resolved")),
        "endDate": str(cut + timedelta(hours=chance.uniform(-900, 900))),
        "startDate": str(cut - timedelta(hours=chance.uniform(0, 900))),
        "bestBid": bid, "bestAsk": chance.uniform(0.02, 1), "lastTradePrice": bid,
        "oneHourPriceChange": -bid, "oneDayPriceChange": bid, "volumeNum": 1e6 * bid,
        "volume24hr": 1e5 * bid, "liquidityNum": 1e4 * bid, "active": chance.random() < 0.7,
        "acceptingOrders": chance.random() < 0.5, "negRisk": chance.random() < 0.5,
        "orderPriceMinTickSize": 0.001, "feesEnabled": True, "feeSchedule": {"rate": 0.9},
        "feeType": chance.choice(("politics_fees", "zero_fees")), "category": "Sports",
        "eventIds": [chance.choice(("neg", "another"))], "description": f"Poison {bid}.",
    }  # fmt: skip
    known = _known_keys(payload, cut)
    return _payload(payload | {k: v for k, v in otherwise.items() if k not in known})


def _event(row: Row, cut: datetime, chance: Random) -> Row:
    otherwise = {
        "tags": [{"slug": chance.choice(("sports", "weather", "politics"))}],
        "competitive": chance.random(), "openInterest": chance.uniform(0, 1e6), "liquidity": 3,
        "marketIds": [], "negRiskAugmented": chance.random() < 0.5, "closed": True,
        "negRisk": chance.random() < 0.5, "endDate": str(cut), "category": "Weather",
    }  # fmt: skip
    return _payload(json.loads(row["payload"]) | otherwise)


def _kalshi_market(row: Row, cut: datetime, chance: Random) -> Row:
    del cut
    otherwise = {
        "rules_primary": f"Poison {chance.random()}.", "yes_ask_dollars": "0.01",
        "close_time": "2026-12-31T00:00:00Z", "result": "no",
    }  # fmt: skip
    return {**_payload(json.loads(row["payload"]) | otherwise), "status": "finalized"}


def _walk(row: Row, cut: datetime, chance: Random) -> Row:
    """A walk that proves something about the past was not known before it ended."""
    state = json.loads(row["state"])
    if "started_at" in state:
        state["started_at"] = (cut - timedelta(seconds=chance.uniform(0, 3_600))).isoformat()
    return {"state": json.dumps(state), "walk_id": f"poison-{chance.random()}"}


def _run(row: Row, cut: datetime, chance: Random) -> Row:
    if row["window_from"] is None or row["window_from"] >= cut:
        return {"window_to": _soon(cut, chance), "outcome": chance.choice(("ok", "failed"))}
    return {"window_to": row["window_to"] if row["window_to"] < cut else _soon(cut, chance)}


def _pair(row: Row, cut: datetime, chance: Random) -> Row:
    del row, cut
    relation = chance.choice(("EQUIVALENT", "COMPLEMENT", "DIFFERENT"))
    return {"relation": relation, "score": chance.random()}


def _other(**values: Any) -> Callable[[Row, datetime, Random], Row]:
    def otherwise(row: Row, cut: datetime, chance: Random) -> Row:
        del cut, chance
        return {key: value for key, value in values.items() if key in row}

    return otherwise


_OTHERWISE: dict[str, Callable[[Row, datetime, Random], Row]] = {
    "raw.data_trades": _fill,
    "raw.clob_books": _book,
    "raw.clob_prices": lambda row, cut, chance: {"price": _price(chance)},
    "raw.gamma_markets": _market,
    "raw.gamma_events": _event,
    "raw.watermarks": _walk,
    "ops.source_runs": _run,
    "raw.kalshi_books": _kalshi_book,
    "raw.kalshi_markets": _kalshi_market,
    "raw.data_leaderboard": _other(user_name="poison", verified=True, pnl_usd=Decimal(1)),
    "raw.data_activity": _fill,
    "raw.kalshi_trades": _other(yes_price=Decimal("0.5")),
    "raw.kalshi_candles": _other(price_close=Decimal("0.5")),
    "raw.data_resolutions": _other(payouts=[Decimal(0), Decimal(1)], status="resolved"),
    "raw.gamma_tags": _other(payload="{}"),
    "raw.clob_markets": _other(payload="{}"),
    "raw.data_positions": _other(size=Decimal(1)),
    "raw.data_holders": _other(size=Decimal(1)),
    "raw.kalshi_events": _other(payload="{}"),
    "raw.kalshi_series": _other(payload="{}"),
    "core.venue_pairs": _pair,
    "core.venue_texts": _other(rules_sha256="poison"),
    "leaderboards.wash_scores": _other(is_flagged=True),
    "signals.python_signals": _other(price_limit=Decimal("0.5")),
}
