"""The universe: which markets the platform looks at closely, by topic, volume and scheduled end.

Belongs here: the one decision, for markets of any venue, and how a keyword is found in a question.
Not here: where the keywords are listed (the seed crypto_keywords), what is collected of a market in
the universe (sources). Lists of markets, fills and price history are collected of every market.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

Topic = Literal["all", "crypto", "tags"]

# Letters of Western languages and digits, spelled out: SQL's expressions know the same range, so
# that both find the same words. The macro `words_of` says it again.
_WORD = re.compile("[0-9A-Za-z\u00c0-\u024f]+")
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True)
class Keywords:
    """Words that tell a topic.

    Attributes:
        any_case: found however they are written; kept in lower case.
        as_written: found in their own spelling alone: tickers that are also plain words, like LINK.
    """

    any_case: frozenset[str]
    as_written: frozenset[str]

    @classmethod
    def of(cls, rows: Iterable[tuple[str, bool]]) -> Keywords:
        """The keywords of (keyword, match_case) rows.

        Raises:
            ValueError: a keyword is not one word of ASCII letters and digits, so it is never found.
        """
        any_case, as_written = set(), set()
        for keyword, match_case in rows:
            if not keyword.isascii() or words(keyword) != [keyword]:
                raise ValueError(f"keyword {keyword!r} is not one word of ASCII letters and digits")
            if match_case:
                as_written.add(keyword)
            else:
                any_case.add(keyword.translate(_LOWER))
        return cls(frozenset(any_case), frozenset(as_written))

    def found_in(self, text: str | None) -> bool:
        """Whether a word of `text` is a keyword: "SOL at $200" has one, "resolve" has none."""
        return any(
            word in self.as_written or word.translate(_LOWER) in self.any_case
            for word in words(text or "")
        )


def words(text: str) -> list[str]:
    """The runs of letters and digits of a text; ASCII capitals alone have a lower case here."""
    return _WORD.findall(text)


@dataclass(frozen=True)
class Candidate:
    """What is known of a market that may belong; a value not known is None.

    Attributes:
        text: its question or title.
        tags: slugs of its event's tags.
        volume_24h_usd: volume of the last 24 hours.
        ends_at: its scheduled end.
    """

    text: str | None
    tags: frozenset[str]
    volume_24h_usd: Decimal | None
    ends_at: datetime | None


@dataclass(frozen=True)
class Universe:
    """Which markets belong.

    Attributes:
        topic: all markets, those whose question names a coin, or those with one of `tags`.
        keywords: what names a coin.
        tags: slugs, of which a market's event must have one when the topic is "tags".
        min_volume_24h_usd: least volume of the last 24 hours.
        lookahead: a market that ends later than this from now does not belong yet.
        max_resolution_days: as `resolves_within`; None for no such limit.
    """

    topic: Topic
    keywords: Keywords
    tags: frozenset[str]
    min_volume_24h_usd: Decimal
    lookahead: timedelta
    max_resolution_days: int | None

    def holds(self, market: Candidate, now: datetime) -> bool:
        """Whether `market` belongs at `now`; a volume not known counts as none, no end as never.

        A market past its scheduled end belongs as long as it trades: venues' ends are nominal.
        """
        return (
            market.ends_at is not None
            and market.ends_at <= now + self.lookahead
            and resolves_within(market.ends_at, now, self.max_resolution_days)
            and (market.volume_24h_usd or 0) >= self.min_volume_24h_usd
            and self._is_on_topic(market)
        )

    def _is_on_topic(self, market: Candidate) -> bool:
        if self.topic == "crypto":
            return self.keywords.found_in(market.text)
        return self.topic == "all" or not self.tags.isdisjoint(market.tags)


def resolves_within(ends_at: datetime | None, now: datetime, days: int | None) -> bool:
    """Whether a market's scheduled end is at most `days` days ahead; an unknown end is not.

    Without a limit (None) every market does. Arbitrage between venues asks for 7: capital is bound
    until the later of two markets resolves.
    """
    return days is None or (ends_at is not None and ends_at <= now + timedelta(days=days))
