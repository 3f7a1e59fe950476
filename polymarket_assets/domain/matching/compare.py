"""Slot by slot: what two markets agree on, where one is narrower, and the hard vetoes.

Belongs here: one function per slot, each giving one finding. Not here: what the findings together
mean (judge.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from polymarket_assets.domain.matching.facets import FACETS
from polymarket_assets.domain.matching.quantity import Observation
from polymarket_assets.domain.matching.settlement import STRICT_FAMILIES
from polymarket_assets.domain.matching.slots import TOLERANCE, Slots
from polymarket_assets.domain.matching.subject import SYMMETRIC
from polymarket_assets.domain.matching.window import Window, WindowKind

FOREIGN_WORDS = 3
"""Words of an exception that the other market never uses, from which it is no mere wording."""
_POINTS = {Observation.MOMENT, Observation.CLOSE}
_EXACT = {WindowKind.MOMENT, WindowKind.REFERENCE}


class Verdict(StrEnum):
    """How a's slot stands to b's."""

    SAME = "same"
    NARROWER = "narrower"
    WIDER = "wider"
    OPPOSITE = "opposite"
    CONFLICT = "conflict"
    OPEN = "open"

    @property
    def reversed(self) -> Verdict:
        """The same told from b to a."""
        if self is Verdict.NARROWER:
            return Verdict.WIDER
        return Verdict.NARROWER if self is Verdict.WIDER else self


@dataclass(frozen=True)
class Finding:
    """One slot of two markets. CONFLICT and OPEN are vetoes: they rule out every implication."""

    slot: str
    verdict: Verdict
    a: str
    b: str

    @property
    def is_veto(self) -> bool:
        """Whether it rules out that either market implies the other."""
        return self.verdict in {Verdict.CONFLICT, Verdict.OPEN}

    @property
    def words(self) -> str:
        """The finding as a sentence part."""
        if self.verdict is Verdict.SAME:
            return f"{self.slot}: both {self.a or 'silent'}"
        return (
            f"{self.slot} {self.verdict}: {self.a or 'not stated'} against {self.b or 'not stated'}"
        )


def compare(a: Slots, b: Slots) -> list[Finding]:
    """Every slot's finding, subject first; slots on which both are silent are left out."""
    return [
        _subject(a, b),
        *_direction(a, b),
        *_wording(a, b),
        *_rest(a, b),
        _polarity(a, b),
        *_interval(a, b),
        *_observation(a, b),
        *_window(a, b),
        *_editions(a, b),
        *_scope(a, b),
        *_sources(a, b),
        *_fallbacks(a, b),
        *_lists(a, b),
    ]


def _subject(a: Slots, b: Slots) -> Finding:
    left, right = set(a.subject), set(b.subject)
    said = (" ".join(a.subject), " ".join(b.subject))
    if not left or not right:
        # Only one side names a subject: the other must at least speak of it.
        named, other = (a, b) if left else (b, a)
        verdict = Verdict.SAME if set(named.subject) <= other.known else Verdict.CONFLICT
        return Finding("subject", verdict, *said)
    if left == right:
        return Finding("subject", Verdict.SAME, *said)
    longer, other = (a, b) if left > right else (b, a)
    if left > right or right > left:
        rest = set(longer.subject) - set(other.subject)
        whole = f" {' '.join(longer.subject)} " in other.phrase or not longer.has_label
        known = rest <= other.known and (whole or not other.has_label)
        return Finding("subject", Verdict.SAME if known else Verdict.OPEN, *said)
    if not (a.has_label or b.has_label) and left <= b.known and right <= a.known:
        # Questions may name actor or object first; who acts on whom is the direction's business.
        return Finding("subject", Verdict.SAME, *said)
    return Finding("subject", Verdict.CONFLICT, *said)


def _direction(a: Slots, b: Slots) -> Iterator[Finding]:
    """Two shared names that act in the other order: who strikes whom, who buys whom."""
    if SYMMETRIC & a.known & b.known:
        return
    shared = [w for w in a.acting if w in b.acting]
    other = [w for w in b.acting if w in a.acting]
    if shared and shared[0] != other[0] and not (a.is_game or b.is_game):
        yield Finding("direction", Verdict.CONFLICT, " ".join(shared), " ".join(other))


def _wording(a: Slots, b: Slots) -> Iterator[Finding]:
    """What one condition says in words the other market never uses."""
    left = [w for w in a.told if w not in b.known]
    right = [w for w in b.told if w not in a.known]
    if left or right:
        yield Finding("wording", Verdict.CONFLICT, " ".join(left), " ".join(right))
    else:
        yield Finding("wording", Verdict.SAME, "cover each other", "cover each other")


