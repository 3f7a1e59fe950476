"""Walks by condition: the fills of markets that lived before what the bare feed serves.

A condition's history is walked once, down to the end of what is served (three years), 20 conditions
a request; later only its new part. A walk that was cut off goes on with exactly its conditions,
since a cursor means something only together with the filters it was given for. While v2 is away, a
walk goes on over v1 from the time it has reached, and one that v1 has begun is ended by it.

Belongs here: which conditions are due, and their walks. Not here: the bare feed (feed.py).

Source: GET /v2/trades of the Data API, with conditions; GET /trades of v1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from polymarket_assets.clients import data_api, data_api_v1
from polymarket_assets.clients.errors import (
    CapReachedError,
    CursorLoopError,
    InvalidCursorError,
    MalformedPageError,
    VenueError,
    is_away,
)
from polymarket_assets.clients.pages import FetchedPage, Trail
from polymarket_assets.domain.coverage import missing
from polymarket_assets.domain.windows import Interval
from polymarket_assets.sources.feed import fed
from polymarket_assets.sources.fills import (
    OVERLAP,
    PASSES,
    SERVED,
    TABLE,
    Versions,
    lowest,
    note_newest,
)
from polymarket_assets.sources.offsets import BY_TIME, walk_by_time
from polymarket_assets.sources.session import Session, in_parallel
from polymarket_assets.store.batch import Watermark
from polymarket_assets.store.lake import Lake

GROUP = data_api.MOST_CONDITIONS
BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Group:
    """Conditions that are walked together, and how far down (None: to the end)."""

    name: str
    conditions: tuple[str, ...]
    down_to: datetime | None
    resumed: Watermark | None = field(default=None, compare=False)

    @property
    def scope(self) -> str:
        """Name of the walk: the same conditions give the same name."""
        digest = hashlib.sha256(",".join(self.conditions).encode()).hexdigest()[:16]
        return f"conditions:{self.name}:{digest}"

    def state(self, started: datetime, reached: datetime) -> dict[str, Any]:
        """What the watermark of a walk begun at `started` and whole down to `reached` says."""
        return {
            "conditions": self.conditions,
            "covered_to": started.isoformat(),
            "reached": reached.isoformat(),
            "down_to": self.down_to.isoformat() if self.down_to else None,
        }


async def walk_conditions(session: Session, versions: Versions, wanted: Interval) -> None:
    """Fetch what is missing of `wanted`, walks that were cut off first.

    Raises:
        VenueError: a walk failed. One that was led in a circle or got a page beyond reading does
            not keep the others from going on.
    """
    cut = [] if session.fresh else _cut_off(session)
    failed = await _walk(session, versions, cut)
    # Only now: a walk of last week that has just been finished is held up to last week.
    due = [group for name in PASSES for group in _due(session, name, wanted, except_in=failed)]
    if not cut and not due:
        session.tally.notes.append("every condition of the window is held already")
    failed |= await _walk(session, versions, due)
    if failed:
        session.tally.notes.append(f"{len(failed)} walks by condition failed; the others are held")
        raise next(iter(failed.values()))


async def walk_named(
    session: Session, versions: Versions, wanted: Interval, conditions: Sequence[str]
) -> None:
    """Fetch what is missing of `wanted` for some conditions, which the lists need not know.

    Raises:
        VenueError: a walk failed; the others were done.
    """
    named = frozenset(conditions)
    cut = [] if session.fresh else [g for g in _cut_off(session) if named & set(g.conditions)]
    failed = await _walk(session, versions, cut)
    due = []
    for name in PASSES:
        held = {} if session.fresh else covered_to(session.lake, name, sorted(named))
        late = {c: held.get(c) for c in sorted(named)}
        due += _grouped(name, {c: t for c, t in late.items() if t is None or t < wanted.end})
    if not cut and not due:
        session.tally.notes.append("every condition named is held already")
    failed |= await _walk(session, versions, due)
    if failed:
        raise next(iter(failed.values()))


async def _walk(
    session: Session, versions: Versions, groups: Sequence[Group]
) -> dict[Group, VenueError]:
    """Walk some groups; give those that failed by themselves, and why."""
    failed: dict[Group, VenueError] = {}
    session.advance(0, total=(session.progress.total or 0) + len(groups))

    async def work(group: Group) -> None:
        try:
            await _walk_group(session, versions, group)
        except (CapReachedError, CursorLoopError, MalformedPageError) as error:
            failed[group] = error
        session.advance()

    await in_parallel(groups, work, at_once=session.settings.http_connections)
    return failed


async def _walk_group(session: Session, versions: Versions, group: Group) -> None:
    if group.resumed is not None and group.resumed.cursor == BY_TIME:
        try:
            await _walk_group_by_time(session, versions, group, group.resumed)
        except VenueError as error:
            if versions.v2_is_away or not is_away(error):
                raise
            session.tally.notes.append(f"{group.scope}: v1 is away too, walked anew over v2")
        else:
            return
    if not versions.v2_is_away:
        try:
            await _walk_group_by_cursor(session, group)
        except VenueError as error:
            versions.fall_back(session, error)
        else:
            return
    held = session.lake.watermarks(session.source, scopes=group.scope).get(group.scope)
    await _walk_group_by_time(
        session, versions, group, None if held is None or held.complete else held
    )


async def _walk_group_by_cursor(session: Session, group: Group) -> None:
    resumed = group.resumed
    try:
        await _walk_group_from(
            session, group, None if resumed and resumed.cursor == BY_TIME else resumed
        )
    except InvalidCursorError:
        session.tally.notes.append(f"{group.scope}: the venue forgot our cursor, walked anew")
        await _walk_group_from(session, group, None)


async def _walk_group_from(session: Session, group: Group, resumed: Watermark | None) -> None:
    walk = session.walk(group.scope, resumed)
    started, reached = _progress(session, resumed)
    trail = Trail(group.scope)
    cursor = resumed.cursor if resumed else None
    done = False
    while not done:
        page = await data_api.trades_page(
            session.http,
            conditions=group.conditions,
            taker_only=PASSES[group.name],
            cursor=cursor,
            trail=trail,
            patient=False,
        )
        cursor, low = page.next_cursor, lowest(page)
        held_below = group.down_to is not None and low is not None and low < group.down_to
        done = cursor is None or held_below
        # Fills of the page's last second may go on behind it.
        reached = min(reached, low + timedelta(seconds=1)) if low else reached
        note_newest(session, page)
        await session.keep(
            walk,
            page,
            TABLE,
            complete=done,
            cursor=cursor,
            state=group.state(started, reached),
        )


async def _walk_group_by_time(
    session: Session, versions: Versions, group: Group, resumed: Watermark | None
) -> None:
    """Walk over v1 what the walk `resumed` has left, or all."""
    walk = session.walk(group.scope, resumed)
    started, reached = _progress(session, resumed)

    async def fetch(*, start: int, end: int, offset: int) -> FetchedPage:
        return await data_api_v1.trades_page(
            session.http,
            taker_only=PASSES[group.name],
            conditions=group.conditions,
            start=start,
            end=end,
            offset=offset,
        )

    async def keep(page: FetchedPage, whole: datetime, ended: bool) -> None:
        note_newest(session, page)
        await session.keep(
            walk,
            page,
            TABLE,
            complete=ended,
            cursor=None if ended else BY_TIME,
            state=group.state(started, whole),
        )

    await walk_by_time(
        Interval(group.down_to or started - SERVED, reached),
        fetch,
        keep,
        name=f"data_v1_trades, {group.scope}",
        full=data_api_v1.TRADES_PAGE,
        longest=versions.longest,
    )


def _progress(session: Session, resumed: Watermark | None) -> tuple[datetime, datetime]:
    """When a walk began, and down to where it is whole."""
    if resumed is None:
        now = session.now()
        return now, now
    started = datetime.fromisoformat(resumed.state["covered_to"])
    return started, _moment(resumed.state.get("reached")) or started


def _cut_off(session: Session) -> list[Group]:
    """Groups whose walk was interrupted."""
    watermarks = session.lake.watermarks(session.source, scopes="conditions:%")
    return [
        Group(
            name=scope.split(":")[1],
            conditions=tuple(held.state["conditions"]),
            down_to=_moment(held.state["down_to"]),
            resumed=held,
        )
        for scope, held in sorted(watermarks.items())
        if not held.complete
    ]


def due_groups(session: Session, wanted: Interval) -> list[Group]:
    """The walks that `walk_conditions` would begin for `wanted`."""
    return [group for name in PASSES for group in _due(session, name, wanted, except_in=())]


def _due(
    session: Session, name: str, wanted: Interval, *, except_in: Iterable[Group]
) -> list[Group]:
    """Groups of conditions whose fills of `wanted` neither their own walks nor the feed have given.

    Conditions never walked go down to the end of what is served, the others to where they are held.
    Those of the groups `except_in` are left out.
    """
    left_out = {c for group in except_in if group.name == name for c in group.conditions}
    lives = lived(session.lake, wanted, known_by=session.now())
    covered = {} if session.fresh else covered_to(session.lake, name, list(lives))
    by_feed = [] if session.fresh else fed(session.lake, name)
    due: dict[str, datetime | None] = {}
    for condition, life in lives.items():
        held_to = covered.get(condition)
        by_walk = [Interval(BEGINNING, held_to)] if held_to else []
        if condition not in left_out and missing(life, by_feed + by_walk):
            due[condition] = held_to
    return _grouped(name, due)


def _grouped(name: str, due: Mapping[str, datetime | None]) -> list[Group]:
    """Groups of conditions: those never walked in their order, the others by how far they are."""
    never = [condition for condition, held_to in due.items() if held_to is None]
    again = sorted((held_to, condition) for condition, held_to in due.items() if held_to)
    groups = [Group(name, tuple(part), None) for part in _chunks(never)]
    for part in _chunks(again):
        oldest, _ = part[0]
        groups.append(Group(name, tuple(c for _, c in part), oldest - OVERLAP))
    return groups


def covered_to(lake: Lake, name: str, conditions: Sequence[str]) -> dict[str, datetime]:
    """Up to which moment the fills of conditions are held by their own walks."""
    rows = lake.rows(_COVERED, [TABLE, f"conditions:{name}:%", list(conditions)])
    return {condition: moment.astimezone(UTC) for condition, moment in rows}


_COVERED = """
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
)
select condition_id, max(covered_to)
from covered
semi join (select unnest(cast($3 as varchar[])) as condition_id) using (condition_id)
group by 1
"""


def lived(lake: Lake, wanted: Interval, *, known_by: datetime) -> dict[str, Interval]:
    """Per condition that was listed by `known_by`: the part of `wanted` in which it may trade.

    Oldest first. One without a known birth or death may have traded all the time.
    """
    rows = lake.rows(_LIVED, [wanted.start, wanted.end, known_by])
    return {
        condition: wanted.intersect(
            Interval(
                born.astimezone(UTC) if born else wanted.start,
                died.astimezone(UTC) if died else wanted.end,
            )
        )
        for condition, born, died in rows
    }


_LIVED = """
with markets as (
    select condition_id, arg_max(payload, received_at) as payload
    from raw.gamma_markets
    where condition_id is not null and received_at <= $3
    group by 1
),
read as (
    -- In one reading: one for each field would take as many times as long, and as much memory.
    select
        condition_id,
        from_json(
            payload, '{"createdAt": "VARCHAR", "startDate": "VARCHAR", "closedTime": "VARCHAR"}'
        ) as market
    from markets
),
lives as (
    -- A market is created, and may trade, before its nominal start and after its nominal end.
    select
        condition_id,
        least(
            try_cast(market.createdAt as timestamptz), try_cast(market.startDate as timestamptz)
        ) - interval 1 day as born_at,
        try_cast(market.closedTime as timestamptz) + interval 1 day as died_at
    from read
)
select condition_id, born_at, died_at
from lives
where
    coalesce(died_at, 'infinity') > $1
    and coalesce(born_at, '-infinity') < least($2, coalesce(died_at, 'infinity'))
order by born_at, condition_id
"""


def _chunks(items: list[Any]) -> list[list[Any]]:
    return [items[start : start + GROUP] for start in range(0, len(items), GROUP)]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
