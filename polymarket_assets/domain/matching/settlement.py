"""Who says what happened, and what a market pays when nothing does.

Belongs here: named sources by family, and fallbacks of postponed, cancelled or delayed events.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_SOURCES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "price": {
        "coinbase": ("coinbase",),
        "binance": ("binance",),
        "kraken": ("kraken",),
        "bitstamp": ("bitstamp",),
        "cf benchmarks": ("cf benchmarks", "brti", "brr"),
        "chainlink": ("chainlink",),
        "pyth": ("pyth",),
        "coingecko": ("coingecko",),
        "coinmarketcap": ("coinmarketcap",),
        "companiesmarketcap": ("companiesmarketcap",),
        "cme": ("cme", "comex", "nymex"),
        "lbma": ("lbma",),
        "ice": ("ice futures",),
        "yahoo finance": ("yahoo finance", "finance.yahoo"),
        "bloomberg": ("bloomberg",),
        "tradingview": ("tradingview",),
        "dexscreener": ("dexscreener",),
    },
    "weather": {
        "nws": ("national weather service", "nws", "weather.gov"),
        "wunderground": ("wunderground", "weather underground"),
        "accuweather": ("accuweather",),
        "met office": ("met office",),
        "noaa": ("noaa",),
    },
    "box office": {
        "box office mojo": ("box office mojo", "boxofficemojo"),
        "the numbers": ("the numbers", "the-numbers"),
        "deadline": ("deadline hollywood",),
    },
    "reviews": {
        "rotten tomatoes": ("rotten tomatoes", "rottentomatoes"),
        "metacritic": ("metacritic",),
        "imdb": ("imdb",),
        "letterboxd": ("letterboxd",),
    },
    "statistics": {
        "bls": ("bureau of labor statistics", "bls"),
        "bea": ("bureau of economic analysis", "bea"),
        "ons": ("office for national statistics", "ons"),
        "adp": ("adp",),
        "nber": ("nber", "national bureau of economic research"),
        "department of labor": ("department of labor",),
        "eurostat": ("eurostat",),
        "census": ("census bureau",),
        "hurricane center": ("national hurricane center", "nhc"),
    },
    "charts": {
        "billboard 200": ("billboard 200", "billboard top 200"),
        "hot 100": ("hot 100",),
        "artist 100": ("artist 100",),
        "spotify": ("spotify",),
    },
}


@dataclass(frozen=True)
class Source:
    """A named source: its family, and the spellings it is found by."""

    family: str
    name: str
    spellings: tuple[str, ...]
    pattern: re.Pattern[str]

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where a normalised text names it."""
        if not any(spelling in text for spelling in self.spellings):
            return []
        return [match.span() for match in self.pattern.finditer(text)]


SOURCES: tuple[Source, ...] = tuple(
    Source(
        family,
        name,
        spellings,
        re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(re.escape, spellings))})(?![a-z0-9])"),
    )
    for family, names in _SOURCES.items()
    for name, spellings in names.items()
)
STRICT_FAMILIES: frozenset[str] = frozenset({"price", "weather", "box office", "reviews", "charts"})
"""Families whose members differ in their figures, so that silence on one side is a difference."""
_TRIGGERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("cancelled", re.compile(r"\bcancel|\babandon|not (?:played|held)\b")),
    ("postponed", re.compile(r"postpone|reschedul|\bdelayed\b(?! data)")),
    ("tied", re.compile(r"\b(?:ends? in a tie|is a tie|is a draw|are tied|tied\b)")),
)
_EFFECTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("half", re.compile(r"50[-/ ]50|50/50|0\.50? each")),
    ("open", re.compile(r"(?:stays?|remains?|kept) open|until (?:the|it|they)")),
    (
        "last price",
        re.compile(r"last (?:traded |trading )?price|fair (?:market )?price|fair value"),
    ),
    ("void", re.compile(r"\bvoid|refund|trades? (?:are|is) cancel")),
    ("no", re.compile(r"(?:resolves?|settles?)(?: to)? \"?no\b")),
    ("other", re.compile(r"(?:resolves?|settles?)(?: to)? \"?other\b")),
)
_CLAUSES = re.compile(r"[.;\n]")


def sources_in(text: str) -> dict[str, frozenset[str]]:
    """The sources a normalised text names, by family."""
    found: dict[str, set[str]] = {}
    for source in SOURCES:
        if source.spans(text):
            found.setdefault(source.family, set()).add(source.name)
    return {family: frozenset(names) for family, names in found.items()}


def fallbacks_in(rules: str) -> dict[str, str]:
    """What a market pays by what befell its event: `cancelled`, `postponed`, `tied` → effect."""
    found: dict[str, str] = {}
    for clause in _CLAUSES.split(rules):
        effect = next((name for name, pattern in _EFFECTS if pattern.search(clause)), None)
        if effect is None:
            continue
        for trigger, pattern in _TRIGGERS:
            if pattern.search(clause):
                found.setdefault(trigger, effect)
    return found
