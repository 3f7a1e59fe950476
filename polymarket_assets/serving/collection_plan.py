"""What collecting some days will cost: what is known from the lake, the rest assumed and said so.

Belongs here: the counts and measures a plan is made from. Not here: arithmetic (domain/plan.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from polymarket_assets.clients.endpoints import ENDPOINTS
from polymarket_assets.domain.coverage import missing
from polymarket_assets.domain.plan import Cost, allowed_per_second, grouped_pages, pages
from polymarket_assets.domain.windows import DayWindow, Interval
from polymarket_assets.settings import Settings, rate_override
from polymarket_assets.sources.conditions import BEGINNING, GROUP, covered_to, lived
from polymarket_assets.sources.feed import fed, feed_start
from polymarket_assets.sources.fills import PASSES, SERVED
from polymarket_assets.sources.leaderboard import PERIODS, SORTS, TOP
from polymarket_assets.sources.prices import asked_for, due_requests, on_the_minute, token_lives
from polymarket_assets.store.lake import Lake

HOUR_S = 3600
LIST_PAGE, FILL_PAGE, BOOK_PAGE = 100, 1000, 500
ENDPOINT_OF = {"clob_prices": "clob_batch_prices"}
"""The endpoint of a source that is not named like it."""

ASSUMED_MARKETS = 150_000
ASSUMED_EVENTS = 50_000
ASSUMED_FILLS_A_DAY = {"taker": 1_000_000, "all": 2_200_000}
ASSUMED_USD_A_FILL = {"taker": 40.0, "all": 20.0}
ASSUMED_BYTES = {
    "gamma_events": 1_500,
    "gamma_markets": 1_200,
    "data_trades": 150,
    "data_leaderboard": 120,
    "clob_books": 1_500,
    "clob_prices": 15,
}
MEASURED_FROM = 1_000
"""Rows from which on a table's own size tells what a row takes."""


@dataclass(frozen=True)
class PlanLine:
    """The cost of one source with its grounds; no cost where nothing tells it."""

    source: str
    cost: Cost | None
    known: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Facts for machines; seconds at the allowed rate, bytes on disk."""
        cost = self.cost
        return {
            "source": self.source,
            "requests": cost.requests if cost else None,
            "rows": cost.rows if cost else None,
            "requests_per_second": round(cost.per_second, 2) if cost else None,
            "seconds": round(cost.seconds, 1) if cost else None,
            "bytes": cost.disk_bytes if cost else None,
            "known": list(self.known),
            "assumed": list(self.assumed),
        }


def plan(
    lake: Lake, settings: Settings, sources: Sequence[str], window: DayWindow, now: datetime
) -> list[PlanLine]:
    """What each source will ask for, given what is held already."""
    measured = _Measures(lake)
    return [_line(lake, settings, source, window, now, measured) for source in sources]


@dataclass(frozen=True)
class _Estimate:
    requests: int
    rows: int
    known: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


class _Measures:
    """Sizes of what is held, read once."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._files = lake.live_bytes()
        bodies = dict(lake.rows("select source, sum(bytes) from raw.pages group by source"))
        total = sum(bodies.values()) or 1
        self._share: Mapping[str, float] = {s: float(b) / float(total) for s, b in bodies.items()}

    def bytes_per_row(self, source: str) -> float | None:
        """Bytes on disk a row of a source takes, its pages included; None with too few rows."""
        if f"raw.{source}" not in self._files:
            return None
        [(rows,)] = self._lake.rows(f"select count(*) from raw.{source}")  # noqa: S608 - our name
        if rows < MEASURED_FROM:
            return None
        pages_bytes = self._files.get("raw.pages", 0) * self._share.get(source, 0.0)
        return (self._files[f"raw.{source}"] + pages_bytes) / rows


