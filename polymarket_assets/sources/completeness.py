"""Whether what a source says it holds is proved by the pages it holds.

A run that ended well promises its window. The promise is proved when the pages of its walks follow
each other without a gap, ended where the venue said so, and cover the window; a watermark proves
nothing by itself. A gap names what is not proved and the command that fetches it.

Belongs here: the proof every walk owes. The proofs that need a source's own knowledge are in
fill_proof.py and answer_proof.py.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from polymarket_assets.domain.windows import DAY, DayWindow, Interval, start_of_day
from polymarket_assets.sources.answer_proof import answer_gaps, price_gaps
from polymarket_assets.sources.fill_proof import fill_gaps
from polymarket_assets.sources.gaps import Evaluation, Gap, utc_text
from polymarket_assets.sources.held_walks import HeldWalk, Run, runs_of, walks_of
from polymarket_assets.store.lake import Lake

ENDS_AT_NULL = frozenset({"gamma_events", "gamma_markets", "kalshi_events", "kalshi_markets"})
"""Sources whose walks may end nowhere but where the venue names no next cursor."""
ONLY_NOW = frozenset(
    {"clob_books", "kalshi_books", "data_leaderboard", "data_positions", "data_holders"}
)
"""Sources the venue serves no past of: what was missed can not be had any more."""
ANSWERS = frozenset({"clob_prices", "kalshi_candles"})
"""Sources of single answers about ids and a time, which answer_proof.py judges."""
OWN_PROOF = ("feed:", "conditions:")
"""Scopes whose walks fill_proof.py judges: they jump, and stop where they meet what is held."""
UNSAID_END = frozenset({"kalshi_books"})
"""Sources whose last page may be followed by requests that give none, so that no page says it."""
UNDER_WAY = timedelta(minutes=6)
"""A walk whose last page is younger may still be running."""


def evaluate(
    lake: Lake, source: str, window: DayWindow, now: datetime, *, keep_pages_days: int
) -> Evaluation:
    """What of the days of `window` the held pages of `source` prove.

    For fills and prices the days are those of the events; for everything else those of receipt.
    Pages older than `keep_pages_days` may have been dropped, except those of fills.
    """
    runs = runs_of(lake, source, window)
    walks = walks_of(lake, source, window)
    kept_since = now - timedelta(days=keep_pages_days)
    gaps: list[Gap] = []
    if source == "clob_prices":
        gaps += price_gaps(lake, window, now, runs, kept_since)
    elif source in ANSWERS:
        gaps += answer_gaps(lake, source, window, now, kept_since)
    else:
        own = [walk for walk in walks if walk.began_at >= kept_since and _concerns(walk, window)]
        gaps += _broken_walks(source, own, runs, now)
    if source == "data_trades":
        gaps += fill_gaps(lake, window, now, runs, walks)
    notes = ()
    if not walks and source in ONLY_NOW:
        notes = (f"{window}: not available for the past, nothing to prove",)
    return Evaluation(
        source,
        window,
        tuple(sorted(gaps, key=lambda gap: (not gap.promised, gap.scope))),
        len(walks),
        sum(len(walk.pages) for walk in walks),
        notes,
    )


def _broken_walks(
    source: str,
    walks: Sequence[HeldWalk],
    runs: Sequence[Run],
    now: datetime,
) -> Iterable[Gap]:
    """Walks of which a page is missing or that ended too soon, unless they were walked again."""
    of_scope: dict[str, list[HeldWalk]] = defaultdict(list)
    for walk in walks:
        of_scope[walk.scope].append(walk)
    for scope, held in sorted(of_scope.items()):
        given = _given(held)
        whole: list[HeldWalk] = []
        for walk in reversed(held):
            found = walk.breaks(given) + _end(source, walk)
            if not found:
                whole.append(walk)
            elif not (_walked_again(walk, whole) or _is_taken_care_of(walk, runs, now)):
                yield Gap(
                    scope,
                    _time_of(walk),
                    f"walk {walk.id[:8]} of {utc_text(walk.began_at)}: {'; '.join(found)}",
                    promised=any(run.ok and run.ended_at >= walk.last_page_at for run in runs),
                    fillable=source not in ONLY_NOW or walk.began_at.date() == now.date(),
                )


def _given(held: Sequence[HeldWalk]) -> frozenset[str]:
    """The cursors at which a walk of a scope may begin: the ends of those before it.

    A walk may end at a page without a successor and the next one ask for that page again. Where the
    oldest of the walks began, nothing is known.
    """
    ends = (walk.pages[-1] for walk in held if walk.pages)
    cursors = [c for page in ends for c in (page.next_cursor, page.asked)]
    return frozenset(c for c in (held[0].first_asked, *cursors) if c is not None)


def _concerns(walk: HeldWalk, window: DayWindow) -> bool:
    """Whether a walk is judged here, and asked for a time that touches the days."""
    asked = _time_of(walk)
    days = Interval(start_of_day(window.first), start_of_day(window.last) + DAY)
    return not walk.scope.startswith(OWN_PROOF) and (
        asked is None or not asked.intersect(days).is_empty
    )


def _time_of(walk: HeldWalk) -> Interval | None:
    """The time a walk asked for: by its first page, else by the days its scope names."""
    for page in walk.pages:
        if page.since is not None and page.until is not None and page.since < page.until:
            return Interval(page.since, page.until)
    days = [date.fromisoformat(day) for day in re.findall(r"\d{4}-\d\d-\d\d", walk.scope)]
    return Interval(start_of_day(min(days)), start_of_day(max(days)) + DAY) if days else None


def _walked_again(walk: HeldWalk, whole: Sequence[HeldWalk]) -> bool:
    """Whether a later walk that is whole asked the same from the same place on."""
    asked = _time_of(walk)
    for later in whole:
        same = not walk.pages or later.pages[0].filters == walk.pages[0].filters
        again = _time_of(later)
        covers = again == asked or (
            asked is not None and again is not None and asked.intersect(again) == asked
        )
        if same and covers and later.first_asked == walk.first_asked:
            return True
    return False


def _is_taken_care_of(walk: HeldWalk, runs: Sequence[Run], now: datetime) -> bool:
    """Whether a walk that was cut off is still running, or a later run has seen to it."""
    return walk.is_cut and (
        now - walk.last_page_at < UNDER_WAY
        or any(run.ok and run.started_at > walk.last_page_at for run in runs)
    )


def _end(source: str, walk: HeldWalk) -> list[str]:
    last = max(walk.pages, key=lambda page: page.number, default=None)
    if last is None:
        return []
    if walk.is_cut and source not in UNSAID_END:
        return [f"it was cut off after page {last.number}"]
    if source in ENDS_AT_NULL and last.next_cursor is not None:
        return [f"it ended at page {last.number}, which names a next cursor"]
    return []
