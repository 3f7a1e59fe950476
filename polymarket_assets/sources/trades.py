"""Fills of every market: the bare feed for the recent past, walks by condition for older days.

Two passes with the same rules: `taker` (taker_only=true, one row per match, for core.fct_trades)
and `all` (taker_only=false, both sides, for core.fct_wallet_fills).

- The bare feed serves the current and the previous month, newest first, without a time filter. What
  was walked is kept as stretches with the cursor of their lower end (domain/coverage.py).
- A condition's history is walked once, down to the end of what is served (three years), 20
  conditions a request; later only its new part.

Source: GET /v2/trades of the Data API.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pyarrow.compute as pc

from polymarket_assets.clients import data_api
from polymarket_assets.clients.errors import InvalidCursorError
from polymarket_assets.clients.pages import FetchedPage, Trail
from polymarket_assets.domain.coverage import Stretch, add, around, covers, provisional
from polymarket_assets.domain.windows import DayWindow, Interval
from polymarket_assets.sources.session import Session, in_parallel
from polymarket_assets.store.batch import Watermark

TABLE = "data_trades"
OVERLAP = timedelta(minutes=10)
"""Walked again below each watermark: a first page may be 5 min old in the venue's cache."""
SERVED = timedelta(days=3 * 365)
"""How far back the venue serves the fills of a condition."""
GROUP = 20
"""Most conditions one request may name."""
PASSES = {"taker": True, "all": False}


async def collect_trades(session: Session, window: DayWindow) -> None:
    """Fetch the fills of `window` into raw.data_trades; nothing that is held is asked for."""
    wanted = window.until(session.now())
    if wanted.is_empty:
        session.tally.notes.append(f"{window} has not begun: nothing to fetch")
        return
    if wanted.end <= session.now() - SERVED:
        session.tally.notes.append(f"{window}: not served, the venue keeps three years of fills")
        return
    if wanted.start >= feed_start(session.now()):
        await in_parallel(list(PASSES), partial(_walk_feed, session, wanted), at_once=len(PASSES))
    else:
        await _walk_conditions(session, wanted)


def feed_start(now: datetime) -> datetime:
    """The oldest instant the bare feed serves: the start of the previous month (UTC)."""
    return (now.replace(day=1) - timedelta(days=1)).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )


# --- the bare feed -------------------------------------------------------------------------------


async def _walk_feed(session: Session, wanted: Interval, name: str) -> None:
    scope = f"feed:{name}"
    held = session.lake.watermarks(session.source).get(scope)
    stretches = _stretches(held.state) if held else ()
    if covers(stretches, wanted):
        session.tally.notes.append(f"{scope}: held already")
        return
    try:
        await _descend(session, scope, wanted, provisional(stretches, OVERLAP))
    except InvalidCursorError:
        session.tally.notes.append(f"{scope}: the venue forgot our cursor, walked from the top")
        await _descend(session, scope, wanted, ())


async def _descend(
    session: Session, scope: str, wanted: Interval, stretches: tuple[Stretch, ...]
) -> None:
    """Walk from the top of the feed down to `wanted.start`, jumping over what is held."""
    top = session.now()
    walk = session.walk(scope)
    trail = Trail(scope)
    cursor: str | None = None
    low = top
    while True:
        page = await data_api.trades_page(
            session.http,
            taker_only=PASSES[scope.removeprefix("feed:")],
            cursor=cursor,
            trail=trail,
        )
        low = min(low, _oldest(page) or low)
        # Rows of the page's oldest second may go on behind it, so only the next second is certain.
        reached = feed_start(top) if page.next_cursor is None else low + timedelta(seconds=1)
        if reached < top:
            stretches = add(stretches, Stretch(Interval(reached, top), page.next_cursor))
        cursor = page.next_cursor
        if held := around(stretches, reached):
            reached, cursor = held.interval.start, held.cursor
        done = cursor is None or reached <= wanted.start
        _note_newest(session, page)
        await session.keep(
            walk,
            page,
            TABLE,
            complete=done,
            cursor=cursor,
            state={"stretches": _as_json(stretches)},
        )
        session.advance()
        if done:
            return
        low = min(low, reached)


def _stretches(state: dict[str, Any]) -> tuple[Stretch, ...]:
    return tuple(
        Stretch(
            Interval(datetime.fromisoformat(s["from"]), datetime.fromisoformat(s["to"])),
            s["cursor"],
        )
        for s in state["stretches"]
    )


def _as_json(stretches: Iterable[Stretch]) -> list[dict[str, str | None]]:
    return [
        {
            "from": s.interval.start.isoformat(),
            "to": s.interval.end.isoformat(),
            "cursor": s.cursor,
        }
        for s in stretches
    ]


# --- walks by condition --------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """Conditions that are walked together, and how far down."""

    name: str
    conditions: tuple[str, ...]
    down_to: datetime | None
    resumed: Watermark | None = None

    @property
    def scope(self) -> str:
        """Name of the walk: the same conditions give the same name."""
        digest = hashlib.sha256(",".join(self.conditions).encode()).hexdigest()[:16]
        return f"conditions:{self.name}:{digest}"


