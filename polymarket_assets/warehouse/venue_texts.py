"""The words of the open markets of both venues, read from the warehouse.

Belongs here: the two queries, and which column becomes which part of a MarketText. Not here: what
is made of the words (domain/matching/), who writes pairs (venue_pairs.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from polymarket_assets.domain.matching.market import MarketText

POLYMARKET, KALSHI = "polymarket", "kalshi"

_POLYMARKET_OPEN = """
    WITH latest AS (
        SELECT * FROM core.market_versions
        WHERE condition_id IS NOT NULL
        QUALIFY row_number() OVER (
            PARTITION BY condition_id ORDER BY received_at DESC, page_id DESC, position DESC
        ) = 1
    ),
    -- Quotes make versions too; the words are known since their first version.
    worded AS (
        SELECT
            condition_id, question, description, outcomes, min(known_at) AS known_at
        FROM core.market_versions
        GROUP BY condition_id, question, description, outcomes
    )
    SELECT
        latest.condition_id,
        coalesce(latest.question, ''),
        coalesce(
            latest.outcomes[list_position(latest.token_ids, latest.yes_token_id)], 'Yes'
        ),
        coalesce(latest.description, ''),
        latest.end_at,
        events.title,
        events.series_slug,
        events.category,
        len(events.market_ids),
        worded.known_at
    FROM latest
    INNER JOIN worded
        ON latest.condition_id = worded.condition_id
        AND latest.question IS NOT DISTINCT FROM worded.question
        AND latest.description IS NOT DISTINCT FROM worded.description
        AND latest.outcomes IS NOT DISTINCT FROM worded.outcomes
    LEFT JOIN core.dim_event AS events ON latest.event_id = events.event_id
    WHERE latest.is_binary AND NOT latest.is_closed
        AND (latest.end_at IS NULL OR latest.end_at > ? - INTERVAL 1 DAY)
    ORDER BY latest.condition_id
"""
_KALSHI_OPEN = """
    WITH latest AS (
        SELECT * FROM staging.stg_kalshi_markets
        QUALIFY row_number() OVER (
            PARTITION BY ticker ORDER BY received_at DESC, page_id DESC, position DESC
        ) = 1
    ),
    worded AS (
        SELECT ticker, title, yes_sub_title, rules_primary, rules_secondary,
            min(known_at) AS known_at
        FROM staging.stg_kalshi_markets
        GROUP BY ALL
    ),
    events AS (
        SELECT * FROM staging.stg_kalshi_events
        QUALIFY row_number() OVER (
            PARTITION BY event_ticker ORDER BY received_at DESC, page_id DESC, position DESC
        ) = 1
    )
    SELECT
        latest.ticker,
        coalesce(latest.title, ''),
        coalesce(latest.yes_sub_title, 'Yes'),
        concat_ws(chr(10), latest.rules_primary, latest.rules_secondary),
        latest.close_at,
        events.title,
        events.series_ticker,
        events.category,
        count(*) OVER (PARTITION BY latest.event_ticker),
        worded.known_at,
        latest.expected_expiration_at
    FROM latest
    INNER JOIN worded
        ON latest.ticker = worded.ticker
        AND latest.title IS NOT DISTINCT FROM worded.title
        AND latest.yes_sub_title IS NOT DISTINCT FROM worded.yes_sub_title
        AND latest.rules_primary IS NOT DISTINCT FROM worded.rules_primary
        AND latest.rules_secondary IS NOT DISTINCT FROM worded.rules_secondary
    LEFT JOIN events ON latest.event_ticker = events.event_ticker
    -- Combinations of other markets have no rules of their own; without rules nothing is proven.
    WHERE latest.rules_primary IS NOT NULL
        AND latest.status IN ('initialized', 'inactive', 'active')
        AND (latest.close_at IS NULL OR latest.close_at > ?)
    ORDER BY latest.ticker
"""
NEEDED = {
    POLYMARKET: ("core.market_versions", "core.dim_event"),
    KALSHI: ("staging.stg_kalshi_markets", "staging.stg_kalshi_events"),
}
"""Tables and views each venue's words are read from."""


@dataclass(frozen=True)
class KnownText:
    """The words of one open market and since when we know them (UTC)."""

    text: MarketText
    known_at: datetime


def open_texts(
    connection: duckdb.DuckDBPyConnection, venue: str, now: datetime
) -> list[KnownText] | None:
    """Every open market of a venue, ordered by id; None when its tables were never built."""
    held = connection.execute(
        "SELECT table_schema || '.' || table_name FROM information_schema.tables"
        " WHERE table_catalog = 'lake'"
    ).fetchall()
    if not set(NEEDED[venue]) <= {name for (name,) in held}:
        return None
    query = _POLYMARKET_OPEN if venue == POLYMARKET else _KALSHI_OPEN
    return [_known(venue, row) for row in connection.execute(query, [now]).fetchall()]


def _known(venue: str, row: tuple) -> KnownText:
    text = MarketText(
        venue=venue,
        market_id=row[0],
        title=row[1],
        outcome=row[2],
        rules=row[3],
        closes_at=_utc(row[4]),
        resolves_at=_utc(row[10]) if venue == KALSHI else None,
        event_title=row[5],
        series_title=row[6],
        category=row[7],
        siblings=row[8],
    )
    return KnownText(text, row[9].astimezone(UTC))


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)