def _line(  # noqa: PLR0917 - the context of one estimate
    lake: Lake,
    settings: Settings,
    source: str,
    window: DayWindow,
    now: datetime,
    measured: _Measures,
) -> PlanLine:
    estimators: dict[str, Callable[[], _Estimate]] = {
        "gamma_events": lambda: _lists(lake, source, "event_id", ASSUMED_EVENTS),
        "gamma_markets": lambda: _lists(lake, source, "market_id", ASSUMED_MARKETS),
        "data_trades": lambda: _fills(lake, window.until(now), now),
        "data_leaderboard": lambda: _boards(settings, window, now),
        "clob_books": lambda: _books(lake, settings, window, now),
        "clob_prices": lambda: _prices(lake, window.until(now), now),
    }
    estimate = estimators[source]() if source in estimators else _as_before(lake, source)
    if estimate is None:
        return PlanLine(source, None, assumed=("it never ran here: nothing tells what it costs",))
    per_row = measured.bytes_per_row(source)
    known, assumed = list(estimate.known), list(estimate.assumed)
    if per_row is None:
        per_row = float(ASSUMED_BYTES.get(source, 500))
        assumed.append(f"{per_row:g} bytes a row on disk")
    else:
        known.append(f"{per_row:.0f} bytes a row on disk, as measured here")
    rate = _per_second(source, settings)
    if rate is None:
        return PlanLine(source, None, tuple(known), ("no rate limit is known for it",))
    cost = Cost(estimate.requests, rate, estimate.rows, per_row)
    return PlanLine(source, cost, tuple(known), tuple(assumed))


def _per_second(source: str, settings: Settings) -> float | None:
    name = ENDPOINT_OF.get(source, source)
    endpoint = next((e for e in ENDPOINTS if e.name == name), None)
    if endpoint is None:
        return None
    limit = rate_override(endpoint.name) or endpoint.limit
    return allowed_per_second(limit, settings.http_rate_factor)


def _lists(lake: Lake, source: str, key: str, assumed_count: int) -> _Estimate:
    [(opened, closed)] = lake.rows(
        f"""
        select count(*) filter (where not is_closed), count(*) filter (where is_closed)
        from (
            select
                {key},
                arg_max(coalesce(cast(payload ->> '$.closed' as boolean), false), received_at)
                    as is_closed
            from raw.{source}
            group by 1
        )
        """  # noqa: S608 - names of the two lists
    )
    walked = lake.watermarks(source, scopes="closed").get("closed")
    if walked is None or not walked.complete:
        return _Estimate(
            pages(assumed_count, LIST_PAGE),
            assumed_count,
            assumed=(f"{assumed_count:,} objects, open and closed: the list was never walked",),
        )
    return _Estimate(
        pages(opened, LIST_PAGE) + 1,
        opened,
        known=(f"{opened:,} open objects are asked for again, {closed:,} closed ones are held",),
        assumed=("few objects have closed since",),
    )


def _boards(settings: Settings, window: DayWindow, now: datetime) -> _Estimate:
    if not window.contains(now.date()):
        return _Estimate(0, 0, known=("not available for the past",))
    boards = len(settings.leaderboard_categories.split(",")) * len(PERIODS) * len(SORTS)
    return _Estimate(boards, boards * TOP, known=(f"{boards} boards of {TOP} ranks",))


def _books(lake: Lake, settings: Settings, window: DayWindow, now: datetime) -> _Estimate:
    if not window.contains(now.date()):
        return _Estimate(0, 0, known=("not available for the past",))
    [(tokens,)] = lake.rows(_OPEN_WITH_VOLUME, [settings.min_volume_24h])
    return _Estimate(
        pages(tokens, BOOK_PAGE),
        tokens,
        known=(f"{tokens:,} open markets with volume, before the universe's other limits",),
    )


def _prices(lake: Lake, wanted: Interval, now: datetime) -> _Estimate:
    wanted = on_the_minute(wanted)
    if wanted.is_empty:
        return _Estimate(0, 0, known=("not served: price history begins in December 2022",))
    lives = token_lives(lake, wanted, known_by=now)
    requests = due_requests(lives, asked_for(lake, wanted))
    hours = sum(
        (piece.end - piece.start).total_seconds() / HOUR_S
        for request in requests
        for piece in request.pieces.values()
    )
    return _Estimate(
        len(requests),
        round(hours),
        known=(f"{len(lives):,} tokens with volume lived then; what is held is left out",),
        assumed=("one point an hour for each",),
    )


