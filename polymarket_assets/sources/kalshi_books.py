"""Order books of Kalshi's live universe, one snapshot per run.

A book exists only now: a past day can not be filled. The markets are those that trade, have the
volume of PM_MIN_VOLUME_24H (contracts, each worth up to a dollar), end within PM_LOOKAHEAD_HOURS
and belong to PM_UNIVERSE by the category of their event or the tags of their series.

Source: GET /markets/orderbooks, 100 markets a request.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from polymarket_assets.clients import kalshi
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.kalshi_tiers import known_only
from polymarket_assets.sources.session import Session, in_parallel

TABLE = "kalshi_books"
BATCH = kalshi.MOST_TICKERS


async def collect_books(session: Session, window: DayWindow) -> None:
    """Fetch one book per market of the live universe into raw.kalshi_books."""
    now = session.now()
    if not window.contains(now.date()):
        session.tally.notes.append(f"{window}: not available for the past, a book exists only now")
        return
    tickers = live_tickers(session)
    batches = [tickers[start : start + BATCH] for start in range(0, len(tickers), BATCH)]
    session.advance(0, total=len(batches))
    walk = session.walk("live")
    done = received = 0

    async def ask(some: Sequence[str]) -> None:
        nonlocal done, received
        page = await kalshi.books_page(session.http, tickers=some)
        done, received = done + len(some), received + page.parsed.row_count
        await session.keep(
            walk,
            page,
            TABLE,
            complete=done == len(tickers),
            cursor=None,
            state={"asked": len(some), "answered": page.parsed.row_count},
        )

    async def unknown(ticker: str) -> None:
        nonlocal done
        done += 1

    async def work(batch: list[str]) -> None:
        await known_only(batch, ask, unknown)
        session.advance()

    await in_parallel(batches, work, at_once=session.settings.http_connections)
    session.saw(now)
    if received < len(tickers):
        missing = len(tickers) - received
        session.tally.notes.append(f"{missing} of {len(tickers)} markets had no book")


def live_tickers(session: Session) -> list[str]:
    """Tickers of markets that trade, in the universe, with volume, that end soon enough."""
    settings = session.settings
    tags = {
        "all": None,
        "crypto": ["crypto"],
        "tags": [tag.strip().lower() for tag in settings.universe_tags.split(",") if tag.strip()],
    }[settings.universe]
    rows = session.lake.rows(
        _LIVE,
        [
            session.now() + timedelta(hours=settings.lookahead_hours),
            settings.min_volume_24h,
            tags,
        ],
    )
    return [ticker for (ticker,) in rows]


_LIVE = """
with markets as (
    select
        ticker,
        arg_max(event_ticker, (received_at, page_id, position)) as event_ticker,
        arg_max(status, (received_at, page_id, position)) as status,
        arg_max(payload, (received_at, page_id, position)) as payload
    from raw.kalshi_markets
    group by 1
),
events as (
    select
        event_ticker,
        arg_max(series_ticker, (received_at, page_id, position)) as series_ticker,
        arg_max(payload, (received_at, page_id, position)) as payload
    from raw.kalshi_events
    group by 1
),
series as (
    select series_ticker, arg_max(payload, (received_at, page_id, position)) as payload
    from raw.kalshi_series
    group by 1
),
candidates as (
    select
        markets.ticker,
        least(
            try_cast(markets.payload ->> '$.close_time' as timestamptz),
            try_cast(markets.payload ->> '$.expected_expiration_time' as timestamptz)
        ) as end_at,
        try_cast(markets.payload ->> '$.volume_24h_fp' as decimal(18, 6)) as volume_24h,
        list_transform(
            list_concat(
                [events.payload ->> '$.category', series.payload ->> '$.category'],
                json_extract_string(series.payload, '$.tags[*]')
            ),
            lambda tag: lower(tag)
        ) as tags
    from markets
    left join events using (event_ticker)
    left join series on events.series_ticker = series.series_ticker
    where markets.status = 'active'
)
select ticker
from candidates
where
    end_at <= $1
    and coalesce(volume_24h, 0) >= $2
    and ($3 is null or list_has_any(tags, cast($3 as varchar[])))
order by ticker
"""
