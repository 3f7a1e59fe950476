"""The universe of the settings, and Polymarket's markets in it as the lake knows them now.

Belongs here: reading candidates from raw Gamma versions. Not here: who belongs (domain/universe.py
decides), Kalshi's candidates (kalshi_books.py), what is collected of whom (books.py, …).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from polymarket_assets.domain.universe import Candidate, Universe
from polymarket_assets.settings import Settings
from polymarket_assets.sources.session import Session
from polymarket_assets.store.seeds import crypto_keywords

AT_ONCE = 1000
"""Candidates in memory together."""


@dataclass(frozen=True)
class Member:
    """A market of the universe.

    Attributes:
        condition_id: its condition id.
        token_id: token of its first outcome.
        ends_at: its scheduled end.
        terms: tick and fee as Gamma states them, as text that changes when they do.
    """

    condition_id: str
    token_id: str
    ends_at: datetime
    terms: str


def universe_of(settings: Settings) -> Universe:
    """The universe that the settings describe."""
    tags = (tag.strip().lower() for tag in settings.universe_tags.split(","))
    return Universe(
        topic=settings.universe,
        keywords=crypto_keywords(),
        tags=frozenset(tag for tag in tags if tag),
        min_volume_24h_usd=settings.min_volume_24h,
        lookahead=timedelta(hours=settings.lookahead_hours),
        max_resolution_days=settings.max_resolution_days,
    )


def members(session: Session) -> Iterator[Member]:
    """Open markets with tokens that accept orders and belong to the universe, by token."""
    universe, now = universe_of(session.settings), session.now()
    with session.lake.connect(read_only=True) as connection:
        found = connection.execute(_TRADING)
        while rows := found.fetchmany(AT_ONCE):
            for condition_id, token_id, text, tags, volume, end, terms in rows:
                ends_at = end.astimezone(UTC) if end else None
                candidate = Candidate(text, frozenset(tags or ()), volume, ends_at)
                if ends_at and universe.holds(candidate, now):
                    yield Member(condition_id, token_id, ends_at, terms)


_TRADING = """
with markets as (
    select condition_id, arg_max(payload, received_at) as payload
    from raw.gamma_markets
    where condition_id is not null
    group by 1
),
read as (
    -- In one reading: one for each field would take a dozen times as long, and as much memory.
    select
        condition_id,
        from_json(
            payload,
            '{"clobTokenIds": "VARCHAR", "question": "VARCHAR", "eventIds": ["VARCHAR"],
              "volume24hr": "VARCHAR", "endDate": "VARCHAR", "orderPriceMinTickSize": "VARCHAR",
              "orderMinSize": "VARCHAR", "feesEnabled": "VARCHAR", "feeType": "VARCHAR",
              "feeSchedule": "VARCHAR", "closed": "BOOLEAN", "acceptingOrders": "BOOLEAN"}'
        ) as market
    from markets
),
trading as (
    select
        condition_id,
        json_extract_string(market.clobTokenIds, '$[0]') as token_id,
        market.question as question,
        market.eventIds[1] as event_id,
        try_cast(market.volume24hr as decimal(18, 6)) as volume_24h,
        try_cast(market.endDate as timestamptz) as ends_at,
        concat_ws(
            ' ',
            market.orderPriceMinTickSize, market.orderMinSize,
            market.feesEnabled, market.feeType, market.feeSchedule
        ) as terms
    from read
    where not coalesce(market.closed, false) and coalesce(market.acceptingOrders, false)
),
events as (
    select
        event_id,
        json_extract_string(arg_max(payload, received_at), '$.tags[*].slug') as tags
    from raw.gamma_events
    where event_id in (select event_id from trading)
    group by 1
)
select condition_id, token_id, question, tags, volume_24h, ends_at, terms
from trading
left join events using (event_id)
where token_id is not null
order by token_id
"""