async def _walk_conditions(session: Session, wanted: Interval) -> None:
    groups = _cut_off(session)
    under_way = {(g.name, c) for g in groups for c in g.conditions}
    for name in PASSES:
        groups += _due(session, name, wanted, under_way)
    if not groups:
        session.tally.notes.append("every condition of the window is held already")
        return
    session.advance(0, total=len(groups))

    async def work(group: Group) -> None:
        await _walk_group(session, group)
        session.advance()

    await in_parallel(groups, work, at_once=session.settings.http_connections)


async def _walk_group(session: Session, group: Group) -> None:
    try:
        await _walk_group_from(session, group, group.resumed)
    except InvalidCursorError:
        session.tally.notes.append(f"{group.scope}: the venue forgot our cursor, walked anew")
        await _walk_group_from(session, group, None)


async def _walk_group_from(session: Session, group: Group, resumed: Watermark | None) -> None:
    walk = session.walk(group.scope, resumed)
    started = resumed.state["covered_to"] if resumed else session.now().isoformat()
    trail = Trail(group.scope)
    cursor = resumed.cursor if resumed else None
    while True:
        page = await data_api.trades_page(
            session.http,
            conditions=group.conditions,
            taker_only=PASSES[group.name],
            cursor=cursor,
            trail=trail,
        )
        cursor = page.next_cursor
        oldest = _oldest(page)
        held_below = group.down_to is not None and oldest is not None and oldest < group.down_to
        done = cursor is None or held_below
        _note_newest(session, page)
        await session.keep(
            walk,
            page,
            TABLE,
            complete=done,
            cursor=cursor,
            state={
                "conditions": group.conditions,
                "covered_to": started,
                "down_to": group.down_to.isoformat() if group.down_to else None,
            },
        )
        if done:
            return


def _cut_off(session: Session) -> list[Group]:
    """Groups whose walk was interrupted: they go on first, with exactly their conditions."""
    return [
        Group(
            name=scope.split(":")[1],
            conditions=tuple(held.state["conditions"]),
            down_to=_moment(held.state["down_to"]),
            resumed=held,
        )
        for scope, held in sorted(session.lake.watermarks(session.source).items())
        if scope.startswith("conditions:") and not held.complete
    ]


def _due(
    session: Session, name: str, wanted: Interval, under_way: set[tuple[str, str]]
) -> list[Group]:
    """Groups of conditions that lived in `wanted` and whose fills are not held up to its end."""
    rows = session.lake.rows(
        _DUE, [session.source, f"conditions:{name}:%", wanted.start, wanted.end]
    )
    due = [(c, to) for c, to in rows if (name, c) not in under_way]
    fresh = [c for c, to in due if to is None]
    again = sorted((to, c) for c, to in due if to is not None)
    groups = [Group(name, tuple(part), None) for part in _chunks(fresh)]
    for part in _chunks(again):
        down_to = min(to for to, _ in part).astimezone(UTC) - OVERLAP
        groups.append(Group(name, tuple(c for _, c in part), down_to))
    return groups


_DUE = """
with watermarks as (
    select state
    from raw.watermarks
    where source = $1 and scope like $2
    qualify row_number() over (partition by scope order by recorded_at desc) = 1 and complete
),
covered as (
    select
        unnest(json_extract_string(state, '$.conditions[*]')) as condition_id,
        cast(state ->> '$.covered_to' as timestamptz) as covered_to
    from watermarks
),
held as (
    select condition_id, max(covered_to) as covered_to from covered group by 1
),
markets as (
    select condition_id, arg_max(payload, received_at) as payload
    from raw.gamma_markets
    where condition_id is not null
    group by 1
),
lives as (
    -- A market is created, and may trade, before its nominal start and after its nominal end.
    select
        condition_id,
        least(
            try_cast(payload ->> '$.createdAt' as timestamptz),
            try_cast(payload ->> '$.startDate' as timestamptz)
        ) - interval 1 day as born_at,
        try_cast(payload ->> '$.closedTime' as timestamptz) + interval 1 day as died_at
    from markets
)
select lives.condition_id, held.covered_to
from lives
left join held using (condition_id)
where
    coalesce(died_at, 'infinity') > $3
    and coalesce(born_at, '-infinity') < least($4, coalesce(died_at, 'infinity'))
    and coalesce(held.covered_to, '-infinity') < least($4, coalesce(died_at, 'infinity'))
order by born_at, lives.condition_id
"""


def _chunks(items: list[Any]) -> list[list[Any]]:
    return [items[start : start + GROUP] for start in range(0, len(items), GROUP)]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _oldest(page: FetchedPage) -> datetime | None:
    return pc.min(page.parsed.table.column("event_at")).as_py()


def _note_newest(session: Session, page: FetchedPage) -> None:
    newest = pc.max(page.parsed.table.column("event_at")).as_py()
    if newest is not None:
        session.saw(newest)
