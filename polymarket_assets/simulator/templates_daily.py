"""Events that come back every day: coin ladders, up or down, temperatures, games.

Belongs here: templates whose times follow the calendar. Each takes a random stream and the epoch
second of a UTC midnight and returns one event that is created on that day. One-off events are in
`templates_topics`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from polymarket_assets.simulator.plans import DAY_S, HOUR_S, MINUTE_S, EventPlan, MarketPlan
from polymarket_assets.simulator.vocabulary import (
    CITIES,
    CLUBS,
    COINS,
    LEAGUES,
    US_TEAMS,
    day_name,
    day_slug,
    slugify,
)

MIDNIGHT_ET_S = 5 * HOUR_S
FINE_SHARE = 0.25
"""Share of the ladders with a fine tick."""
FINE_TICK = 1_000
"""A tick of 0.001, as the venue gives to liquid markets."""


def coin_ladder(rng: np.random.Generator, midnight_s: int, coin: int, strikes: int) -> EventPlan:
    """`Bitcoin above ___ on November 20?`: one day, thresholds 0.3 daily deviations apart.

    It lives from midnight to midnight in New York (05:00 UTC) and most thresholds lie below the
    price, so that on any evening some are nearly certain and some nearly hopeless; all are
    settled by morning.
    """
    name, symbol, level, deviation = COINS[coin]
    starts, ends = midnight_s + MIDNIGHT_ET_S, midnight_s + DAY_S + MIDNIGHT_ET_S
    spot = level * float(np.exp(0.05 * rng.standard_normal()))
    date = day_name(midnight_s)
    slug = f"{slugify(name)}-above-on-{day_slug(midnight_s)}"
    tick = FINE_TICK if rng.random() < FINE_SHARE else 10_000
    markets = []
    for position in range(strikes):
        threshold = 0.3 * (position - round(0.7 * (strikes - 1)))
        price = _round_price(spot * float(np.exp(deviation * threshold)))
        markets.append(
            MarketPlan(
                question=f"Will the price of {name} be above ${price} on {date}?",
                slug=f"{slug}-{slugify(price)}",
                prior=threshold,
                group_title=price,
                tick_micro=tick,
            )
        )
    return EventPlan(
        title=f"{name} above ___ on {date}?",
        slug=slug,
        category="crypto",
        model="ladder",
        created_s=starts,
        ends_s=ends,
        decided_s=ends,
        markets=tuple(markets),
        rules=f'Resolves to "Yes" if the last trade of {symbol}/USDT at 12 AM ET is above the '
        'price in the title. Otherwise, this market will resolve to "No".',
        quick=True,
        series=f"{slugify(name)}-multi-strikes-daily",
    )


def _round_price(price: float) -> str:
    digits = max(0, 3 - len(str(int(price))))
    return f"{price:,.{digits}f}"


def coin_up_or_down(rng: np.random.Generator, midnight_s: int, coin: int) -> EventPlan:
    """`Bitcoin Up or Down on November 20?`: noon to noon in New York, outcomes Up and Down."""
    name, symbol, _, _ = COINS[coin]
    ends = midnight_s + DAY_S + 17 * HOUR_S
    date = day_name(ends)
    return EventPlan(
        title=f"{name} Up or Down on {date}?",
        slug=f"{slugify(name)}-up-or-down-on-{day_slug(ends)}",
        category="crypto",
        model="ladder",
        created_s=ends - DAY_S,
        ends_s=ends,
        decided_s=ends,
        markets=(
            MarketPlan(
                question=f"{name} Up or Down on {date}?",
                slug=f"{slugify(name)}-up-or-down-on-{day_slug(ends)}",
                prior=0.1 * float(rng.standard_normal()),
                outcomes=("Up", "Down"),
            ),
        ),
        rules=f'Resolves to "Up" if the close of {symbol}/USDT is above its price a day before, '
        'else to "Down".',
        quick=True,
        series=f"{slugify(name)}-up-or-down-daily",
        extra_tags=((102127, "Up or Down", "up-or-down"),),
    )


def temperature(rng: np.random.Generator, midnight_s: int, city: int) -> EventPlan:
    """`Highest temperature in London on November 21?`: seven exclusive buckets."""
    place = CITIES[city % len(CITIES)]
    day = midnight_s + DAY_S
    slug = f"highest-temperature-in-{slugify(place)}-on-{day_slug(day)}"
    lowest = int(rng.integers(36, 70))
    labels = [
        f"{lowest - 1}°F or below",
        *(f"{lowest + 2 * k}-{lowest + 2 * k + 1}°F" for k in range(5)),
        f"{lowest + 10}°F or higher",
    ]
    weights = np.exp(-0.5 * ((np.arange(7) - rng.uniform(1.5, 4.5)) / 1.3) ** 2)
    ends = day + DAY_S + MIDNIGHT_ET_S
    return EventPlan(
        title=f"Highest temperature in {place} on {day_name(day)}?",
        slug=slug,
        category="weather",
        model="exclusive",
        created_s=midnight_s + int(rng.integers(8, 16)) * HOUR_S,
        ends_s=ends,
        decided_s=ends - int(rng.integers(0, 40)) * MINUTE_S,
        markets=tuple(
            MarketPlan(
                question=f"Will the highest temperature in {place} be {label} on {day_name(day)}?",
                slug=f"{slug}-{slugify(label)}",
                prior=float(weight),
                group_title=label,
            )
            for label, weight in zip(labels, weights, strict=True)
        ),
        rules=f"Resolves to the range that contains the highest temperature recorded in {place}.",
        neg_risk=True,
        information=5.0,
        burst_s=4 * HOUR_S,
        series=f"{slugify(place)}-daily-weather",
    )


def us_game(rng: np.random.Generator, midnight_s: int, game: int) -> EventPlan:
    """An evening game in the Americas: winner, spread and total, labels other than Yes and No."""
    code, league = LEAGUES[int(rng.integers(len(LEAGUES)))]
    home, away = (US_TEAMS[i] for i in rng.choice(len(US_TEAMS), 2, replace=False))
    starts = midnight_s + int(rng.integers(1, 3)) * DAY_S
    starts += int(rng.choice([0, 30, 60, 90, 120, 150])) * MINUTE_S
    decided = starts + int(rng.integers(140, 190)) * MINUTE_S
    date = f"{datetime.fromtimestamp(starts - MIDNIGHT_ET_S, UTC):%Y-%m-%d}"
    slug = f"{code}-{slugify(away)}-{slugify(home)}-{date}-{game}"
    favourite = float(np.clip(rng.normal(0.5, 0.16), 0.12, 0.88))
    spread, total = rng.integers(1, 9) + 0.5, rng.integers(5, 230) + 0.5
    winner = MarketPlan(f"{away} vs. {home}", slug, favourite, "", (away, home), kind="moneyline")
    side = replace(
        winner,
        question=f"Spread: {away} (-{spread})",
        slug=f"{slug}-spread",
        prior=0.48,
        group_title=f"Spread -{spread}",
        kind="spreads",
    )
    points = MarketPlan(
        f"{away} vs. {home}: O/U {total}",
        f"{slug}-total",
        0.5,
        f"O/U {total}",
        ("Over", "Under"),
        kind="totals",
    )
    return EventPlan(
        title=f"{away} vs. {home}",
        slug=slug,
        category="sports",
        model="independent",
        created_s=midnight_s + int(rng.integers(6, 18)) * HOUR_S,
        ends_s=starts + 2 * HOUR_S,
        decided_s=decided,
        markets=(winner, side, points)[: 1 + int(rng.integers(3))],
        rules="Resolves to the winner. If the game is cancelled, this market will resolve 50-50.",
        information=1.0,
        burst_s=decided - starts,
        quick=True,
        game_starts_s=starts,
        series=f"{code}-2026",
        void_chance=0.02,
        extra_tags=((100639, "Games", "games"), (450, league, code)),
    )


def soccer_match(rng: np.random.Generator, midnight_s: int, game: int) -> EventPlan:
    """A European match: home, draw and away as three exclusive markets."""
    home, away = (CLUBS[i] for i in rng.choice(len(CLUBS), 2, replace=False))
    starts = midnight_s + DAY_S * int(rng.integers(1, 3)) + int(rng.integers(12, 21)) * HOUR_S
    decided = starts + int(rng.integers(108, 118)) * MINUTE_S
    date = f"{datetime.fromtimestamp(starts, UTC):%Y-%m-%d}"
    slug = f"soc-{slugify(home)}-{slugify(away)}-{date}-{game}"
    strength = float(rng.uniform(0.2, 0.55))
    sides = (
        (f"Will {home} win on {date}?", "home", home, strength),
        (f"Will {home} vs. {away} end in a draw?", "draw", "Draw", 0.26),
        (f"Will {away} win on {date}?", "away", away, 0.74 - strength),
    )
    return EventPlan(
        title=f"{home} vs. {away}",
        slug=slug,
        category="sports",
        model="exclusive",
        created_s=midnight_s + int(rng.integers(6, 20)) * HOUR_S,
        ends_s=starts,
        decided_s=decided,
        markets=tuple(MarketPlan(q, f"{slug}-{end}", p, label) for q, end, label, p in sides),
        rules="Resolves on the result after 90 minutes and stoppage time.",
        neg_risk=True,
        information=0.8,
        burst_s=decided - starts,
        quick=True,
        game_starts_s=starts,
        series="soc-2026",
        extra_tags=((100639, "Games", "games"), (100350, "Soccer", "soccer")),
    )
