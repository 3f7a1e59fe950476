"""Which rows of the warehouse are the facts of a signal: a query for each kind of them.

They read `asked`, a temporary table of signals with snapshot, settings and times of their build,
and give (signal id, row); explain_rows.py runs them.

Belongs here: SQL. Not here: what is made of the rows.
"""

from __future__ import annotations

from typing import Literal

Role = Literal[
    "book",
    "own book",
    "market version",
    "event version",
    "fill",
    "price point",
    "leader's fill",
    "Kalshi book",
    "Kalshi market",
    "earlier snapshot",
    "earlier fill",
    "leader's past fill",
    "match of a past fill",
    "decided market",
]

# Each as the models do it: what is newest among what was known, or what lies in the hour before.
_BOOK = """
SELECT asked.signal.signal_id, books
FROM asked
INNER JOIN core.fct_books AS books ON asked.snapshot.book_id = books.book_id
WHERE books.dt BETWEEN $first AND $last
"""
_OWN_BOOK = """
SELECT asked.signal.signal_id, books
FROM asked
INNER JOIN core.fct_books AS shown ON asked.snapshot.book_id = shown.book_id
INNER JOIN core.fct_books AS books
    ON
        asked.signal.token_id = books.token_id
        AND shown.received_at = books.received_at
        AND shown.book_id != books.book_id
WHERE
    asked.is_complement
    AND shown.dt BETWEEN $first AND $last
    AND books.dt BETWEEN $first AND $last
"""
_MARKET = """
WITH versions AS (SELECT * FROM core.market_versions WHERE condition_id IS NOT NULL)

SELECT asked.signal.signal_id, versions
FROM asked
ASOF INNER JOIN versions
    ON
        asked.snapshot.condition_id = versions.condition_id
        AND asked.snapshot.as_of >= versions.known_at
"""
_EVENT = """
SELECT asked.signal.signal_id, versions
FROM asked
ASOF INNER JOIN core.int_event_versions AS versions
    ON asked.snapshot.event_id = versions.event_id AND asked.snapshot.as_of >= versions.known_at
"""
_FILLS = """
SELECT asked.signal.signal_id, fills
FROM asked
INNER JOIN core.fct_trades AS fills ON asked.snapshot.condition_id = fills.condition_id
WHERE
    asked.snapshot.trades_ok
    AND fills.size > 0
    AND fills.event_at > asked.snapshot.as_of - INTERVAL '1 hour'
    AND fills.event_at <= asked.snapshot.as_of
    AND fills.known_at <= asked.snapshot.as_of
    AND fills.dt BETWEEN $first AND $last
ORDER BY fills.event_at, fills.fill_id
"""
_PRICES = """
SELECT asked.signal.signal_id, points
FROM asked
INNER JOIN core.fct_prices AS points ON asked.snapshot.condition_id = points.condition_id
WHERE
    asked.snapshot.realized_vol_1h IS NOT NULL
    AND points.is_yes
    AND points.fidelity_minutes = 1
    AND NOT points.is_after_close
    AND points.event_at > asked.snapshot.as_of - INTERVAL '1 hour'
    AND points.event_at <= asked.snapshot.as_of
    AND points.known_at <= asked.snapshot.as_of
    AND points.dt BETWEEN $first AND $last
ORDER BY points.event_at
"""
_LEADER = """
SELECT asked.signal.signal_id, fills
FROM asked
INNER JOIN core.fct_wallet_fills AS fills
    ON
        asked.signal.leader_wallet = fills.wallet
        AND asked.signal.token_id = fills.token_id
        AND asked.signal.side = fills.side
WHERE
    asked.signal.strategy = 'copy_trading'
    AND fills.size > 0
    AND fills.market_status = 'listed'
    AND (fills.side = 'SELL' OR fills.role = 'taker')
    AND fills.known_at <= asked.signal.as_of
    AND fills.event_at
    > asked.signal.as_of - to_seconds(CAST(asked.settings['fill_age_max_s'] AS DOUBLE))
    AND fills.dt BETWEEN $first AND $last
ORDER BY fills.event_at, fills.fill_id
"""
_KALSHI_BOOK = """
SELECT asked.signal.signal_id, books
FROM asked
ASOF INNER JOIN staging.stg_kalshi_books AS books
    ON asked.signal.condition_id = books.ticker AND asked.signal.as_of >= books.known_at
WHERE asked.signal.venue = 'kalshi'
"""
_KALSHI_MARKET = """
SELECT asked.signal.signal_id, versions
FROM asked
ASOF INNER JOIN staging.stg_kalshi_markets AS versions
    ON asked.signal.condition_id = versions.ticker AND asked.signal.as_of >= versions.known_at
WHERE asked.signal.venue = 'kalshi'
"""

