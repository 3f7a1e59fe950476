"""A hand-made world for the warehouse: raw rows as the sources would write them, a few at a time.

Each test module tells its part of the world in a function `tell`; all are built together, once.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from polymarket_assets.store import raw
from polymarket_assets.store.lake import Lake

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TABLES = {table.qualified: table for table in raw.TABLES}
_LEVELS = Sequence[tuple[str, str]]


def at(text: str, day: str = "2026-11-20") -> datetime:
    """UTC time of day `text` (HH:MM or HH:MM:SS) on `day`."""
    return datetime.fromisoformat(f"{day}T{text}+00:00")


def wallet(name: str) -> str:
    """A wallet that is recognized by its name."""
    return "0x" + name.encode().hex().rjust(40, "0")


@dataclass(frozen=True)
class Market:
    """Ids of one market; `tokens` in the order of its outcomes."""

    name: str
    outcomes: tuple[str, ...] = ("Yes", "No")

    @property
    def condition(self) -> str:
        """Its condition id."""
        return "0x" + hashlib.sha256(self.name.encode()).hexdigest()

    @property
    def tokens(self) -> tuple[str, ...]:
        """77 digits each."""
        return tuple(
            str(10**76 + int(hashlib.sha256(f"{self.name}{o}".encode()).hexdigest()[:40], 16))
            for o in self.outcomes
        )

    @property
    def yes(self) -> str:
        """Token of the first outcome."""
        return self.tokens[0]

    @property
    def no(self) -> str:
        """Token of the second outcome."""
        return self.tokens[1]


@dataclass
class World:
    """Raw rows by table."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    _positions: Iterable[int] = field(default_factory=itertools.count)

    def add(self, table: str, **values: Any) -> None:
        """One row; its columns are checked against the table's declaration when it is written."""
        self.rows[table].append(values)

    def _received(self, moment: datetime, page: str | None = None) -> dict[str, Any]:
        position = next(iter(self._positions))
        return {
            "page_id": page or f"page-{position}",
            "position": position,
            "received_at": moment,
            "dt": moment.astimezone(UTC).date(),
        }

    def market(
        self, market: Market, *, seen: datetime, event: str | None = None, **payload: Any
    ) -> Market:
        """A version of a market; `payload` overrides an ordinary open market's JSON."""
        body = {
            "id": str(int(market.condition[2:10], 16)),
            "conditionId": market.condition,
            "eventIds": [event] if event else [],
            "question": f"Will {market.name} happen?",
            "slug": market.name,
            "outcomes": json.dumps(list(market.outcomes)),
            "clobTokenIds": json.dumps(list(market.tokens)),
            "active": True,
            "closed": False,
            "acceptingOrders": True,
            "enableOrderBook": True,
            "negRisk": False,
            "orderPriceMinTickSize": 0.01,
            "orderMinSize": 5,
            "feesEnabled": True,
            "feeType": "crypto_fees_v2",
            "feeSchedule": {"rate": 0.04, "exponent": 1},
            "createdAt": "2026-10-01T10:30:00.123456Z",
            "startDate": "2026-10-01T10:30:00Z",
            **payload,
        }
        text = json.dumps({key: value for key, value in body.items() if value is not ...})
        self.add(
            "raw.gamma_markets",
            market_id=body["id"],
            condition_id=market.condition,
            closed=body["closed"],
            payload=text,
            payload_sha256=hashlib.sha256(text.encode()).hexdigest(),
            **self._received(seen),
        )
        return market

    def event(
        self, event_id: str, *, seen: datetime, tags: Sequence[str] = (), **payload: Any
    ) -> str:
        """A version of an event."""
        body = {
            "id": event_id,
            "slug": f"event-{event_id}",
            "title": f"Event {event_id}",
            "tags": [{"id": "1", "label": tag.title(), "slug": tag} for tag in tags],
            "marketIds": [],
            "active": True,
            "closed": False,
            **payload,
        }
        text = json.dumps(body)
        self.add(
            "raw.gamma_events",
            event_id=event_id,
            payload=text,
            payload_sha256=hashlib.sha256(text.encode()).hexdigest(),
            **self._received(seen),
        )
        return event_id

    def walk(self, source: str, *, started: datetime, ended: datetime, **values: Any) -> None:
        """A complete walk through all open objects of a list."""
        self.add(
            "raw.watermarks",
            **{
                "source": source,
                "scope": "open",
                "walk_id": f"walk-{source}-{started:%d%H%M}",
                "cursor": None,
                "complete": True,
                "state": json.dumps({"started_at": started.isoformat()}),
                "page_id": "page",
                "recorded_at": ended,
                **values,
            },
        )

    def missed(self, *markets: Market, when: datetime) -> None:
        """A collection that found `markets` on neither of the venue's lists."""
        state = {"asked": len(markets), "absent": [market.condition for market in markets]}
        self.walk(
            "gamma_markets",
            started=when,
            ended=when,
            scope="follow-up",
            walk_id=f"follow-up-{when.isoformat()}",
            state=json.dumps(state),
        )

    def terms(self, market: Market, *, seen: datetime, **payload: Any) -> None:
        """A version of a market's trading terms at the CLOB."""
        text = json.dumps({"c": market.condition, **payload})
        self.add(
            "raw.clob_markets",
            condition_id=market.condition,
            payload=text,
            payload_sha256=hashlib.sha256(text.encode()).hexdigest(),
            **self._received(seen),
        )

    def tag(self, tag_id: str, *, seen: datetime, **payload: Any) -> None:
        """A version of a tag."""
        text = json.dumps({"id": tag_id, **payload})
        self.add(
            "raw.gamma_tags",
            tag_id=tag_id,
            payload=text,
            payload_sha256=hashlib.sha256(text.encode()).hexdigest(),
            **self._received(seen),
        )

    def fill(
        self,
        market: Market,
        when: datetime,
        side: str,
        size: str,
        price: str,
        *,
        outcome: int = 0,
        who: str = "somebody",
        page: str | None = None,
        seen: datetime | None = None,
        taker_only: bool | None = None,
        **values: Any,
    ) -> None:
        """A fill on both lists (or one), received a minute later unless said otherwise."""
        transaction = f"0x{next(iter(self._positions)):064x}"
        for takers in (True, False) if taker_only is None else (taker_only,):
            row = self._received(seen or when + timedelta(minutes=1), page and f"{page}-{takers}")
            row |= {
                "taker_only": takers,
                "transaction_hash": transaction,
                "token_id": market.tokens[outcome],
                "condition_id": market.condition,
                "wallet": wallet(who),
                "side": side,
                "price": Decimal(price),
                "size": Decimal(size),
                "event_at": when,
                "outcome": market.outcomes[outcome],
                "outcome_index": outcome,
                "title": f"Will {market.name} happen?",
                "slug": market.name,
                "event_slug": "",
                "name": who,
                "pseudonym": "",
                **values,
                "dt": when.date(),
            }
            self.add("raw.data_trades", **row)

    def book(
        self,
        token: str,
        seen: datetime,
        bids: _LEVELS,
        asks: _LEVELS,
        *,
        tick: str = "0.01",
        last: str | None = None,
        condition: str | None = None,
    ) -> None:
        """A book of one token, levels as (price, size) in the order given."""
        levels = [
            [{"price": Decimal(p), "size": Decimal(s)} for p, s in side] for side in (bids, asks)
        ]
        self.add(
            "raw.clob_books",
            token_id=token,
            condition_id=condition,
            book_at=seen - timedelta(seconds=3),
            hash="h",
            bids=levels[0],
            asks=levels[1],
            min_order_size=Decimal(5),
            tick_size=Decimal(tick),
            neg_risk=False,
            last_trade_price=Decimal(last) if last else None,
            **self._received(seen),
        )

    def price(
        self,
        token: str,
        when: datetime,
        price: str,
        *,
        minutes: int = 60,
        seen: datetime | None = None,
    ) -> None:
        """A point of the price history."""
        row = self._received(seen or when + timedelta(hours=1))
        self.add(
            "raw.clob_prices",
            **{**row, "dt": when.date()},
            token_id=token,
            event_at=when,
            price=Decimal(price),
            fidelity_minutes=minutes,
        )

    def run(
        self, source: str, *, covered: tuple[datetime, datetime], started: datetime, **values: Any
    ) -> None:
        """A run of a source that collected a stretch of time."""
        run_id = f"{source}-{started.isoformat()}"
        numbers = [c.name for c in raw.SOURCE_RUNS.columns if c.type in {"BIGINT", "DOUBLE"}]
        self.add(
            "ops.source_runs",
            **{
                **dict.fromkeys(numbers, 0),
                "run_id": run_id,
                "source": source,
                "started_at": started,
                "ended_at": started + timedelta(minutes=1),
                "outcome": "ok",
                "window_from": covered[0],
                "window_to": covered[1],
                **values,
            },
        )

    def tables(self) -> dict[str, pa.Table]:
        """Every row, by table."""
        return {name: _table(TABLES[name], rows) for name, rows in self.rows.items()}

    def write(self, lake: Lake) -> None:
        """Put every row into the lake."""
        with lake.connect() as connection:
            # Row groups bounded in bytes (raw.pages) are not written in order.
            connection.execute("SET preserve_insertion_order = false")
            for name, rows in self.tables().items():
                connection.register("made", rows)
                connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM made")
                connection.unregister("made")


def _table(table: raw.Table, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    unknown = {key for row in rows for key in row} - {column.name for column in table.columns}
    if unknown:
        raise ValueError(f"{table.qualified} has no columns {unknown}")
    return pa.Table.from_pylist(
        [{c.name: row.get(c.name) for c in table.columns} for row in rows],
        schema=table.arrow_schema,
    )
