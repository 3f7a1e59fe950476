"""Fills of every market: the bare feed for the recent past, walks by condition for older days.

Two passes with the same rules: `taker` (taker_only=true, one row per match, for core.fct_trades)
and `all` (taker_only=false, both sides, for core.fct_wallet_fills).

Belongs here: which part of a window which walk fetches, and what both know of a page. Not here: the
walks themselves (feed.py, conditions.py).

Source: GET /v2/trades of the Data API.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from polymarket_assets.domain.windows import DayWindow, Interval
from polymarket_assets.sources.conditions import walk_conditions, walk_named
from polymarket_assets.sources.feed import feed_start, walk_feed
from polymarket_assets.sources.fills import PASSES, SERVED
from polymarket_assets.sources.session import Session, in_parallel


async def collect_trades(
    session: Session, window: DayWindow, *, conditions: Sequence[str] = ()
) -> None:
    """Fetch the fills of `window` into raw.data_trades; nothing that is held is asked for.

    What the feed serves is always taken from it: it also has markets the lists never show (combos).
    With `conditions` only these are walked, each by itself and not from the feed.
    """
    now = session.now()
    wanted = window.until(now)
    if wanted.is_empty:
        session.tally.notes.append(f"{window} has not begun: nothing to fetch")
        return
    if wanted.start < now - SERVED:
        part = "" if wanted.end <= now - SERVED else f" before {now - SERVED:%Y-%m-%d}"
        session.tally.notes.append(f"{window}: not served{part}, the venue keeps three years")
    served = wanted.intersect(Interval(now - SERVED, now))
    if conditions:
        await walk_named(session, served, conditions)
        return
    recent = served.intersect(Interval(feed_start(now), now))
    older = served.intersect(Interval(served.start, feed_start(now)))
    if not recent.is_empty:
        await in_parallel(list(PASSES), partial(walk_feed, session, recent), at_once=len(PASSES))
    if not older.is_empty:
        await walk_conditions(session, older)
