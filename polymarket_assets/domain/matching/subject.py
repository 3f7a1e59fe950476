"""Whose outcome a market is about, and the order in which its names act.

Belongs here: the label or the grammatical subject of the question, as words with meaning.
"""

from __future__ import annotations

import re

from polymarket_assets.domain.matching.lexicon import meanings
from polymarket_assets.domain.matching.normal import normalise

_ASKING = re.compile(
    r"^(?:how (?:many|much|high|low) |what |which |who |when |where )?.*?\b(?:will|does|did|can) "
)
_VERB = re.compile(
    r"\b(?:wins?|beats?|defeats?|hits?|reach(?:es)?|dips?|falls?|drops?|closes?|be|been|become|leave|"
    r"resign|step|announce|out|sign(?:ed)?|pass|join|visit|impose|strike|invade|attack|meet|speak|"
    r"release|launch|acquire|merge|buy|sell|cut|cuts|raise|hike|hold|keep|score|gross|debut|post|"
    r"ipo|file|add|adds|advance|recognize|nominate|confirm|remain|stay|fail|have|has|say|get|lose|"
    r"qualify|finish|make|take|end|agree|shut|above|below|between|over|under|at least|or|by|before|"
    r"in|on|for|after|more|less|greater|x|vs|at|from|against|dated|not|exceed|is|are|was|were|"
    r"approve|ban|declare|withdraw|return|testify|endorse|run|drop|host|perform|appear|start|begin)\b"
)
_NAMELESS = frozenset(
    {"cut", "unchang", "win", "count", "mor", "less", "fewer", "higher", "lower", "greater"}
)
SYMMETRIC = frozenset({"meet", "speak", "ceasefir", "treaty", "debat", "agre", "deal", "talk"})
"""Acts without direction: who is named first does not matter."""


def label_of(outcome: str) -> tuple[str, ...]:
    """The meaning words of an outcome label that names something; empty for Yes, No and numbers."""
    plain = normalise(outcome)
    if plain in {"yes", "no", "over", "under"}:
        return ()
    head = re.split(r"\b(?:win|wins|over|under|above|below|by)\b", plain)[0]
    found = [w for w in meanings(head) if _names(w)]
    if re.match(r"^(?:before|by|after|in) ", plain):
        return ()
    return tuple(found)


def subject_of(title: str) -> tuple[str, ...]:
    """The meaning words of a normalised question up to its verb; empty when it has no such part."""
    question = re.split(r"[?:]", title)[0]
    asked = _ASKING.match(question)
    if not asked and re.match(r"(?:who|what|which|how|when|where)\b", question):
        return ()
    rest = question[asked.end() :] if asked else question
    verb = _VERB.search(rest)
    return tuple(w for w in meanings(rest[: verb.start()] if verb else rest) if _names(w))


def _names(word: str) -> bool:
    return word not in _NAMELESS and not word[0].isdigit()


_CAPITAL = re.compile(r"\b[A-Z][\w'’.&-]*")


def names_in(*texts: str) -> frozenset[str]:
    """Meaning words that are written with a capital: names of people, places, firms, coins."""
    found: set[str] = set()
    for text in texts:
        capitals = " ".join(_CAPITAL.findall(text))
        found.update(meanings(normalise(capitals)))
    return frozenset(found)
