"""Kalshi's lists: series, events and markets, followed until each market is final.

A collection is, in this order, an open walk (every open object, whose prices change by the minute),
a walk of changes (the first time every object of the live tier, later what was updated since the
last one began) and, for markets, a follow-up: what is held without its final status though it is no
longer open is asked for by ticker once an hour, in the historical tier where the live one has
dropped it. The list of open markets alone would never show a result, and the time of the last
update is not set on every object.

The words of a filter are not those of an answer: `status=open` gives markets that are `active`,
`settled` gives `finalized`.

Source: GET /series, /events, /markets and /historical/markets.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from polymarket_assets.clients import kalshi
from polymarket_assets.clients.errors import InvalidCursorError, RequestRefusedError
from polymarket_assets.clients.pages import FetchedPage
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.session import Session
from polymarket_assets.store.batch import Watermark

FRESH_FOR = timedelta(minutes=5)
"""Lists younger than this are not asked for again."""
SERIES_FRESH_FOR = timedelta(hours=6)
"""The same for the series, which hardly change and come all in one large answer."""
RESUMABLE_FOR = timedelta(minutes=30)
"""A cut-off open walk older than this starts anew: it would mix two moments."""
OVERLAP = timedelta(minutes=10)
"""A walk of changes asks for this much before the last one began."""
FOLLOW_UP_EVERY = timedelta(hours=1)
FINAL = ("finalized", "settled")
"""Statuses after which nothing changes any more; the second is an older word for the first."""


@dataclass(frozen=True)
class Kind:
    """How events and markets differ: table, key column and the client's walk."""

    table: str
    id_column: str
    pages: Callable[..., AsyncIterator[FetchedPage]]

    def ids(self, page: FetchedPage) -> set[str]:
        """Tickers of the objects of a page."""
        return set(page.parsed.table.column(self.id_column).to_pylist())


@dataclass(frozen=True)
class Round:
    """One walk through a list: its scope, what it asks for and what its watermark remembers."""

    scope: str
    filters: kalshi.Filters
    state: dict[str, str | None]


EVENTS = Kind("kalshi_events", "event_ticker", kalshi.event_pages)
MARKETS = Kind("kalshi_markets", "ticker", kalshi.market_pages)
SERIES_TABLE = "kalshi_series"


async def collect_series(session: Session, window: DayWindow) -> None:
    """Fetch the series into raw.kalshi_series: one request."""
    held = None if session.fresh else session.lake.watermarks(session.source).get("all")
    if _is_fresh(session, held, SERIES_FRESH_FOR):
        session.tally.notes.append("the series are younger than six hours: nothing asked")
        return
    page = await kalshi.series_page(session.http)
    await session.keep(
        session.walk("all"), page, SERIES_TABLE, complete=True, cursor=None, state={}
    )
    session.advance()
    session.saw(session.now())


async def collect_events(session: Session, window: DayWindow) -> None:
    """Fetch the event lists into raw.kalshi_events."""
    if await _collect(session, EVENTS) is not None:
        session.saw(session.now())


async def collect_markets(session: Session, window: DayWindow) -> None:
    """Fetch the market lists into raw.kalshi_markets."""
    seen = await _collect(session, MARKETS)
    if seen is None:
        return
    if seen.all_open:
        await _follow_up(session, seen.tickers)
    session.saw(session.now())


def _is_fresh(session: Session, walk: Watermark | None, age: timedelta = FRESH_FOR) -> bool:
    return (
        walk is not None
        and walk.complete
        and timedelta(0) <= session.now() - walk.recorded_at < age
    )


@dataclass(frozen=True)
class Seen:
    """Tickers of the pages of one run, and whether every open object is among them."""

    tickers: set[str]
    all_open: bool


async def _collect(session: Session, kind: Kind) -> Seen | None:
    """Walk what is due; give what was seen, None when the lists are young enough."""
    held = {} if session.fresh else session.lake.watermarks(session.source)
    opened, changes = held.get("open"), held.get("changes")
    if _is_fresh(session, opened) and _is_fresh(session, changes):
        session.tally.notes.append("lists are younger than five minutes: nothing asked")
        return None
    seen: set[str] = set()
    cut = _cut_off(session, opened)
    due = not _is_fresh(session, opened)
    if due:
        seen |= await _walk_open(session, kind, cut)
    if not _is_fresh(session, changes):
        seen |= await _walk_changes(session, kind, changes)
    # A walk that was gone on with showed its first pages to an earlier run.
    return Seen(seen, all_open=due and cut is None)


