"""Who says what happened, and what a market pays when nothing does.

Belongs here: named sources by family, and fallbacks of postponed, cancelled or delayed events.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_SOURCES: Mapping[str, Mapping[str, str]] = {
    "price": {
        "coinbase": r"\bcoinbase\b",
        "binance": r"\bbinance\b",
        "kraken": r"\bkraken\b",
        "bitstamp": r"\bbitstamp\b",
        "cf benchmarks": r"cf benchmarks|\bbrti\b|\bbrr\b",
        "chainlink": r"\bchainlink\b",
        "pyth": r"\bpyth\b",
        "coingecko": r"\bcoingecko\b",
        "coinmarketcap": r"\bcoinmarketcap\b",
        "companiesmarketcap": r"\bcompaniesmarketcap\b",
        "cme": r"\bcme\b|\bcomex\b|\bnymex\b",
        "lbma": r"\blbma\b",
        "ice": r"\bice futures\b",
        "yahoo finance": r"yahoo finance|finance\.yahoo",
        "bloomberg": r"\bbloomberg\b",
        "tradingview": r"\btradingview\b",
        "dexscreener": r"\bdexscreener\b",
    },
    "weather": {
        "nws": r"national weather service|\bnws\b|weather\.gov",
        "wunderground": r"wunderground|weather underground",
        "accuweather": r"accuweather",
        "met office": r"met office",
        "noaa": r"\bnoaa\b",
    },
    "box office": {
        "box office mojo": r"box office mojo|boxofficemojo",
        "the numbers": r"\bthe numbers\b|the-numbers",
        "deadline": r"deadline hollywood",
    },
    "reviews": {
        "rotten tomatoes": r"rotten tomatoes|rottentomatoes",
        "metacritic": r"metacritic",
        "imdb": r"\bimdb\b",
        "letterboxd": r"letterboxd",
    },
    "statistics": {
        "bls": r"bureau of labor statistics|\bbls\b",
        "bea": r"bureau of economic analysis|\bbea\b",
        "ons": r"office for national statistics|\bons\b",
        "adp": r"\badp\b",
        "nber": r"\bnber\b|national bureau of economic research",
        "department of labor": r"department of labor",
        "eurostat": r"\beurostat\b",
        "census": r"census bureau",
        "hurricane center": r"national hurricane center|\bnhc\b",
    },
    "charts": {
        "billboard 200": r"billboard (?:top )?200",
        "hot 100": r"hot 100",
        "artist 100": r"artist 100",
        "spotify": r"\bspotify\b",
    },
}
SOURCES: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (family, name, re.compile(pattern))
    for family, names in _SOURCES.items()
    for name, pattern in names.items()
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
    ("last price", re.compile(r"last (?:traded |trading )?price|fair (?:market )?price|fair value")),
    ("void", re.compile(r"\bvoid|refund|trades? (?:are|is) cancel")),
    ("no", re.compile(r"(?:resolves?|settles?)(?: to)? \"?no\b")),
    ("other", re.compile(r"(?:resolves?|settles?)(?: to)? \"?other\b")),
)
_CLAUSES = re.compile(r"[.;\n]")


def sources_in(text: str) -> dict[str, frozenset[str]]:
    """The sources a normalised text names, by family."""
    found: dict[str, set[str]] = {}
    for family, name, pattern in SOURCES:
        if pattern.search(text):
            found.setdefault(family, set()).add(name)
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
