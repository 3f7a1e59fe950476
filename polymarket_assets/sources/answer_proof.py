"""Which answers about ids and a time are held: price points by token, candles by ticker.

Belongs here: what was due or is said to be held, against the pages. Not here: how it is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from polymarket_assets.domain.coverage import missing
from polymarket_assets.domain.windows import DayWindow, Interval
from polymarket_assets.sources.gaps import Gap
from polymarket_assets.sources.held_walks import Run, by_knowledge, promised
from polymarket_assets.sources.prices import asked_for, on_the_minute, token_lives
from polymarket_assets.store.lake import Lake

SHORTEST = timedelta(minutes=1)


def price_gaps(
    lake: Lake, window: DayWindow, now: datetime, runs: Sequence[Run], kept_since: datetime
) -> Iterator[Gap]:
    """Time for which a successful run was due to ask for a token, and no held page has the answer.

    Due are the tokens whose market was listed with volume when that run began; volume that came
    later is the business of a later run.
    """
    lacking: dict[Interval, list[str]] = defaultdict(list)
    for promise in promised(runs, window, now):
        for part, known_by in by_knowledge(promise, runs, now):
            wanted = on_the_minute(part)
            if wanted.is_empty:
                continue
            held = asked_for(lake, wanted, proven_since=kept_since)
            for token, life in token_lives(lake, wanted, known_by=known_by).items():
                for gap in missing(life, held.get(token, ())):
                    if gap.end - gap.start >= SHORTEST:
                        lacking[gap].append(token)
    for interval, tokens in sorted(lacking.items()):
        yield Gap(
            "prices",
            interval,
            f"no page holds the answer for {len(tokens)} tokens, e.g. {tokens[0]}",
            promised=True,
            ids=tuple(tokens),
        )


def answer_gaps(
    lake: Lake, source: str, window: DayWindow, now: datetime, kept_since: datetime
) -> Iterator[Gap]:
    """Answers of `source` that watermarks name and no held page has, unless they were had again."""
    days = window.until(now)
    held: dict[str, list[Interval]] = defaultdict(list)
    lost: dict[Interval, list[str]] = defaultdict(list)
    for ids, start, end, is_held in lake.rows(_ANSWERS, [source, days.start, days.end, kept_since]):
        asked = Interval(start.astimezone(UTC), end.astimezone(UTC))
        for one in ids:
            if is_held:
                held[one].append(asked)
            else:
                lost[asked.intersect(days)].append(one)
    for interval, ids in sorted(lost.items()):
        lacking = sorted({one for one in ids if missing(interval, held[one])})
        if lacking:
            yield Gap(
                "answers",
                interval,
                f"the page is not held that answered for {len(lacking)} ids, e.g. {lacking[0]}",
                promised=True,
                ids=tuple(lacking),
            )


_ANSWERS = """
with asked as (
    select
        json_extract_string(state, '$.tickers[*]') as ids,
        cast(state ->> '$.from' as timestamptz) as started_at,
        cast(state ->> '$.to' as timestamptz) as ended_at,
        recorded_at,
        page_id
    from raw.watermarks
    where source = $1
),
pages as (
    select page_id from raw.pages where source = $1
)
select
    ids,
    started_at,
    ended_at,
    recorded_at < $4 or page_id in (select pages.page_id from pages) as is_held
from asked
where ended_at > $2 and started_at < $3
"""
