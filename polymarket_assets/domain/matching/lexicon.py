"""Words that mean the same, and words that mean nothing here.

Belongs here: general vocabulary of the venues' trades. Not here: what names one market or one pair,
and distinctions that a slot is for (facets.py, settlement.py, quantity.py).
"""

from __future__ import annotations

import re
from functools import lru_cache

from polymarket_assets.domain.matching.normal import stem, words

# Each with letters without which it cannot be found: looking for those first is much faster.
_PHRASES: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = tuple(
    (tuple(hint.split()), re.compile(rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])"), replacement)
    for hint, pattern, replacement in (
        ("united states american", "united states(?: of america)?|american", "us"),
        ("united kingdom british", "united kingdom|british", "uk"),
        ("european central", "european central bank", "ecb"),
        ("federal fomc", "federal open market committee|federal reserve(?: board)?|fomc", "fed"),
        ("nyc new york", "new york city|nyc", "new york"),
        ("bureau of labor", "bureau of labor statistics", "bls"),
        ("bureau of economic", "bureau of economic analysis", "bea"),
        ("office for national", "office for national statistics", "ons"),
        ("national weather", "national weather service", "nws"),
        ("consumer price", "consumer price index", "cpi"),
        ("gross domestic", "gross domestic product", "gdp"),
        ("farm payroll payroll", "non-?farm payrolls?|payroll employment", "payrolls"),
        ("market cap", "market cap(?:italization)?", "marketcap"),
        ("house of rep", "house of representatives", "house"),
        ("gubernatorial", "gubernatorial", "governor"),
        ("presiden", "presidential|presidency", "president"),
        ("gop republican", "gop|republican party|republicans", "republican"),
        ("dem", "dems|democratic party|democrats?|democratic", "democrat"),
        ("labour labor", "labou?r party", "labour"),
        ("academy oscar", "academy awards?|oscars", "oscar"),
        ("grammy", "grammy awards?|grammys", "grammy"),
        ("valuable", "most valuable player", "mvp"),
        ("step", "steps? down|stepping down", "resign"),
        ("carr", "carr(?:y|ies|ied) out", "conduct"),
        ("change hold", "no change|holds? (?:rates )?steady", "unchanged"),
        ("law", "signed into law|becomes? law", "signedlaw"),
        ("remain stay still", "remains?|stays?|still be|still is|continues? as", "leave"),
        ("candle", r"\d+[ -]?(?:minute|min|m|second|hour|h)[ -]candles?", ""),
        ("drivers", "drivers' champion(?:ship)?", "drivers win"),
    )
)
_SAME: dict[str, str] = {
    stem(word): stem(group.split()[0])
    for group in (
        "win won wins winner winning beat defeat champion championship victory elected title",
        "nominated nominee nominees nomination nominates",
        "leave left leaves out depart ousted ceases cease leaving",
        "resign resignation resigned",
        "cut lower lowers reduces",
        "release launch",
        "acquire acquisition buys",
        "confirm confirmation",
        "pass passage",
        "recognize recognise",
        "post tweet posts",
        "game match",
        "bitcoin btc xbt",
        "ethereum eth ether",
        "solana sol",
        "dogecoin doge",
        "hurricanes hurricane",
        "midterms midterm",
        "first 1st",
        "second 2nd",
        "third 3rd",
        "conduct perform",
        "tie draw tied",
    )
    for word in group.split()
}
_FILLER: frozenset[str] = frozenset(
    stem(word)
    for word in words(
        """
        a an the this that these those of at in on for to from by with within and or as into its it
        his her their he she they who whom what which how many much when where why is are was were
        be been being has have had do does did will would shall can may might must if then else
        otherwise market resolve resolves resolved yes no immediately once any some there not than
        under over between at least most exactly equal price value level figure reading range
        number total count official officially according per published reported reports source
        sources based shown recorded scheduled originally professional date day days week time
        times hour minute month year end start before after during through until since prior later
        earlier et edt est utc gmt am pm noon midnight close closes closed closing hit hits reach
        reaches touch dip dips fall falls drop drops trade trades trading point percent degree
        degrees bp bps basis other both same such party candidate person become becomes gets get
        make makes made us following result upon about around whether including included include
        includes excluded meeting decision target upper bound change changes overtime extra
        penalties stoppage shootout regulation plus s t x vs against per high low reason office
        actually inflation rise rises raises hike increase increases add adds grow growth election
        race spread moneyline
        monday tuesday wednesday thursday friday saturday sunday
        january february march april may june july august september october november december
        jan feb mar apr jun jul aug sep sept oct nov dec
        """
    )
)
_KEPT: frozenset[str] = frozenset({"us", "lower"})
_SYMBOL = re.compile(r"\(([a-z]{2,5})\)")


def meanings(text: str) -> list[str]:
    """The words of a normalised text that carry meaning, one form for each meaning, in order."""
    text = _SYMBOL.sub(" ", text)
    for hints, pattern, replacement in _PHRASES:
        if any(hint in text for hint in hints):
            text = pattern.sub(replacement, text)
    return [meaning for word in words(text) if (meaning := _meaning(word))]


@lru_cache(maxsize=100_000)
def _meaning(word: str) -> str:
    """The one form of a word's meaning; empty for filler and single letters."""
    root = stem(word)
    root = _SAME.get(root, root)
    if (root in _FILLER and word not in _KEPT) or (len(root) == 1 and not root.isdigit()):
        return ""
    return root