# A market's own past: the snapshot at the end of each bar that its volatility is made of, and every
# one that a watched move may end at or begin at, a bar and a half before. A snapshot leads to the
# book it was made of.
_EARLIER_SNAPSHOTS = """
SELECT histories.signal_id, histories
FROM (
    SELECT
        asked.signal.signal_id AS signal_id,
        snapshots.as_of, snapshots.mid_price, snapshots.logit_mid, snapshots.tick_size,
        snapshots.trades_ok, snapshots.volume_1h, snapshots.neg_risk, snapshots.event_yes_sum,
        books.page_id, books.position, books.received_at, books.known_at, books.dt
    FROM asked
    INNER JOIN features.market_snapshots AS snapshots
        ON asked.signal.condition_id = snapshots.condition_id
    INNER JOIN core.fct_books AS books
        ON
            snapshots.book_id = books.book_id
            AND snapshots.condition_id = books.condition_id
            AND books.dt BETWEEN snapshots.dt - 1 AND snapshots.dt
    WHERE
        snapshots.as_of_kind = 'live'
        AND snapshots.mid_source = 'book'
        AND snapshots.as_of > asked.past_from
        AND snapshots.as_of <= asked.signal.as_of
        AND snapshots.dt BETWEEN $earliest AND $last
        AND books.dt BETWEEN $earliest - 1 AND $last
    QUALIFY
        snapshots.as_of > asked.watched_from - to_microseconds(2 * asked.bar_us)
        OR row_number() OVER (
            PARTITION BY asked.signal.signal_id, epoch_us(snapshots.as_of) // asked.bar_us
            ORDER BY snapshots.as_of DESC
        ) = 1
) AS histories
ORDER BY histories.as_of
"""
# Those of the hours before the watched snapshots.
_EARLIER_FILLS = """
SELECT asked.signal.signal_id, fills
FROM asked
INNER JOIN core.fct_trades AS fills ON asked.signal.condition_id = fills.condition_id
WHERE
    fills.size > 0
    AND fills.event_at > asked.watched_from - INTERVAL '1 hour'
    AND fills.event_at <= asked.signal.as_of
    AND fills.known_at <= asked.signal.as_of
    AND fills.dt BETWEEN $earliest AND $last
ORDER BY fills.event_at, fills.fill_id
"""

PAST_OF_LEADERS = """
CREATE OR REPLACE TEMP TABLE past AS
SELECT
    asked.signal.signal_id AS signal_id,
    fills,
    results.known_at AS decided_at
FROM asked
INNER JOIN core.fct_wallet_fills AS fills ON asked.signal.leader_wallet = fills.wallet
INNER JOIN core.fct_resolutions AS results ON fills.token_id = results.token_id
WHERE
    fills.size > 0
    AND fills.market_status = 'listed'
    AND results.payout IS NOT NULL
    AND fills.known_at <= asked.frozen_at
    AND results.known_at <= asked.frozen_at
    AND results.known_at > asked.decided_from
"""
"""Makes the temporary table that the next three read: fills by which leaders were judged."""
_PAST_FILLS = """
SELECT signal_id, fills
FROM past
ORDER BY fills.event_at, fills.fill_id
"""
# What shows whether a leader was the taker: the matches of the same transactions.
_MATCHES = """
SELECT traded.signal_id, matches
FROM (
    SELECT DISTINCT signal_id, fills.dt AS dt, fills.transaction_hash AS transaction_hash FROM past
) AS traded
INNER JOIN core.fct_trades AS matches
    ON traded.transaction_hash = matches.transaction_hash AND traded.dt = matches.dt
ORDER BY matches.event_at, matches.fill_id
"""
# A result is known since the chain dates it, which may be before we received the version saying so.
_DECIDED = """
SELECT decided.signal_id, decided
FROM (
    SELECT DISTINCT
        past.signal_id,
        versions.condition_id, versions.question, versions.outcomes, versions.outcome_prices,
        versions.closed_at, past.decided_at AS known_at, versions.received_at,
        versions.page_id, versions.position, versions.dt
    FROM past
    INNER JOIN core.market_versions AS versions ON past.fills.condition_id = versions.condition_id
    WHERE versions.is_closed
) AS decided
ORDER BY decided.known_at, decided.condition_id, decided.received_at, decided.page_id
"""
FACTS: tuple[tuple[Role, str, str, str], ...] = (
    ("book", "core.fct_books", "clob_books", _BOOK),
    ("own book", "core.fct_books", "clob_books", _OWN_BOOK),
    ("market version", "core.market_versions", "gamma_markets", _MARKET),
    ("event version", "core.int_event_versions", "gamma_events", _EVENT),
    ("fill", "core.fct_trades", "data_trades", _FILLS),
    ("price point", "core.fct_prices", "clob_prices", _PRICES),
    ("leader's fill", "core.fct_wallet_fills", "data_trades", _LEADER),
    ("Kalshi book", "staging.stg_kalshi_books", "kalshi_books", _KALSHI_BOOK),
    ("Kalshi market", "staging.stg_kalshi_markets", "kalshi_markets", _KALSHI_MARKET),
    ("earlier snapshot", "features.market_snapshots", "clob_books", _EARLIER_SNAPSHOTS),
    ("earlier fill", "core.fct_trades", "data_trades", _EARLIER_FILLS),
    ("leader's past fill", "core.fct_wallet_fills", "data_trades", _PAST_FILLS),
    ("match of a past fill", "core.fct_trades", "data_trades", _MATCHES),
    ("decided market", "core.fct_resolutions", "gamma_markets", _DECIDED),
)
"""Role, table, raw table of its rows, query."""