def _cut_off(session: Session, held: Watermark | None) -> Watermark | None:
    """An open walk that was cut off a short while ago."""
    if held is None or held.complete or session.now() - held.recorded_at >= RESUMABLE_FOR:
        return None
    return held


async def _walk_open(session: Session, kind: Kind, cut: Watermark | None) -> set[str]:
    """Walk the open objects, from where a recent walk was cut off."""
    started = cut.state["started_at"] if cut else session.now().isoformat()
    return await _walk(
        session, kind, Round("open", [("status", "open")], {"started_at": started}), cut
    )


async def _walk_changes(session: Session, kind: Kind, held: Watermark | None) -> set[str]:
    """Walk what was updated since the last such walk began; the first time everything."""
    cut = held if held is not None and not held.complete else None
    if cut is not None:
        state = {"since": cut.state["since"], "started_at": cut.state["started_at"]}
    else:
        since = datetime.fromisoformat(held.state["started_at"]) - OVERLAP if held else None
        state = {
            "since": since.isoformat() if since else None,
            "started_at": session.now().isoformat(),
        }
    filters = []
    if state["since"] is not None:
        # No other filter goes with it.
        moment = datetime.fromisoformat(state["since"])
        filters = [("min_updated_ts", str(int(moment.timestamp())))]
    return await _walk(session, kind, Round("changes", filters, state), cut)


async def _walk(session: Session, kind: Kind, asked: Round, cut: Watermark | None) -> set[str]:
    """Walk one list to its end; give the tickers seen by this run."""
    try:
        return await _walk_from(session, kind, asked, cut)
    except InvalidCursorError:
        session.tally.notes.append(
            f"the venue no longer knows our cursor: {asked.scope} walked anew"
        )
        return await _walk_from(session, kind, asked, None)


async def _walk_from(session: Session, kind: Kind, asked: Round, cut: Watermark | None) -> set[str]:
    walk = session.walk(asked.scope, cut)
    cursor = cut.cursor if cut else None
    seen: set[str] = set()
    async for page in kind.pages(session.http, filters=asked.filters, cursor=cursor):
        seen |= kind.ids(page)
        await session.keep(
            walk,
            page,
            kind.table,
            complete=page.next_cursor is None,
            cursor=page.next_cursor,
            state=asked.state,
        )
        session.advance()
    return seen


async def _follow_up(session: Session, seen: set[str]) -> None:
    """Ask by ticker for markets held without a final status that no walk of this run has shown."""
    last = session.lake.watermarks(session.source).get("follow-up")
    if _is_fresh(session, last, FOLLOW_UP_EVERY):
        return
    gone = [ticker for (ticker,) in session.lake.rows(_UNFINISHED, [list(FINAL)])]
    gone = [ticker for ticker in gone if ticker not in seen]
    missing: list[str] = []
    for chunk in _chunks(gone):
        missing += await _ask(session, chunk, historical=False)
    lost: list[str] = []
    for chunk in _chunks(missing):
        try:
            lost += await _ask(session, chunk, historical=True)
        except RequestRefusedError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            lost += chunk
    if lost:
        session.tally.notes.append(
            f"{len(lost)} markets without a final status are in neither tier, e.g. {lost[0]}"
        )


async def _ask(session: Session, tickers: list[str], *, historical: bool) -> list[str]:
    """Fetch some markets by ticker; give those the answer does not hold."""
    page = await kalshi.markets_page(session.http, tickers=tickers, historical=historical)
    await session.keep(
        session.walk("follow-up"),
        page,
        MARKETS.table,
        complete=True,
        cursor=None,
        state={"asked": len(tickers), "historical": historical},
    )
    session.advance()
    return sorted(set(tickers) - MARKETS.ids(page))


def _chunks(tickers: list[str]) -> list[list[str]]:
    most = kalshi.MOST_TICKERS
    return [tickers[start : start + most] for start in range(0, len(tickers), most)]


_UNFINISHED = """
select ticker
from raw.kalshi_markets
group by 1
having arg_max(status, (received_at, page_id, position)) not in (select unnest($1))
order by 1
"""
