"""The sentence of a rules text that says when YES is paid, and whether it denies.

Belongs here: finding the condition and its polarity. Not here: what the condition says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BREAK = re.compile(r"(?<=[.!?])\s+|(?<=[.!?]\")\s+")
_RESOLVES = r"(?:resolve[sd]?|settles?)(?: immediately)?(?: at once)?(?: to| in favor of)?:? ?"
_YES_THEN_IF = re.compile(
    rf"^.*?\b{_RESOLVES}\"?(?P<label>[^\"]{{1,60}}?)\"?(?: at once| immediately)?,?"
    r" (?:if|when|once) "
)
_IF_THEN_YES = re.compile(
    r"^\W*(?:if|when|once) (?P<condition>.*?),? (?:then )?(?:the|this) market (?:will )?"
    rf"{_RESOLVES}\"?(?P<label>[a-z0-9 .'-]{{1,60}})\"?\W*$"
)
_OTHERWISE = re.compile(r"^\W*otherwise|^\W*if none does")
_DENIES = re.compile(
    r"\b(?:does not|do not|did not|is not|are not|was not|has not|have not|will not|won't|never|"
    r"fails? to|fail to)\b"
)
_ASIDE = re.compile(r"\([^)]*\)|whether or not[^,.]*|regardless of[^,.]*|not (?:listed|including|"
                    r"limited to)[^,.]*")  # fmt: skip
_REMAINS = re.compile(r"\b(?:remains?|stays?|still be|still is|continues? as)\b")


@dataclass(frozen=True)
class Condition:
    """When YES is paid, in the rules' words, and whether it says that something does not happen."""

    text: str
    is_negative: bool
    is_from_rules: bool


def condition_of(title: str, outcome: str, rules: str) -> Condition:
    """The condition of YES, from normalised texts; the title stands in where rules have none."""
    wanted = {"yes", outcome.strip('" .')}
    denied = ""
    for sentence in sentences(rules):
        if _OTHERWISE.match(sentence):
            continue
        found = _condition(sentence)
        if found is None:
            continue
        label, text = found
        if label in wanted:
            return Condition(text, denies(text), is_from_rules=True)
        if label == "no" and not denied:
            denied = text
    if denied and re.search(r"otherwise[^.]*\byes\b", rules):
        return Condition(denied, not denies(denied), is_from_rules=True)
    return Condition(title, denies(title), is_from_rules=False)


def _condition(sentence: str) -> tuple[str, str] | None:
    if found := _IF_THEN_YES.match(sentence):
        return found["label"].strip(' ."'), found["condition"]
    if found := _YES_THEN_IF.match(sentence):
        return found["label"].strip(' ."'), sentence[found.end() :].strip(' ."')
    return None


def denies(text: str) -> bool:
    """Whether the text says that something does not happen; asides do not count."""
    plain = _ASIDE.sub(" ", text)
    return bool(_DENIES.search(plain)) != bool(_REMAINS.search(plain))


def sentences(text: str) -> list[str]:
    """The sentences of a normalised text."""
    return [part.strip() for part in _BREAK.split(text) if part and part.strip()]