def _rest(a: Slots, b: Slots) -> Iterator[Finding]:
    """Conditions that the rules do not state as such, and exceptions only one side makes."""
    if not (a.is_from_rules and b.is_from_rules):
        said = ["rules" if s.is_from_rules else "title" for s in (a, b)]
        yield Finding("condition read from", Verdict.OPEN, *said)
    left, right = _unknown(a.exceptions, b), _unknown(b.exceptions, a)
    if left or right:
        yield Finding("exceptions", Verdict.OPEN, left, right)


def _unknown(exceptions: tuple[tuple[str, ...], ...], other: Slots) -> str:
    foreign = [[w for w in sentence if w not in other.known] for sentence in exceptions]
    return "; ".join(" ".join(f) for f in foreign if len(f) >= FOREIGN_WORDS)


def _polarity(a: Slots, b: Slots) -> Finding:
    said = ("denies" if a.is_negative else "affirms", "denies" if b.is_negative else "affirms")
    if not (a.is_polarity_clear and b.is_polarity_clear):
        return Finding("polarity", Verdict.OPEN, *said)
    same = a.is_negative == b.is_negative
    return Finding("polarity", Verdict.SAME if same else Verdict.OPPOSITE, *said)


def _interval(a: Slots, b: Slots) -> Iterator[Finding]:
    one, two = a.interval, b.interval
    if one is None and two is None:
        return
    said = (str(one or ""), str(two or ""))
    if one is None or two is None:
        # A margin or a count asks for more than the bare event.
        wins = "win" in a.told and "win" in b.told
        verdict = Verdict.WIDER if one is None else Verdict.NARROWER
        yield Finding("threshold", verdict if wins else Verdict.OPEN, *said)
        return
    if a.intervals_disagree or b.intervals_disagree:
        yield Finding("threshold", Verdict.OPEN, *said)
    elif one.unit and two.unit and one.unit != two.unit:
        yield Finding("unit", Verdict.CONFLICT, *said)
    elif one.contains(two) and two.contains(one):
        yield Finding("threshold", Verdict.SAME, *said)
    elif two.contains(one):
        yield Finding("threshold", Verdict.NARROWER, *said)
    elif one.contains(two):
        yield Finding("threshold", Verdict.WIDER, *said)
    elif one.is_complement_of(two) and Observation.TOUCH not in {a.observation, b.observation}:
        yield Finding("threshold", Verdict.OPPOSITE, *said)
    else:
        slot = "comparator" if one.comparator != two.comparator else "threshold"
        yield Finding(slot, Verdict.CONFLICT, *said)


def _observation(a: Slots, b: Slots) -> Iterator[Finding]:
    if a.interval is None and b.interval is None:
        return
    one, two = a.observation, b.observation
    if one is None and two is None:
        return
    said = (one or "", two or "")
    if one == two:
        yield Finding("observation", Verdict.SAME, *said)
    elif one in _POINTS and two is Observation.TOUCH:
        yield Finding("observation", Verdict.NARROWER, *said)
    elif two in _POINTS and one is Observation.TOUCH:
        yield Finding("observation", Verdict.WIDER, *said)
    elif one is None or two is None:
        yield Finding("observation", Verdict.OPEN, *said)
    else:
        yield Finding("observation", Verdict.CONFLICT, *said)


def _window(a: Slots, b: Slots) -> Iterator[Finding]:
    one, two = a.window, b.window
    said = (str(one or ""), str(two or ""))
    if one is None or two is None:
        if one is None and two is None:
            if not (a.editions & b.editions) and not _ends_together(a, b):
                yield Finding("end", Verdict.CONFLICT, _times(a), _times(b))
            return
        yield Finding("window", Verdict.OPEN, *said)
        return
    yield Finding("window", _windows(one, two, a, b), *said)