def _fills(lake: Lake, window: Interval, now: datetime) -> _Estimate:
    """Pages of both passes: the feed from the top down to the window, older days by condition."""
    wanted = window.intersect(Interval(now - SERVED, now))
    if wanted.is_empty:
        return _Estimate(0, 0, known=("not served: the venue keeps three years",))
    requests = rows = 0.0
    known: list[str] = []
    assumed: list[str] = []
    recent = wanted.intersect(Interval(feed_start(now), now))
    older = wanted.intersect(Interval(wanted.start, feed_start(now)))
    for name, taker_only in PASSES.items():
        by_feed = fed(lake, name)
        if not recent.is_empty:
            # A feed can only be entered at its top.
            gaps = missing(Interval(recent.start, now), by_feed)
            days = sum((gap.end - gap.start).total_seconds() for gap in gaps) / 86_400
            rate, measured = _fills_a_day(lake, name, taker_only=taker_only)
            (known if measured else assumed).append(
                f"{rate:,.0f} fills a day ({name}), {days:.1f} days of the feed not held"
            )
            requests += pages(rate * days, FILL_PAGE) if days else 0
            rows += rate * days
        if not older.is_empty:
            due = _due(lake, name, older, by_feed, now)
            usd, measured = _usd_a_fill(lake, name, taker_only=taker_only)
            (known if measured else assumed).append(f"{usd:,.2f} USD a fill ({name})")
            fills = [volume / usd for volume in due]
            known.append(f"{len(due):,} markets lived then and are not held ({name})")
            requests += grouped_pages(fills, GROUP, FILL_PAGE)
            rows += sum(fills)
    return _Estimate(round(requests), round(rows), tuple(known), tuple(assumed))


def _due(
    lake: Lake, name: str, older: Interval, by_feed: Sequence[Interval], now: datetime
) -> list[float]:
    """Volumes (USD) of the markets whose history is to be walked, in the order of the walks."""
    lives = lived(lake, older, known_by=now)
    held = covered_to(lake, name, list(lives))
    volumes = {c: float(v) for c, v in lake.rows(_VOLUMES, [list(lives)])}
    return [
        volumes.get(condition, 0.0)
        for condition, life in lives.items()
        if missing(
            life, [*by_feed, *([Interval(BEGINNING, held[condition])] if condition in held else [])]
        )
    ]


def _fills_a_day(lake: Lake, name: str, *, taker_only: bool) -> tuple[float, bool]:
    [(rows, days)] = lake.rows(
        "select count(*), count(distinct dt) from raw.data_trades where taker_only = ?",
        [taker_only],
    )
    return (rows / days, True) if rows >= MEASURED_FROM else (ASSUMED_FILLS_A_DAY[name], False)


def _usd_a_fill(lake: Lake, name: str, *, taker_only: bool) -> tuple[float, bool]:
    [(fills, usd)] = lake.rows(
        "select count(*), sum(cast(price as double) * size) from raw.data_trades"
        " where taker_only = ?",
        [taker_only],
    )
    if fills < MEASURED_FROM or not usd:
        return ASSUMED_USD_A_FILL[name], False
    # Volume counts each match once; the pass of both sides has more rows for it.
    [(takers,)] = lake.rows(
        "select sum(cast(price as double) * size) from raw.data_trades where taker_only"
    )
    return float(takers or usd) / fills, True


def _as_before(lake: Lake, source: str) -> _Estimate | None:
    [(runs, requests, rows)] = lake.rows(_LAST_RUNS, [source])
    if not runs:
        return None
    return _Estimate(
        round(requests),
        round(rows),
        assumed=(f"as much as its last {runs} runs on average",),
    )


_OPEN_WITH_VOLUME = """
with markets as (
    select arg_max(payload, received_at) as payload
    from raw.gamma_markets
    group by market_id
)
select count(*)
from markets
where
    not coalesce(cast(payload ->> '$.closed' as boolean), false)
    and coalesce(try_cast(payload ->> '$.volume24hr' as double), 0) >= $1
"""

_VOLUMES = """
select
    condition_id,
    coalesce(try_cast(arg_max(payload, received_at) ->> '$.volumeNum' as double), 0) as volume
from raw.gamma_markets
semi join (select unnest(cast($1 as varchar[])) as condition_id) using (condition_id)
group by 1
"""

_LAST_RUNS = """
select count(*), avg(requests), avg(rows)
from (
    select requests, rows
    from ops.source_runs
    where source = ? and outcome = 'ok'
    order by started_at desc
    limit 5
)
"""
