"""Scope: the distinctions that make two nearly equal questions two questions.

A facet is a question every market answers by one value, read from its words: which round, which
measure, which stage. Belongs here: one table of facets. Not here: numbers, dates, names, sources.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Facet:
    """One distinction.

    Attributes:
        values: (value, pattern) in order, the first that is found counts.
        default: what silence means; None: silence leaves it open.
        whole_rules: read from all of the rules, not from title and condition alone.
        only_with: pattern that must be found for the facet to apply.
        narrower: (a, b) where YES under a implies YES under b.
        silence_differs: whether open on one side alone keeps two markets from being equal.
    """

    name: str
    values: tuple[tuple[str, re.Pattern[str]], ...]
    default: str | None = None
    whole_rules: bool = False
    only_with: re.Pattern[str] | None = None
    narrower: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    silence_differs: bool = False

    def read(self, condition: str, core: str, rules: str) -> str | None:
        """The facet's value for a market; None when the texts leave it open."""
        if self.only_with and not self.only_with.search(f"{core} {condition}"):
            return None
        places = (rules, core) if self.whole_rules else (condition, core)
        for place in places:
            for value, pattern in self.values:
                if pattern.search(place):
                    return value
        return self.default

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the facet's words stand in a text."""
        return [m.span() for _, pattern in self.values for m in pattern.finditer(text)]


def _values(**patterns: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(pattern)) for name, pattern in patterns.items())


FACETS: tuple[Facet, ...] = (
    Facet(
        "stage",
        _values(
            either=r"announc\w+[^.]*\bor (?:has |have |is |actually )",
            announced=r"\bannounc\w+(?: (?:that|his|her|their|its)(?: (?:he|she|they|it) will)?)?",
            filed=r"\bfil(?:es|ed|ing) for\b",
            inaugurated=r"inaugurated|sworn in",
        ),
        default="done",
        narrower=frozenset({("announced", "either"), ("done", "either")}),
    ),
    Facet(
        "contest",
        _values(
            primary=r"\bprimary\b",
            first_round=r"first round|1st round",
            runoff=r"run-?off",
            nomination=r"\bnomination\b|(?:is|be|become|becomes) the (?:\w+ ){0,3}nominee"
            r"|\bnominees?\?|\bnominees? (?:at|for|in)\b|\bnominated\b|\bnominates?\b",
        ),
        default="final",
    ),
    Facet(
        "departure",
        _values(
            any=r"for any reason|ceases? to be|\bremoved\b|\bleaves?\b|\bout as\b|no longer",
            resign=r"\bresign\w*|steps? down",
        ),
        only_with=re.compile(
            r"resign|step down|leaves?\b|\bout as\b|ceases? to|removed|remain|stay"
        ),
        narrower=frozenset({("resign", "any")}),
    ),
    Facet(
        "office",
        _values(
            vice_president=r"vice president",
            senate=r"\bsenate\b|\bsenator\b",
            house=r"\bhouse of representatives|\bhouse\b(?! of commons)",
            governor=r"\bgovernor\w*|gubernatorial",
            mayor=r"\bmayor\w*",
            president=r"\bpresident\w*",
        ),
        only_with=re.compile(r"election|nomin|midterm|primary|seats|race|winner"),
        silence_differs=True,
    ),
    Facet(
        "vote", _values(popular=r"popular vote", electoral=r"electoral (?:college|vote)"), "office"
    ),
    Facet(
        "share",
        _values(majority=r"\bmajority\b", plurality=r"most (?:seats|votes)|plurality"),
        narrower=frozenset({("majority", "plurality")}),
        silence_differs=True,
    ),
    Facet(
        "overtime",
        _values(
            regulation=r"90 minutes|regulation|(?:does not|doesn't) include (?:extra time|overtime)"
            r"|overtime (?:is |and shootout )?(?:not included|excluded)|excluding overtime",
            included=r"(?:including|incl\.?|includes) (?:any )?(?:overtime|extra time|ot\b)"
            r"|(?:overtime|penalties|shootout)[\w ]* included|overtime counts",
        ),
        whole_rules=True,
        narrower=frozenset({("regulation", "included")}),
        silence_differs=True,
    ),
    Facet(
        "period",
        _values(
            first_half=r"(?:first|1st) half",
            second_half=r"(?:second|2nd) half",
            quarter=r"(?:first|second|third|fourth|[1-4](?:st|nd|rd|th)) quarter",
            period=r"(?:first|second|third|[1-3](?:st|nd|rd)) period",
            set=r"\bset [1-5]\b",
            map=r"\bmap [1-5]\b",
        ),
        default="full",
        only_with=re.compile(r"\bvs\b|\bgame\b|\bmatch\b"),
    ),
    Facet(
        "direction",
        _values(
            down=r"\b(?:falls?|drops?|declines?|decreases?|shrinks?|contracts?|loses?)\b(?! to)"
        ),
        default="up",
    ),
    Facet(
        "inflation",
        _values(core=r"\bcore\b"),
        "headline",
        only_with=re.compile(r"cpi|pce|inflation"),
    ),
    Facet(
        "change",
        _values(
            year=r"year[- ]over[- ]year|yoy|annual\b|12[- ]month",
            month=r"month[- ](?:over|to)[- ]month|mom\b|monthly",
        ),
    ),
    Facet(
        "period_of_data",
        _values(release=r"\breleased? in\b"),
        "reference",
        only_with=re.compile(r"cpi|pce|inflation|payroll|jobs|unemployment|gdp|claims"),
    ),
    Facet(
        "estimate",
        _values(
            advance=r"advance estimate",
            second=r"second estimate",
            third=r"third estimate",
            final=r"final estimate",
        ),
        silence_differs=True,
    ),
    Facet(
        "area",
        _values(domestic=r"\bdomestic\b", worldwide=r"world-?wide|\bglobal\b"),
        silence_differs=True,
    ),
    Facet("critics", _values(audience=r"\baudience\b|popcornmeter"), "critics"),
    Facet(
        "extreme",
        _values(
            low=r"\blowest\b|\bminimum\b|\blow temp", high=r"\bhighest\b|\bmaximum\b|\bhigh temp"
        ),
        silence_differs=True,
    ),
    Facet(
        "shutdown",
        _values(opm=r"\bopm\b|office of personnel management", lapse=r"\blapse\b"),
        whole_rules=True,
        only_with=re.compile(r"shut ?down|shut down"),
        silence_differs=True,
    ),
    Facet(
        "interim",
        _values(
            excluded=r"(?:interim|acting)[^.]{0,80}(?:not count|not be considered|do not|does not)",
            included=r"(?:interim|acting)[^.]{0,80}(?:will count|count as|also count|counts)",
        ),
        whole_rules=True,
    ),
    Facet(
        "rate",
        _values(
            unchanged=r"\bunchanged\b|no change|\bhold\b|maintains?",
            cut=r"\bcuts?\b|\blowers?\b|decrease",
            hike=r"\bhikes?\b|\braises?\b|increase",
        ),
        only_with=re.compile(r"\b(?:fed|ecb|fomc|boe|federal reserve|central bank)\b"),
        silence_differs=True,
    ),
    Facet(
        "finals", _values(finals=r"\bfinals\b"), "season", only_with=re.compile(r"\bmvp\b|valuable")
    ),
)