def _windows(  # noqa: PLR0911 (one return for each way two windows lie)
    one: Window, two: Window, a: Slots, b: Slots
) -> Verdict:
    if (one.kind, one.start, one.end) == (two.kind, two.start, two.end):
        return Verdict.SAME
    events = {WindowKind.EVENT, WindowKind.DAY, WindowKind.REFERENCE}
    if WindowKind.EVENT in {one.kind, two.kind} and {one.kind, two.kind} <= events:
        inside = _inside(one, two) or _inside(two, one)
        return Verdict.SAME if inside else Verdict.CONFLICT
    kinds = {one.kind, two.kind}
    if (one.start, one.end) == (two.start, two.end):
        # "CPI for May" and "CPI in May" are one; a deadline has no start and is never equal here.
        return Verdict.SAME
    if WindowKind.REFERENCE in kinds or WindowKind.EVENT in kinds:
        return Verdict.CONFLICT
    points = [s.interval is not None and s.observation is not Observation.TOUCH for s in (a, b)]
    if all(points) and not _counts(a, b):
        return Verdict.CONFLICT
    if any(points) and not _counts(a, b):
        point, span = (one, two) if points[0] else (two, one)
        if not _inside(point, span):
            return Verdict.CONFLICT
        return Verdict.NARROWER if points[0] else Verdict.WIDER
    if WindowKind.MOMENT in kinds:
        return Verdict.CONFLICT
    if _inside(one, two):
        return Verdict.NARROWER
    return Verdict.WIDER if _inside(two, one) else Verdict.CONFLICT


def _counts(a: Slots, b: Slots) -> bool:
    """Whether both count events over their window upwards, so that a longer one counts more."""
    return all(
        s.interval is not None
        and s.interval.unit == "count"
        and s.interval.comparator in {">", ">="}
        and s.observation is None
        for s in (a, b)
    )


def _inside(one: Window, two: Window) -> bool:
    starts = two.start is None or (one.start is not None and one.start >= two.start)
    return starts and one.end <= two.end


def _ends_together(a: Slots, b: Slots) -> bool:
    return any(abs(x - y) <= TOLERANCE for x in a.moments for y in b.moments)


def _times(slots: Slots) -> str:
    return ", ".join(f"{at:%Y-%m-%d %H:%M}" for at in slots.moments)


def _editions(a: Slots, b: Slots) -> Iterator[Finding]:
    if not a.editions or not b.editions:
        return
    verdict = Verdict.SAME if a.editions & b.editions else Verdict.CONFLICT
    yield Finding("edition", verdict, ", ".join(sorted(a.editions)), ", ".join(sorted(b.editions)))


def _scope(a: Slots, b: Slots) -> Iterator[Finding]:
    for facet in FACETS:
        one, two = a.facets[facet.name], b.facets[facet.name]
        said = (one or "", two or "")
        if one == two:
            if one is not None and one != facet.default:
                yield Finding(facet.name, Verdict.SAME, *said)
        elif one is None or two is None:
            if facet.silence_differs:
                yield Finding(facet.name, Verdict.OPEN, *said)
        elif (one, two) in facet.narrower:
            yield Finding(facet.name, Verdict.NARROWER, *said)
        elif (two, one) in facet.narrower:
            yield Finding(facet.name, Verdict.WIDER, *said)
        else:
            yield Finding(facet.name, Verdict.CONFLICT, *said)


def _sources(a: Slots, b: Slots) -> Iterator[Finding]:
    for family in sorted({*a.sources, *b.sources}):
        one, two = a.sources.get(family, frozenset()), b.sources.get(family, frozenset())
        said = (", ".join(sorted(one)), ", ".join(sorted(two)))
        if one == two:
            yield Finding("source", Verdict.SAME, *said)
        elif one and two:
            yield Finding("source", Verdict.CONFLICT, *said)
        elif family in STRICT_FAMILIES:
            yield Finding("source", Verdict.OPEN, *said)
    # Both name sources, each one the other never mentions.
    left, right = sorted(a.source_words - b.known), sorted(b.source_words - a.known)
    if left and right:
        yield Finding("source", Verdict.CONFLICT, " ".join(left), " ".join(right))


def _fallbacks(a: Slots, b: Slots) -> Iterator[Finding]:
    for trigger in sorted({*a.fallbacks, *b.fallbacks}):
        one, two = a.fallbacks.get(trigger, ""), b.fallbacks.get(trigger, "")
        if one == two:
            yield Finding(f"if {trigger}", Verdict.SAME, one, two)
        elif one and two:
            yield Finding(f"if {trigger}", Verdict.CONFLICT, one, two)
        elif a.is_game or b.is_game:
            yield Finding(f"if {trigger}", Verdict.OPEN, one, two)


def _lists(a: Slots, b: Slots) -> Iterator[Finding]:
    """`Other` means whoever is not listed, so it depends on the list."""
    if a.is_other or b.is_other:
        same = a.siblings is not None and a.siblings == b.siblings
        said = (str(a.siblings or ""), str(b.siblings or ""))
        yield Finding("market count", Verdict.SAME if same else Verdict.CONFLICT, *said)
