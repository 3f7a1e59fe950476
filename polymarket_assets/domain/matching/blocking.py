"""Which pairs are worth judging: those that end together and share a telling word.

Belongs here: cheap keys from titles and listed dates, and the pairs they give. Not here: rules
texts, which are read only for markets that are in some pair.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from polymarket_assets.domain.matching.dates import find_dates
from polymarket_assets.domain.matching.lexicon import meanings
from polymarket_assets.domain.matching.market import MarketText
from polymarket_assets.domain.matching.normal import normalise
from polymarket_assets.domain.matching.similarity import token_set
from polymarket_assets.domain.matching.window import times_in

END_TOLERANCE = timedelta(hours=48)
"""How far apart the ends of two markets may lie; each may have several."""
RARE_SHARE = 0.05
"""A word tells markets apart when at most this share of all markets uses it."""
RARE_LEAST = 100
"""Nor do so many users make it common. A market of common words alone is found by its rarest."""
LEAST_OVERLAP = 0.2
"""Share of words in common (Dice) below which a pair is not judged."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class BlockingKey:
    """Words of title, label and event, and the times at which a market may end."""

    words: frozenset[str]
    ends: tuple[datetime, ...]


def blocking_key(market: MarketText) -> BlockingKey:
    """The key of one market, from its title, label, event and dates alone."""
    title = normalise(f"{market.title} | {market.outcome} | {market.event_title or ''}")
    listed = [at for at in (market.resolves_at, market.closes_at) if at]
    near = min(listed).date() if listed else _EPOCH.date()
    dates = find_dates(title, near) if listed else []
    titled = [datetime(d.until.year, d.until.month, d.until.day, tzinfo=UTC) for d in dates]
    letters = list(title)
    for begin, end in [*((d.begin, d.end) for d in dates), *times_in(title)]:
        letters[begin:end] = " " * (end - begin)
    found = {word for word in meanings("".join(letters)) if not word[0].isdigit()}
    return BlockingKey(frozenset(found), tuple(dict.fromkeys([*listed, *titled])))


def candidates(
    left: Sequence[BlockingKey], right: Sequence[BlockingKey]
) -> Iterator[tuple[int, int]]:
    """Pairs of places in `left` and `right` that may belong together, each once, in order.

    A market without any date is compared with none: nothing bounds what it might match.
    """
    counts = Counter(word for key in (*left, *right) for word in key.words)
    limit = max(RARE_LEAST, RARE_SHARE * (len(left) + len(right)))
    index: dict[tuple[str, int], list[int]] = defaultdict(list)
    for place, key in enumerate(right):
        for word in _telling(key, counts, limit):
            for day in {_day(end) for end in key.ends}:
                index[word, day].append(place)
    reach = -(-END_TOLERANCE // timedelta(days=1))
    for place, key in enumerate(left):
        days = {_day(end) + shift for end in key.ends for shift in range(-reach, reach + 1)}
        found = {
            other
            for word in _telling(key, counts, limit)
            for day in days
            for other in index.get((word, day), ())
        }
        for other in sorted(found):
            if _together(key, right[other]) and (
                token_set(key.words, right[other].words) >= LEAST_OVERLAP
            ):
                yield place, other


def _telling(key: BlockingKey, counts: Counter[str], limit: float) -> frozenset[str]:
    rare = frozenset(word for word in key.words if counts[word] <= limit)
    if rare or not key.words:
        return rare
    return frozenset({min(key.words, key=lambda word: (counts[word], word))})


def _day(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(days=1)


def _together(a: BlockingKey, b: BlockingKey) -> bool:
    return any(abs(x - y) <= END_TOLERANCE for x in a.ends for y in b.ends)
