"""Made-up markets with a past: fills of many days, their markets' metadata, results and books.

Belongs here: the rows, as the sources would have written them; what they cost to transform is
transform.py's business. Each day LIVE markets trade, a tenth of them new; each lives LIFE_DAYS and
is decided on the day after. A match is three rows: the taker's of the takers' list, and both
sides'. Few wallets trade often and most rarely. Everything follows from a row's number alone.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import duckdb

from polymarket_assets.store.batch import SourceRun
from polymarket_assets.store.lake import Lake

FIRST_DAY = date(2025, 1, 1)
LIFE_DAYS = 10
LIVE = 2_000
"""Markets that trade on one day."""
NEW = LIVE // LIFE_DAYS
WALLETS = 20_000
ROWS_OF_A_MATCH = 3
PAGE = 1_000
CHUNK = 2_000_000
"""Rows of one commit."""

# A market's number is NEW times its first day plus its place among those of that day; days count
# from ten before the first, since on the first day nine tenths of the markets are older.
_CONDITION = "format('0x{:064x}', market)"
_TOKEN = "format('1{:076d}', 2 * market + %s)"
_DAY = "(TIMESTAMPTZ '2025-01-01 00:00:00Z' + to_days(CAST(%s AS INTEGER)))"

_FILLS = f"""
INSERT INTO raw.data_trades BY NAME
WITH rows AS (
    SELECT n, n // {ROWS_OF_A_MATCH} AS match, n % {ROWS_OF_A_MATCH} AS kind
    FROM range($from, $to) AS r(n)
), drawn AS (
    SELECT
        *,
        match // $a_day AS day,
        hash(match) % 1_000_000 / 1_000_000 AS u,
        hash(match, kind = 2) % 1_000_000 / 1_000_000 AS w
    FROM rows
), placed AS (
    SELECT
        *,
        CAST(floor({LIVE} * u * u) AS BIGINT) AS place,
        hash(match, 'token') % 2 AS outcome_index,
        (hash(match, 'side') % 2 = 0) != (kind = 2) AS buys
    FROM drawn
), named AS (
    SELECT
        *,
        (day + {LIFE_DAYS} - place % {LIFE_DAYS}) * {NEW} + place // {LIFE_DAYS} AS market,
        {_DAY % "day"} + to_seconds(CAST(match * 7_919 % 86_400 AS DOUBLE)) AS event_at
    FROM placed
)
SELECT
    format('{{:012d}}', n // {PAGE}) AS page_id,
    CAST(n % {PAGE} AS INTEGER) AS position,
    kind = 0 AS taker_only,
    format('0x{{:032x}}{{:032x}}', hash(match, 1), match) AS transaction_hash,
    {_TOKEN % "outcome_index"} AS token_id,
    {_CONDITION} AS condition_id,
    format('0x{{:040x}}', CAST(floor({WALLETS} * w * w * w) AS BIGINT)) AS wallet,
    if(buys, 'BUY', 'SELL') AS side,
    CAST((1 + hash(match, 'price') % 999) / 1000 AS DECIMAL(18, 6)) AS price,
    CAST((1 + hash(match, 'size') % 20_000) / 10 AS DECIMAL(18, 6)) AS size,
    event_at,
    if(outcome_index = 0, 'Yes', 'No') AS outcome,
    CAST(outcome_index AS INTEGER) AS outcome_index,
    format('Will {{}} happen?', market) AS title,
    format('market-{{}}', market) AS slug,
    format('event-{{}}', market // 4) AS event_slug,
    event_at + INTERVAL 1 MINUTE AS received_at,
    CAST(event_at AT TIME ZONE 'UTC' AS DATE) AS dt
FROM named
"""
_MARKETS = f"""
INSERT INTO raw.gamma_markets BY NAME
WITH markets AS (
    SELECT
        market,
        market // {NEW} - {LIFE_DAYS} AS born,
        hash(market, 'result') % 2 AS winner,
        unnest([false, true]) AS closed
    FROM range($from, $to) AS r(market)
), moments AS (
    SELECT
        *,
        {_DAY % f"born + if(closed, {LIFE_DAYS}, 0)"} + to_hours(if(closed, 2, -1))
            AS received_at
    FROM markets
), told AS (
    SELECT
        *,
        to_json({{
            id: CAST(market AS VARCHAR),
            conditionId: {_CONDITION},
            eventIds: [CAST(market // 4 AS VARCHAR)],
            question: format('Will {{}} happen?', market),
            slug: format('market-{{}}', market),
            description: repeat('This market resolves to Yes if it does. ', 12),
            outcomes: '["Yes", "No"]',
            clobTokenIds: format('["{{}}", "{{}}"]', {_TOKEN % 0}, {_TOKEN % 1}),
            outcomePrices: CASE
                WHEN NOT closed THEN '["0.5", "0.5"]'
                WHEN winner = 0 THEN '["1", "0"]' ELSE '["0", "1"]'
            END,
            active: true, closed: closed, acceptingOrders: NOT closed, enableOrderBook: true,
            negRisk: false, umaResolutionStatus: if(closed, 'resolved', ''),
            orderPriceMinTickSize: 0.001, orderMinSize: 5, feesEnabled: market % 3 > 0,
            feeType: 'crypto_fees_v2', feeSchedule: {{rate: 0.04, exponent: 1}},
            createdAt: strftime({_DAY % "born"} - INTERVAL 1 DAY, '%Y-%m-%dT%H:%M:%SZ'),
            startDate: strftime({_DAY % "born"}, '%Y-%m-%dT%H:%M:%SZ'),
            endDate: strftime({_DAY % f"born + {LIFE_DAYS}"}, '%Y-%m-%dT%H:%M:%SZ'),
            closedTime: if(
                closed,
                strftime(received_at - INTERVAL 1 HOUR, '%Y-%m-%d %H:%M:%S+00'),
                NULL
            )
        }}) AS payload
    FROM moments
    WHERE received_at BETWEEN $known_from AND $known_to
)
SELECT
    'markets' AS page_id,
    CAST(row_number() OVER () AS INTEGER) AS position,
    received_at,
    CAST(received_at AT TIME ZONE 'UTC' AS DATE) AS dt,
    CAST(market AS VARCHAR) AS market_id,
    {_CONDITION} AS condition_id,
    closed,
    CAST(payload AS VARCHAR) AS payload,
    sha256(CAST(payload AS VARCHAR)) AS payload_sha256
FROM told
"""
_EVENTS = f"""
INSERT INTO raw.gamma_events BY NAME
WITH events AS (
    SELECT
        event,
        {_DAY % f"4 * event // {NEW} - {LIFE_DAYS}"} - INTERVAL 1 HOUR AS received_at,
        to_json({{
            id: CAST(event AS VARCHAR),
            slug: format('event-{{}}', event),
            title: format('Event {{}}', event),
            tags: [{{slug: ['politics', 'sports', 'crypto', 'finance'][1 + event % 4]}}],
            marketIds: [CAST(4 * event + i AS VARCHAR) FOR i IN range(4)],
            active: true, closed: false
        }}) AS payload
    FROM range($from // 4, $to // 4) AS r(event)
)
SELECT
    'events' AS page_id,
    CAST(row_number() OVER () AS INTEGER) AS position,
    received_at,
    CAST(received_at AT TIME ZONE 'UTC' AS DATE) AS dt,
    CAST(event AS VARCHAR) AS event_id,
    CAST(payload AS VARCHAR) AS payload,
    sha256(CAST(payload AS VARCHAR)) AS payload_sha256
FROM events
WHERE received_at BETWEEN $known_from AND $known_to
"""
_BOOKS = f"""
INSERT INTO raw.clob_books BY NAME
SELECT
    'books' AS page_id,
    CAST(row_number() OVER () AS INTEGER) AS position,
    $at AS received_at,
    CAST($at AT TIME ZONE 'UTC' AS DATE) AS dt,
    {_TOKEN % 0} AS token_id,
    {_CONDITION} AS condition_id,
    $at AS book_at,
    [{{'price': CAST(0.50 - i / 100 AS DECIMAL(18, 6)), 'size': 10 * (i + 1)}} FOR i IN range(20)]
        AS bids,
    [{{'price': CAST(0.51 + i / 100 AS DECIMAL(18, 6)), 'size': 10 * (i + 1)}} FOR i IN range(20)]
        AS asks,
    5 AS min_order_size,
    0.001 AS tick_size,
    false AS neg_risk
FROM range($from, $to) AS r(market)
"""


class MarketsHistory:
    """A lake's made-up past, written a span of days at a time."""

    def __init__(self, lake: Lake, *, rows_a_day: int) -> None:
        """`rows_a_day` rows of raw.data_trades are written for each day, to the next match."""
        self._lake = lake
        self._matches_a_day = rows_a_day // ROWS_OF_A_MATCH
        self.days = 0

    @property
    def now(self) -> datetime:
        """An hour past the last midnight of what is written: everything before it is known."""
        midnight = datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
        return midnight + timedelta(days=self.days, hours=3)

    def add_days(self, days: int) -> None:
        """Write the fills of the next days, and what the lists said of their markets by `now`."""
        first, known_from = self.days, self.now
        if not first:
            known_from -= timedelta(days=2 * LIFE_DAYS)
        self.days += days
        a_day = self._matches_a_day * ROWS_OF_A_MATCH
        at_once = max(1, CHUNK // a_day)
        statements: list[tuple[str, dict[str, Any]]] = []
        for day in range(first, self.days, at_once):
            end = min(day + at_once, self.days)
            # One day of many rows is written in parts.
            for start in range(day * a_day, end * a_day, CHUNK - CHUNK % ROWS_OF_A_MATCH):
                rows = {
                    "from": start,
                    "to": min(start + CHUNK - CHUNK % ROWS_OF_A_MATCH, end * a_day),
                }
                statements.append((_FILLS, rows | {"a_day": self._matches_a_day}))
        # Whoever lives, or was decided, in these days; the moment of each word says which are new.
        told: dict[str, Any] = {
            "from": max(1, first - LIFE_DAYS) * NEW,
            "to": (self.days + LIFE_DAYS + 1) * NEW,
            "known_from": known_from + timedelta(microseconds=1),
            "known_to": self.now,
        }
        statements += [(_MARKETS, told), (_EVENTS, told)]
        with closing(self._lake.session(for_appends=True)) as session:
            for statement, values in statements:
                session.transaction(partial(_execute, statement=statement, values=values))
        self._lake.record_source_run(self._run(known_from))

    def add_books(self) -> None:
        """Write a book of each market that is open now, received at `now`."""
        living = {"from": (self.days + 1) * NEW, "to": (self.days + LIFE_DAYS + 1) * NEW}
        with closing(self._lake.session(for_appends=True)) as session:
            session.transaction(
                partial(_execute, statement=_BOOKS, values=living | {"at": self.now})
            )

    def _run(self, window_from: datetime) -> SourceRun:
        """The account of a fetch that brought all fills since `window_from`."""
        return SourceRun(
            run_id=f"history-{self.days}",
            source="data_trades",
            started_at=self.now,
            ended_at=self.now,
            outcome="ok",
            window_from=window_from,
            window_to=self.now,
            requests=0,
            pages=0,
            rows=0,
            accepted=0,
            unchanged=0,
            quarantined=0,
            retries=0,
            rate_limited=0,
            bytes=0,
            duration_s=0.0,
            data_until=None,
            error_class=None,
            error_message=None,
            next_action=None,
        )


def _execute(
    connection: duckdb.DuckDBPyConnection, *, statement: str, values: dict[str, Any]
) -> None:
    used = {name: value for name, value in values.items() if f"${name}" in statement}
    connection.execute(statement, used)
