"""The typed slots of one market, read from its words once.

Belongs here: putting the readings together, and their form as JSON. Not here: how each is read (the
module of its name), how two markets' slots compare (compare.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from polymarket_assets.domain.matching.dates import DateMention, find_dates
from polymarket_assets.domain.matching.facets import FACETS
from polymarket_assets.domain.matching.lexicon import meanings
from polymarket_assets.domain.matching.market import MarketText
from polymarket_assets.domain.matching.normal import normalise
from polymarket_assets.domain.matching.quantity import (
    Interval,
    Observation,
    intervals_in,
    observation_in,
)
from polymarket_assets.domain.matching.sentence import Condition, condition_of, sentences
from polymarket_assets.domain.matching.settlement import SOURCES, fallbacks_in, sources_in
from polymarket_assets.domain.matching.similarity import letter_groups
from polymarket_assets.domain.matching.subject import label_of, names_in, subject_of
from polymarket_assets.domain.matching.window import (
    SEASON,
    Window,
    WindowKind,
    editions_in,
    times_in,
    window_in,
)

_UNDATED = date(2026, 1, 1)
_GAME = re.compile(r"\bvs\b|\b(?:game|match|fight|bout)\b[^.]{0,80}\bscheduled\b|\bbeats?\b")
_OTHER = re.compile(r"^(?:other|another|any other|none of|no one|field|someone else)\b")
_EXCEPTION = re.compile(
    r"\balso\b|not count|will count|\bcounts? (?:as|toward)|qualif|encompass|\bsolely\b|\bdeath\b"
    r"|\bdies\b|\bdied\b|not satisfy|not be considered|will be considered"
)
_YEAR_WORD = re.compile(r"^(?:20\d\d)$")


@dataclass(frozen=True)
class Slots:
    """What one market says, slot by slot; None and empty mean that the texts do not say.

    Attributes:
        subject: whose outcome it is; from the label if `has_label`, else from the question.
        is_negative: YES is paid if something does not happen.
        intervals_disagree: label or title name other thresholds than the rules.
        told: meaning words of the condition and names of the title, numbers and dates left out.
        known: meaning words of all its texts.
        names: words written with a capital anywhere in its texts.
        acting: names in the order the condition mentions them.
        moments: times at which the market may end.
        letters: groups of three letters of what it tells, counted.
        exceptions: meaning words of each sentence that widens or narrows the condition.
        is_from_rules: the condition stands in the rules, not only in the title.
        source_words: meaning words of the sentences that speak of sources.
    """

    subject: tuple[str, ...]
    has_label: bool
    is_negative: bool
    is_polarity_clear: bool
    interval: Interval | None
    intervals_disagree: bool
    observation: Observation | None
    window: Window | None
    editions: frozenset[str]
    facets: Mapping[str, str | None]
    sources: Mapping[str, frozenset[str]]
    fallbacks: Mapping[str, str]
    is_game: bool
    is_other: bool
    siblings: int | None
    told: tuple[str, ...]
    title_words: frozenset[str]
    known: frozenset[str]
    phrase: str
    names: frozenset[str]
    acting: tuple[str, ...]
    moments: tuple[datetime, ...]
    letters: Mapping[str, int]
    exceptions: tuple[tuple[str, ...], ...]
    is_from_rules: bool
    source_words: frozenset[str]

    def as_json(self) -> dict[str, object]:
        """The slots as plain values, for evidence."""
        return {
            "subject": list(self.subject),
            "polarity": "denies" if self.is_negative else "affirms",
            "interval": str(self.interval) if self.interval else None,
            "comparator": self.interval.comparator if self.interval else None,
            "unit": self.interval.unit if self.interval else None,
            "observation": self.observation,
            "window": str(self.window) if self.window else None,
            "editions": sorted(self.editions),
            "scope": {name: value for name, value in self.facets.items() if value is not None},
            "sources": {family: sorted(names) for family, names in sorted(self.sources.items())},
            "fallbacks": dict(sorted(self.fallbacks.items())),
            "words": list(self.told),
        }


def read_slots(market: MarketText) -> Slots:
    """Read the slots of a market."""
    title, outcome = normalise(market.title), normalise(market.outcome)
    rules = normalise(market.rules)
    event = normalise(market.event_title or "")
    near = _near(market)
    condition = condition_of(title, outcome, rules)
    label = label_of(market.outcome)
    core = f"{title} | {outcome}"
    dates = find_dates(condition.text, near)
    title_dates = find_dates(title, near)
    plain, found = _without_numbers(condition.text, dates, core)
    title_plain, title_found = _without_numbers(title, title_dates, condition.text)
    outcome_plain, outcome_found = _without_numbers(outcome, find_dates(outcome, near), core)
    interval = _first(found) or _first(outcome_found) or _first(title_found)
    window, editions = _when(condition, dates, (title, title_dates), outcome, near)
    facets = {f.name: f.read(condition.text, core, rules) for f in FACETS}
    told = _told(plain)
    names = names_in(market.title, market.outcome, market.rules, market.event_title or "")
    title_words = frozenset(_told(f"{title_plain} {outcome_plain}"))
    all_plain = " ".join((title_plain, outcome_plain, plain, _undated(rules, near), event))
    known = meanings(all_plain)
    return Slots(
        subject=label or subject_of(title),
        has_label=bool(label),
        is_negative=condition.is_negative,
        is_polarity_clear=outcome != "no" or condition.is_negative,
        interval=interval,
        intervals_disagree=_disagree(interval, _first(outcome_found), _first(title_found)),
        observation=observation_in(
            f"{condition.text} {'' if condition.is_from_rules else title}",
            has_moment=window is not None and window.kind is WindowKind.MOMENT,
        )
        or observation_in(title, has_moment=False),
        window=window,
        editions=editions,
        facets=facets,
        sources=sources_in(f"{title} {rules}"),
        fallbacks=fallbacks_in(rules),
        is_game=bool(_GAME.search(f"{core} {condition.text}")),
        is_other=bool(_OTHER.match(outcome)),
        siblings=market.siblings,
        told=tuple(dict.fromkeys([*told, *sorted(title_words & names)])),
        title_words=title_words,
        known=frozenset(known),
        phrase=f" {' '.join(meanings(all_plain))} ",
        names=names,
        acting=tuple(dict.fromkeys(word for word in told if word in names)),
        moments=_moments(market, window),
        letters=letter_groups(" ".join(told)),
        exceptions=_exceptions(rules, condition),
        is_from_rules=condition.is_from_rules,
        source_words=frozenset(
            word for part in sentences(rules) if "source" in part for word in meanings(part)
        ),
    )


def _exceptions(rules: str, condition: Condition) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(dict.fromkeys(meanings(sentence)))
        for sentence in sentences(rules)
        if condition.text not in sentence and _EXCEPTION.search(sentence)
    )


def _near(market: MarketText) -> date:
    at = market.resolves_at or market.closes_at
    return at.date() if at else _UNDATED


def _moments(market: MarketText, window: Window | None) -> tuple[datetime, ...]:
    listed = [at for at in (market.resolves_at, market.closes_at) if at]
    return tuple([window.end, *listed] if window else listed)


def _without_numbers(
    text: str, dates: Sequence[DateMention], context: str
) -> tuple[str, list[Interval]]:
    """The text with dates, hours and measured numbers blanked, and the intervals they made."""
    seasons = [match.span() for match in SEASON.finditer(text)]
    blank = _blanked(text, [*((d.begin, d.end) for d in dates), *times_in(text), *seasons])
    found = intervals_in(blank, f"{context} {text}")
    return _blanked(blank, [(begin, end) for _, begin, end in found]), [one for one, _, _ in found]


def _undated(text: str, near: date) -> str:
    return _blanked(text, [(d.begin, d.end) for d in find_dates(text, near)])


def _blanked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    letters = list(text)
    for begin, end in spans:
        letters[begin:end] = " " * (end - begin)
    return "".join(letters)


def _told(text: str) -> list[str]:
    """Meaning words that no other slot accounts for."""
    spans = [span for facet in FACETS for span in facet.spans(text)]
    spans += [span for source in SOURCES for span in source.spans(text)]
    return [word for word in meanings(_blanked(text, spans)) if not _YEAR_WORD.match(word)]


def _first(found: Sequence[Interval]) -> Interval | None:
    return found[0] if found else None


def _disagree(chosen: Interval | None, *others: Interval | None) -> bool:
    """Whether another text names thresholds the chosen interval does not have.

    A title that says `above` where its rules say `or more` is loose, not contradictory.
    """
    if chosen is None:
        return False
    own = {end for end in (chosen.low, chosen.high) if end is not None}
    for other in others:
        ends = {end for end in (other.low, other.high) if end is not None} if other else set()
        if ends and not any(abs(a - b) <= 1 if chosen.unit == "count" else a == b
                            for a in ends for b in own):  # fmt: skip
            return True
    return False


def _when(
    condition: Condition,
    dates: list[DateMention],
    titled: tuple[str, list[DateMention]],
    outcome: str,
    near: date,
) -> tuple[Window | None, frozenset[str]]:
    window = window_in(condition.text, dates)
    editions = editions_in(condition.text, dates) | editions_in(*titled)
    if window is None:
        outcome_dates = find_dates(outcome, near)
        window = window_in(outcome, outcome_dates) or window_in(*titled)
        # "the 2026 race" and "the race in 2026" name an edition, not a span to happen in.
        if window and window.kind is WindowKind.SPAN and window.wording == "in":
            year = str(window.end.astimezone(UTC).year - 1)
            if condition.is_from_rules and year in editions | _years(condition.text):
                return None, editions | {year}
    return window, editions


def _years(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\b20\d\d\b", text))


TOLERANCE = timedelta(hours=72)
"""How far apart the listed ends of two markets may lie when neither text names a date."""
