"""Words that mean the same, and words that mean nothing here.

Belongs here: general vocabulary of the venues' trades. Not here: what names one market or one pair,
and distinctions that a slot is for (facets.py, settlement.py, quantity.py).
"""

from __future__ import annotations

import re

from polymarket_assets.domain.matching.normal import stem, words

_PHRASES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])"), replacement)
    for pattern, replacement in (
        ("united states(?: of america)?|american", "us"),
        ("united kingdom|british", "uk"),
        ("european central bank", "ecb"),
        ("federal open market committee|federal reserve(?: board)?|fomc", "fed"),
        ("new york city|nyc", "new york"),
        ("bureau of labor statistics", "bls"),
        ("bureau of economic analysis", "bea"),
        ("office for national statistics", "ons"),
        ("national weather service", "nws"),
        ("consumer price index", "cpi"),
        ("gross domestic product", "gdp"),
        ("non-?farm payrolls?|payroll employment", "payrolls"),
        ("market cap(?:italization)?", "marketcap"),
        ("house of representatives", "house"),
        ("gubernatorial", "governor"),
        ("presidential|presidency", "president"),
        ("gop|republican party|republicans", "republican"),
        ("dems|democratic party|democrats?|democratic", "democrat"),
        ("labou?r party", "labour"),
        ("academy awards?|oscars", "oscar"),
        ("grammy awards?|grammys", "grammy"),
        ("most valuable player", "mvp"),
        ("steps? down|stepping down", "resign"),
        ("carr(?:y|ies|ied) out", "conduct"),
        ("no change|holds? (?:rates )?steady", "unchanged"),
        ("signed into law|becomes? law", "signedlaw"),
        ("remains?|stays?|still be|still is|continues? as", "leave"),
        (r"\d+[ -]?(?:minute|min|m|second|hour|h)[ -]candles?", ""),
        ("drivers' champion(?:ship)?", "drivers win"),
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
    )
    for word in group.split()
}
_FILLER: frozenset[str] = frozenset(
    stem(word)
    for word in """
    a an the this that these those of at in on for to from by with within and or as into its it his
    her their he she they who whom what which how many much when where why is are was were be been
    being has have had do does did will would shall can may might must if then else otherwise
    market resolve resolves resolved yes no immediately once any some there not than more less fewer
    higher lower above below over under between at least most exactly greater or equal up down down
    price value level figure reading range number total count official officially according per
    published reported reports source sources based shown recorded scheduled originally professional
    date day days week time times hour minute end start before after during through until since
    prior later earlier et edt est utc gmt am pm noon midnight close closes closed closing
    hit hits reach reaches touch dip dips fall falls drop drops trade trades trading point percent degree degrees
    other both same such party candidate person become becomes gets get make makes made us
    following result upon about around whether including included include includes excluded
    meeting decision target upper bound change overtime extra penalties stoppage shootout
    regulation plus s t x vs against per high low reason office actually inflation
    rise rises raises hike increase increases add adds grow growth change changes election race spread moneyline
    bp bps basis year month
    monday tuesday wednesday thursday friday saturday sunday
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    """.split()
)
_KEPT: frozenset[str] = frozenset({"us", "lower"})
_SYMBOL = re.compile(r"\(([a-z]{2,5})\)")


def meanings(text: str) -> list[str]:
    """The words of a normalised text that carry meaning, one form for each meaning, in order."""
    text = _SYMBOL.sub(" ", text)
    for pattern, replacement in _PHRASES:
        text = pattern.sub(replacement, text)
    found = []
    for word in words(text):
        root = stem(word)
        root = _SAME.get(root, root)
        if (root not in _FILLER or word in _KEPT) and len(root) > (0 if root[0].isdigit() else 1):
            found.append(root)
    return found


def rewritten(text: str) -> str:
    """The text with phrases of one meaning in one form."""
    for pattern, replacement in _PHRASES:
        text = pattern.sub(replacement, text)
    return text
