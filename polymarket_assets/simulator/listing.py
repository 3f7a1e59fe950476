"""Which events are listed on which day, and when and how each market is settled.

Belongs here: filling the calendar until the wanted number of markets trades on each day,
numbering events and markets in order of creation, and the settlement timetable. The events
themselves come from templates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from polymarket_assets.simulator import templates_daily as daily
from polymarket_assets.simulator.plans import DAY_S, HOUR_S, MINUTE_S, EventPlan, MarketPlan
from polymarket_assets.simulator.randomness import hex_id, stream, token_id
from polymarket_assets.simulator.templates_topics import TOPICS

WARM_UP_DAYS = 6
"""Days of listing before the first generated day, so that day one has markets of every age."""
FIRST_EVENT_ID, FIRST_MARKET_ID = 45_000, 640_000
OPENS_AFTER_S = 5 * MINUTE_S
"""From the creation of a market to its first possible order."""
DISPUTED = 0.02
"""Share of proposed outcomes that are disputed."""
UNDISPUTED_STEPS = 2
"""Proposed, resolved."""
DAILY_SHARE = 0.4
"""Largest part of the day's markets that the daily programme may take."""


@dataclass(frozen=True)
class Settlement:
    """The steps by which a market ends, epoch seconds; disputes are rare.

    `steps` holds (moment, UMA status); the book disappears with the first of them, the result is
    known with the last. A market closes with its result; a disputed one already when an outcome is
    first proposed, the wrong one. A void market pays one half on either side.
    """

    decided_s: int
    steps: tuple[tuple[int, str], ...]
    void: bool

    @property
    def proposed_s(self) -> int:
        """When the outcome is proposed and the book disappears."""
        return self.steps[0][0]

    @property
    def resolved_s(self) -> int:
        """When the result is known for good."""
        return self.steps[-1][0]

    @property
    def is_disputed(self) -> bool:
        """Somebody disputes the first proposed outcome: it takes more than two steps."""
        return len(self.steps) > UNDISPUTED_STEPS

    @property
    def closed_s(self) -> int:
        """When the venue lists the market as closed."""
        return self.proposed_s if self.is_disputed else self.resolved_s

    def proposals(self, now_s: float) -> int:
        """How often an outcome has been proposed by `now_s`."""
        return sum(status == "proposed" and at <= now_s for at, status in self.steps)


@dataclass(frozen=True)
class ListedEvent:
    """An event with its number and the positions of its traded markets in the world."""

    id: str
    plan: EventPlan
    markets: range
    placeholders: tuple[ListedMarket, ...]


@dataclass(frozen=True)
class ListedMarket:
    """A market with its identifiers; `index` is its position in the world, -1 for a placeholder."""

    id: str
    index: int
    event: int
    plan: MarketPlan
    condition_id: str
    question_id: str
    tokens: tuple[str, str]
    created_s: int

    @property
    def opens_s(self) -> int:
        """First second at which it can trade."""
        return self.created_s + OPENS_AFTER_S


def list_events(
    seed: int, first_midnight_s: int, days: int, markets_per_day: int
) -> list[EventPlan]:
    """Plans of every event that trades during the generated days, ordered by creation.

    On each day events are added until `markets_per_day` markets can trade during it.
    """
    plans: list[EventPlan] = []
    for day in range(-WARM_UP_DAYS, days):
        midnight = first_midnight_s + day * DAY_S
        live = sum(len(p.traded) for p in plans if p.decided_s > midnight)
        for plan in _candidates(seed, midnight, day, markets_per_day, live):
            plans.append(plan)
            live += len(plan.traded)
    kept = [p for p in plans if p.decided_s > first_midnight_s]
    return sorted(kept, key=lambda plan: (plan.created_s, plan.slug))


