"""One spelling for texts: Unicode, case, quotes, dashes, numbers; words and their stems.

Belongs here: what changes spelling and never meaning. Not here: dates (dates.py), which words mean
the same (lexicon.py).
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

_SCALES = {
    "k": 3, "thousand": 3, "m": 6, "mm": 6, "mn": 6, "million": 6, "b": 9, "bn": 9, "billion": 9,
    "t": 12, "trillion": 12,
}  # fmt: skip
_QUOTES = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "«": '"', "»": '"', "′": "'", "º": "°"}
    | dict.fromkeys("‐‑‒–—−", "-")
    | dict.fromkeys("\u200b\u200c\u200d\ufeff\u00ad", "")
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,40}>")
_SPACE = re.compile(r"\s+")
_THOUSANDS = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?![\d])")
# A bare m is minutes and a bare b or t is a letter, unless a currency or a capital says otherwise.
_SCALED = re.compile(
    r"(?P<cur>\$)?(?P<num>\d+(?:\.\d+)?)(?:\s?(?P<word>(?i:thousand|million|billion|trillion))"
    r"|(?P<letter>[kK]|mm|MM|mn|bn|BN|[mMbBtT]))(?![a-zA-Z0-9])"
)
_ABBREVIATIONS = (
    (re.compile(r"\bu\.\s?s\.(?:\s?a\.)?"), "us"),
    (re.compile(r"\bu\.\s?k\."), "uk"),
    (re.compile(r"\bvs\."), "vs"),
    (re.compile(r"\bs&p\b(?:\s?500)?"), "sp500"),
    (re.compile(r"\b([ap])\.m\."), r"\1m"),
    (re.compile(r"\b(jr|sr|dr|mr|mrs|ms|st|no|inc|corp|co|ltd)\.(?=\s)"), r"\1"),
)
_WORD = re.compile(r"#?\d+(?:\.\d+)?|[a-z]+(?:'[a-z]+)?")


def normalise(text: str) -> str:
    """`text` in one spelling: NFKC, no accents, case folded, plain quotes, digits without commas.

    `100k`, `$1.5M` and `2 million` become `100000`, `$1500000` and `2000000`. Applying it twice
    changes nothing more.
    """
    plain = _SPACE.sub(" ", unicodedata.normalize("NFKC", _TAG.sub(" ", text)))
    if not plain.isascii():
        plain = plain.translate(_QUOTES)
    plain = _THOUSANDS.sub(lambda found: found[0].replace(",", ""), plain)
    plain = _SCALED.sub(_scaled, plain)
    plain = plain.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    for pattern, replacement in _ABBREVIATIONS:
        plain = pattern.sub(replacement, plain)
    return _SPACE.sub(" ", plain).strip()


def _scaled(found: re.Match[str]) -> str:
    letter = found["letter"]
    if letter and not found["cur"] and letter in {"m", "b", "t"}:
        return found[0]
    scale = _SCALES[(found["word"] or letter).lower()]
    number = plain_number(Decimal(found["num"]).scaleb(scale))
    return f"{found['cur'] or ''}{number}"


def plain_number(value: Decimal) -> str:
    """A number without exponent and trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def words(text: str) -> list[str]:
    """The words and numbers of a normalised text in order; possessive endings dropped."""
    return [word.removesuffix("'s") for word in _WORD.findall(text)]


def stem(word: str) -> str:
    """A crude stem: plural, -ed and -ing cut off, a final e too; equal words give equal stems."""
    if not word.isalpha() or len(word) <= 3:  # noqa: PLR2004 (short words carry no ending)
        return word
    for ending, put in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("s", "")):
        root = word.removesuffix(ending)
        if root != word and len(root) >= 3 and not (ending == "s" and root[-1] in "sui"):  # noqa: PLR2004
            word = root + put
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "sl":  # noqa: PLR2004
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word  # noqa: PLR2004
