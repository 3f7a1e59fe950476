"""Which price points of a window are proved to have been asked for, token by token.

Belongs here: what tokens owe, against the answers held. Not here: how they are asked (prices.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from polymarket_assets.domain.coverage import missing
from polymarket_assets.domain.windows import DayWindow, Interval
from polymarket_assets.sources.completeness import Gap, Run, by_knowledge, promised
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
