"""Order books of Kalshi's markets in the universe, each as often as its tier asks for.

A book exists only now: a past day can not be filled. A market's text is its event's title and its
own; its tags are the category of its event and series and the series' tags; its volume is counted
in contracts, each worth up to a dollar.

Source: GET /markets/orderbooks, 100 markets a request.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from polymarket_assets.clients import kalshi
from polymarket_assets.domain.universe import Candidate
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.cadence import due
from polymarket_assets.sources.kalshi_tiers import known_only
from polymarket_assets.sources.session import Session, in_parallel
from polymarket_assets.sources.universe import AT_ONCE, universe_of

TABLE = "kalshi_books"
BATCH = kalshi.MOST_TICKERS


async def collect_books(session: Session, window: DayWindow) -> None:
    """Fetch one book per market of the live universe into raw.kalshi_books."""
    now = session.now()
    if not window.contains(now.date()):
        session.tally.notes.append(f"{window}: not available for the past, a book exists only now")
        return
    tickers = due(session, members(session), table=TABLE, key="ticker")
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


def members(session: Session) -> Iterator[tuple[str, datetime]]:
    """Ticker and scheduled end of each market that trades and belongs to the universe."""
    universe, now = universe_of(session.settings), session.now()
    with session.lake.connect(read_only=True) as connection:
        found = connection.execute(_TRADING)
        while rows := found.fetchmany(AT_ONCE):
            for ticker, text, tags, volume, end in rows:
                ends_at = end.astimezone(UTC) if end else None
                candidate = Candidate(text, frozenset(tags or ()), volume, ends_at)
                if ends_at and universe.holds(candidate, now):
                    yield ticker, ends_at


_TRADING = """
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
        concat_ws(' ', events.payload ->> '$.title', markets.payload ->> '$.title') as text,
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
select ticker, text, list_filter(tags, lambda tag: tag is not null) as tags, volume_24h, end_at
from candidates
order by ticker
"""