def _candidates(
    seed: int, midnight_s: int, day: int, target: int, live: int
) -> Iterator[EventPlan]:
    """Events created on one day: the daily programme, then topics until `target` markets live."""
    rng = stream(seed, "listing", day)
    room = target - live
    spent = 0
    for plan in _programme(rng, midnight_s, target):
        size = len(plan.traded)
        if spent and (spent + size > DAILY_SHARE * target or size > room - spent):
            continue
        spent += size
        yield plan
    bag = [(template, fewest) for template, fewest, often in TOPICS for _ in range(often)]
    number = 1_000 * (day + WARM_UP_DAYS)
    while spent < room:
        for turn in rng.permutation(len(bag)).tolist():
            template, fewest = bag[turn]
            if fewest <= room - spent:
                number += 1
                plan = template(rng, midnight_s, number, room - spent)
                spent += len(plan.traded)
                yield plan


def _programme(rng: np.random.Generator, midnight_s: int, target: int) -> Iterator[EventPlan]:
    """The daily events in order of importance; a small world has a short ladder and few more."""
    strikes = min(11, max(3, target // 6))
    yield daily.coin_ladder(rng, midnight_s, 0, strikes)
    yield daily.coin_up_or_down(rng, midnight_s, 0)
    yield daily.us_game(rng, midnight_s, 1)
    yield daily.temperature(rng, midnight_s, 0)
    yield daily.soccer_match(rng, midnight_s, 2)
    for coin in (1, 2, 3):
        yield daily.coin_ladder(rng, midnight_s, coin, strikes)
    for number in (1, 2, 3):
        yield daily.coin_up_or_down(rng, midnight_s, number)
        yield daily.temperature(rng, midnight_s, number)
    for number in range(3, 9):
        yield daily.us_game(rng, midnight_s, number)
    for number in range(9, 13):
        yield daily.soccer_match(rng, midnight_s, number)


def number_events(
    seed: int, plans: list[EventPlan]
) -> tuple[list[ListedEvent], list[ListedMarket]]:
    """Give events and markets their ids, ascending in order of creation."""
    events: list[ListedEvent] = []
    markets: list[ListedMarket] = []
    number = 0
    for position, plan in enumerate(plans):
        first, placeholders = len(markets), []
        for order, market in enumerate(plan.markets):
            listed = ListedMarket(
                id=str(FIRST_MARKET_ID + number),
                index=-1 if market.placeholder else len(markets),
                event=position,
                plan=market,
                condition_id=hex_id(32, seed, "condition", market.slug),
                question_id=hex_id(32, seed, "question", market.slug),
                tokens=(
                    token_id(seed, "token", market.slug, 0),
                    token_id(seed, "token", market.slug, 1),
                ),
                created_s=plan.created_s + order,
            )
            number += 1
            (placeholders if market.placeholder else markets).append(listed)
        events.append(
            ListedEvent(
                id=str(FIRST_EVENT_ID + position),
                plan=plan,
                markets=range(first, len(markets)),
                placeholders=tuple(placeholders),
            )
        )
    return events, markets


def timetable(plan: EventPlan, rng: np.random.Generator) -> list[Settlement]:
    """How each traded market of an event ends; which side wins is drawn elsewhere (see `paths`).

    Machines settle within half an hour; others are proposed, wait two hours, and one in fifty is
    disputed and takes two days more. A void event pays one half on either side.
    """
    void = rng.random() < plan.void_chance
    return [_settlement(plan, void, rng) for _ in plan.traded]


def _settlement(plan: EventPlan, void: bool, rng: np.random.Generator) -> Settlement:
    decided = plan.decided_s
    if plan.category == "mentions":
        decided += int(rng.integers(0, 30)) * MINUTE_S
    proposed = decided + int(rng.integers(3 * MINUTE_S, 30 * MINUTE_S))
    if plan.quick:
        steps = [
            (proposed, "proposed"),
            (proposed + int(rng.integers(60, 25 * MINUTE_S)), "resolved"),
        ]
    elif rng.random() < DISPUTED:
        again = proposed + int(rng.integers(HOUR_S // 4, 2 * HOUR_S))
        steps = [
            (proposed, "proposed"),
            (again, "disputed"),
            (again + 2 * HOUR_S, "proposed"),
            (again + 2 * DAY_S + int(rng.integers(0, HOUR_S)), "resolved"),
        ]
    else:
        waited = 2 * HOUR_S + int(rng.integers(20, 20 * MINUTE_S))
        steps = [(proposed, "proposed"), (proposed + waited, "resolved")]
    return Settlement(decided, tuple(steps), void)
