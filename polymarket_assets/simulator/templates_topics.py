"""Events that come up once: elections, votes, indicators, culture, technology, speeches, conflicts.

Belongs here: templates without a calendar. Each takes a random stream, the epoch second of the
UTC midnight of the day it is created on, a running number that keeps slugs apart, and the most
markets it may have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

import numpy as np

from polymarket_assets.simulator.plans import DAY_S, HOUR_S, MINUTE_S, EventPlan, MarketPlan
from polymarket_assets.simulator.vocabulary import (
    BILLS,
    COUNTRIES,
    FIRST_NAMES,
    INDICATORS,
    LABS,
    LAST_NAMES,
    OFFICES,
    PHRASES,
    REGIONS,
    WORKS,
    day_name,
    slugify,
)

AUGMENTED_SHARE = 0.4
"""Share of the elections with placeholders and "Other"."""

Template = Callable[[np.random.Generator, int, int, int], EventPlan]


class _Times(TypedDict):
    created_s: int
    ends_s: int
    decided_s: int
    burst_s: int


def _times(rng: np.random.Generator, midnight_s: int, end_hour: int) -> _Times:
    """Created at some hour of the day, ends after two to six days, decided around that end."""
    ends = midnight_s + int(rng.integers(2, 7)) * DAY_S + end_hour * HOUR_S
    return {
        "created_s": midnight_s + int(rng.integers(0, 23 * 60)) * MINUTE_S,
        "ends_s": ends,
        "decided_s": ends + int(rng.integers(-60, 41)) * MINUTE_S,
        "burst_s": int(rng.integers(1, 4)) * HOUR_S,
    }


def _weights(rng: np.random.Generator, count: int, contrast: float) -> list[float]:
    return np.exp(contrast * rng.standard_normal(count)).tolist()


def _people(rng: np.random.Generator, count: int) -> list[str]:
    chosen = rng.choice(len(FIRST_NAMES) * len(LAST_NAMES), count, replace=False)
    return [f"{FIRST_NAMES[i % 20]} {LAST_NAMES[i // 20]}" for i in chosen.tolist()]


def election(rng: np.random.Generator, midnight_s: int, number: int, most: int) -> EventPlan:
    """`Next prime minister of Chile?`: up to 30 exclusive candidates, some augmented."""
    country = COUNTRIES[number % len(COUNTRIES)]
    office = OFFICES[int(rng.integers(len(OFFICES)))]
    title, slug = (
        f"Next {office} of {country}?",
        f"next-{slugify(office)}-of-{slugify(country)}-{number}",
    )
    augmented = bool(rng.random() < AUGMENTED_SHARE)
    count = min(
        most, int(rng.choice([6, 8, 10, 12, 16, 22, 30], p=[0.22, 0.2, 0.2, 0.16, 0.1, 0.07, 0.05]))
    )
    names = _people(rng, count)
    weights = _weights(rng, count, 1.6)
    markets = [
        MarketPlan(
            question=f"Will {name} be the next {office} of {country}?",
            slug=f"{slug}-{slugify(name)}",
            prior=weight,
            group_title=name,
            tick_micro=1_000,
        )
        for name, weight in zip(names, weights, strict=True)
    ]
    if augmented:
        markets[-1] = MarketPlan(
            question=f"Will someone else be the next {office} of {country}?",
            slug=f"{slug}-other",
            prior=0.3 * min(weights),
            group_title="Other",
            tick_micro=1_000,
            other=True,
        )
        markets += [
            MarketPlan(
                question=f"Will Person {letter} be the next {office} of {country}?",
                slug=f"{slug}-person-{letter.lower()}",
                prior=0.0,
                group_title=f"Person {letter}",
                placeholder=True,
            )
            for letter in "ABC"
        ]
    return EventPlan(
        title=title,
        slug=slug,
        category="politics",
        model="exclusive",
        markets=tuple(markets),
        rules=f"Resolves to the person who next becomes {office} of {country}.",
        neg_risk=True,
        augmented=augmented,
        information=float(rng.uniform(3, 6)),
        extra_tags=(
            (144, "Elections", "elections"),
            (101206, "World Elections", "world-elections"),
        ),
        **_times(rng, midnight_s, 5),
    )


def vote(rng: np.random.Generator, midnight_s: int, number: int, _: int) -> EventPlan:
    """`Will parliament pass the data act by November 24?`: one binary market."""
    times = _times(rng, midnight_s, 5)
    country, bill = COUNTRIES[number % len(COUNTRIES)], BILLS[int(rng.integers(len(BILLS)))]
    title = f"Will {country} pass {bill} by {day_name(times['ends_s'])}?"
    slug = f"{slugify(title)}-{number}"
    return EventPlan(
        title=title,
        slug=slug,
        category="politics",
        model="independent",
        markets=(MarketPlan(title, slug, float(rng.beta(1.2, 1.8))),),
        rules=f'Resolves to "Yes" if {bill} passes its final reading by the date in the title.',
        information=float(rng.uniform(2, 6)),
        **times,
    )


def indicator(rng: np.random.Generator, midnight_s: int, number: int, most: int) -> EventPlan:
    """`CPI year over year: next release?`: exclusive buckets around the expectation."""
    name, unit, middle, width = INDICATORS[number % len(INDICATORS)]
    count = min(most, int(rng.integers(5, 9)))
    values = [middle + width * (k - count // 2) for k in range(count)]
    labels = [f"{value:g}{unit}" for value in values]
    labels[0], labels[-1] = f"≤{labels[0]}", f"≥{labels[-1]}"
    weights = np.exp(-0.5 * ((np.arange(count) - rng.uniform(1, count - 2)) / 1.1) ** 2)
    slug = f"{slugify(name)}-next-release-{number}"
    return EventPlan(
        title=f"{name}: next release?",
        slug=slug,
        category="economics",
        model="exclusive",
        markets=tuple(
            MarketPlan(f"Will {name} be {label}?", f"{slug}-bucket-{k}", float(weight), label)
            for k, (label, weight) in enumerate(zip(labels, weights, strict=True))
        ),
        rules=f"Resolves to the bucket of the first published value of {name}.",
        neg_risk=True,
        information=float(rng.uniform(2, 4)),
        **_times(rng, midnight_s, 14),
    )


def award(rng: np.random.Generator, midnight_s: int, number: int, most: int) -> EventPlan:
    """`Album of the week #12?`: exclusive titles."""
    count = min(most, int(rng.integers(4, 11)))
    works = [WORKS[i] for i in rng.choice(len(WORKS), count, replace=False)]
    slug = f"album-of-the-week-{number}"
    return EventPlan(
        title=f"Album of the week #{number}?",
        slug=slug,
        category="culture",
        model="exclusive",
        markets=tuple(
            MarketPlan(
                f'Will "{work}" be album of the week?', f"{slug}-{slugify(work)}", weight, work
            )
            for work, weight in zip(works, _weights(rng, count, 1.3), strict=True)
        ),
        rules="Resolves to the title on top of the chart.",
        neg_risk=True,
        information=float(rng.uniform(2, 5)),
        **_times(rng, midnight_s, 17),
    )


def best_model(rng: np.random.Generator, midnight_s: int, number: int, most: int) -> EventPlan:
    """`Best model of the week?`: exclusive companies, fine tick."""
    count = min(most, len(LABS))
    slug = f"best-model-of-the-week-{number}"
    return EventPlan(
        title=f"Which company has the best model of week {number}?",
        slug=slug,
        category="tech",
        model="exclusive",
        markets=tuple(
            MarketPlan(
                f"Will {lab} have the best model?",
                f"{slug}-{slugify(lab)}",
                weight,
                lab,
                tick_micro=1_000,
            )
            for lab, weight in zip(LABS[:count], _weights(rng, count, 1.8), strict=True)
        ),
        rules="Resolves to the company on top of the public ranking.",
        neg_risk=True,
        information=float(rng.uniform(3, 6)),
        extra_tags=((439, "AI", "ai"),),
        **_times(rng, midnight_s, 17),
    )


def speech(rng: np.random.Generator, midnight_s: int, number: int, most: int) -> EventPlan:
    """`What will be said in the address?`: markets that are settled one by one."""
    count = min(most, int(rng.integers(5, len(PHRASES) + 1)))
    phrases = [PHRASES[i] for i in rng.choice(len(PHRASES), count, replace=False)]
    slug = f"what-will-be-said-in-the-address-{number}"
    return EventPlan(
        title=f"What will be said in address no. {number}?",
        slug=slug,
        category="mentions",
        model="independent",
        markets=tuple(
            MarketPlan(
                f'Will "{phrase}" be said in the address?',
                f"{slug}-{slugify(phrase)}",
                float(rng.beta(0.9, 1.3)),
                phrase.capitalize(),
            )
            for phrase in phrases
        ),
        rules='Resolves to "Yes" if the speaker says the word, in any form, during the address.',
        information=float(rng.uniform(2, 5)),
        **_times(rng, midnight_s, 2),
    )


def conflict(rng: np.random.Generator, midnight_s: int, number: int, _: int) -> EventPlan:
    """`Ceasefire along the canal by November 24?`: one binary market without fees."""
    times = _times(rng, midnight_s, 5)
    region = REGIONS[number % len(REGIONS)]
    title = f"Ceasefire along {region} by {day_name(times['ends_s'])}?"
    slug = f"{slugify(title)}-{number}"
    return EventPlan(
        title=title,
        slug=slug,
        category="geopolitics",
        model="independent",
        markets=(MarketPlan(title, slug, float(rng.beta(0.8, 2.5))),),
        rules='Resolves to "Yes" if both sides announce a ceasefire by the date in the title.',
        information=float(rng.uniform(3, 6)),
        **times,
    )


TOPICS: tuple[tuple[Template, int, int], ...] = (
    (election, 6, 2),
    (vote, 1, 2),
    (indicator, 5, 1),
    (award, 4, 2),
    (best_model, 4, 1),
    (speech, 5, 1),
    (conflict, 1, 1),
)
"""Template, fewest markets it needs, how often it comes up in one round."""
