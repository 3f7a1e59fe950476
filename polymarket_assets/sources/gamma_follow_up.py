"""Gamma objects the walks do not bring back: vanished from the open list, or closed undecided.

An object held as open that the open list no longer shows is asked for by id among the closed ones,
so a result is never missed; the id of one that is not there either is remembered as absent (the
venue has taken it off). A market that closed before its result was final (proposed, disputed, or
prices that decide nothing) is asked for again until it is final: at every run of its first days,
then ever less often.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.clients.pages import FetchedPage
from polymarket_assets.sources.session import Session

SCOPE = "follow-up"
CHUNK = 50
"""Ids per request: keeps the address below 4 kB."""
EVERY_RUN_FOR = timedelta(days=3)
"""How long every run asks for an undecided market that closed: a dispute takes two days."""
FOLLOWED_FOR = timedelta(days=90)
"""After that what a market says is taken for its last word, decided or not; some old ones still say
that their outcome is proposed (macro is_pending)."""
SLOWER_BY = 1.25
"""Between the two, the age of a market at one request is this many times that at the last."""


@dataclass(frozen=True)
class Kind:
    """How events and markets differ: table, key columns and the client's functions.

    Attributes:
        table: raw table.
        id_column: its id.
        ask_by: column of the id that requests name.
        closed: SQL that tells a row's `closed`.
        is_decided_later: a result may come after the object has closed.
        pages: walks the list.
        parse: reads a page.
    """

    table: str
    id_column: str
    ask_by: str
    closed: str
    is_decided_later: bool
    pages: Callable[..., AsyncIterator[FetchedPage]]
    parse: Callable[[bytes], ParsedPage]

    def ids(self, page: ParsedPage, column: str | None = None) -> set[str]:
        """Ids of the objects of a page, by which they are held or those in another column."""
        return set(page.table.column(column or self.id_column).to_pylist())


async def follow_up(
    session: Session, kind: Kind, listed: set[str], *, began: datetime, before: datetime | None
) -> None:
    """Ask by id for what the walks of this run did not show.

    Args:
        session: the run.
        kind: events or markets.
        listed: ids the open walk has shown.
        began: when this run began; what it has received itself is not asked for again.
        before: when the last whole run ended; None before the first.
    """
    gone = _gone(session, kind, listed)
    asked = set(gone)
    if kind.is_decided_later and before is not None:
        asked.update(_undecided(session, kind, began=began, before=before))
    ids = sorted(asked)
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        await _ask(session, kind, chunk, gone)


async def _ask(session: Session, kind: Kind, chunk: Sequence[str], gone: set[str]) -> None:
    walk, missing = session.walk(SCOPE), set(chunk) & gone
    async for page in kind.pages(session.http, closed=True, ids=chunk):
        missing -= kind.ids(page.parsed, kind.ask_by)
        last = page.next_cursor is None
        await session.keep(
            walk,
            page,
            kind.table,
            complete=last,
            cursor=None,
            # Only the last page tells what no page has shown.
            state={"asked": len(chunk), "absent": sorted(missing) if last else []},
        )
        session.advance()


def _gone(session: Session, kind: Kind, listed: set[str]) -> set[str]:
    """Ids to ask by of objects that are held as open and no longer listed so."""
    held = session.lake.rows(
        f"""
        select {kind.id_column}, arg_max({kind.ask_by}, received_at)
        from raw.{kind.table}
        group by 1
        having not coalesce(arg_max({kind.closed}, received_at), false)
        """  # noqa: S608 - names of the two kinds
    )
    return {asked for own, asked in held if own not in listed and asked}


def _undecided(session: Session, kind: Kind, *, began: datetime, before: datetime) -> set[str]:
    """Ids to ask by of closed markets without a final result whose turn it is."""
    rows = session.lake.rows(
        _UNDECIDED, {"since": (began - FOLLOWED_FOR).astimezone(UTC).date(), "began": began}
    )
    return {
        asked
        for asked, closed_at in rows
        if asked and is_due_again(began - closed_at, before - closed_at)
    }


def is_due_again(age: timedelta, age_before: timedelta) -> bool:
    """Whether a market that closed `age` ago, and `age_before` before the last run, is asked for.

    At every run until EVERY_RUN_FOR, then whenever its age has grown by SLOWER_BY, until
    FOLLOWED_FOR.
    """
    if age <= EVERY_RUN_FOR:
        return True
    if age > FOLLOWED_FOR:
        return False
    return _step(age) > _step(age_before)


def _step(age: timedelta) -> int:
    return math.floor(math.log(max(age / EVERY_RUN_FOR, 1), SLOWER_BY))


# Final as core.fct_resolutions means it: the oracle has nothing pending, the prices are payouts.
_UNDECIDED = """
with closed as (
    select
        condition_id,
        arg_max(payload, received_at) as payload,
        min(received_at) as first_seen_at,
        max(received_at) as last_seen_at
    from raw.gamma_markets
    where closed and dt >= $since
    group by condition_id
),
read as (
    select
        condition_id,
        coalesce(
            try_cast(payload ->> '$.closedTime' as timestamptz), first_seen_at
        ) as closed_at,
        coalesce(payload ->> '$.umaResolutionStatus', '') in ('requested', 'proposed', 'disputed')
            as is_pending,
        list_transform(
            try(from_json(payload ->> '$.outcomePrices', '["DECIMAL(18, 6)"]')),
            lambda price: case
                when price >= 0.99 then 1 when price <= 0.01 then 0 when price = 0.5 then 0.5
            end
        ) as shares
    from closed
    where last_seen_at < $began
)
select condition_id, closed_at
from read
where
    is_pending
    or len(list_filter(shares, lambda share: share is null)) > 0
    or coalesce(list_sum(shares), 0) <> 1
"""
