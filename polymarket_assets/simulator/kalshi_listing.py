"""Which markets the simulated Kalshi lists: twins of the invented world's, and some of its own.

Belongs here: choosing events, rewording them, and each market's timetable. A twin asks what a
market of the world asks, in other words and sometimes with another deadline; it follows the same
truth. Kalshi's own events come from the same templates, so that they look alike without being the
same. Not here: prices and trades (kalshi_tape.py), JSON (kalshi_shapes.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from polymarket_assets.simulator.listing import Settlement, list_events, timetable
from polymarket_assets.simulator.paths import EventPath, Quotes, event_path, lay_quotes
from polymarket_assets.simulator.plans import DAY_S, HOUR_S, MICRO, MINUTE_S, EventPlan, MarketPlan
from polymarket_assets.simulator.randomness import Floats, digest, stream
from polymarket_assets.simulator.world import World

OWN_SEED = 1_000_003
"""Added to the world's seed for Kalshi's own events."""
OWN_SHARE = 10
"""One market of its own for so many of the world's."""
TWIN_SHARE = 0.4
"""Share of the world's events that Kalshi lists too."""
OTHER_DEADLINE = 0.3
"""Share of twins whose deadline is not the world's."""
CATEGORIES = {
    "crypto": "Crypto",
    "sports": "Sports",
    "politics": "Politics",
    "finance": "Financials",
    "tech": "Science and Technology",
    "mentions": "Mentions",
    "economics": "Economics",
    "culture": "Entertainment",
    "weather": "Climate and Weather",
    "geopolitics": "World",
}
_REWORDED = (
    (r"Will the price of (.+) be above (.+) on (.+)\?", r"\1 price on \3: above \2?"),
    (r"Will the highest temperature in (.+) be (.+) on (.+)\?", r"High in \1 on \3: \2?"),
    (r"Will (.+) be the next (.+) of (.+)\?", r"Next \2 of \3: \1?"),
    (r"Will (.+) win on (.+)\?", r"\1 to win the match of \2?"),
    (r"Will (.+) be (≤|≥|<|>)?(.+%)\?", r"Is \1 going to be \2\3?"),
    (r"Will (.+) pass (.+) by (.+)\?", r"\1 passes \2 until \3?"),
)


@dataclass(frozen=True)
class KalshiEvent:
    """An event with its ticker and the positions of its markets."""

    ticker: str
    series: str
    plan: EventPlan
    markets: range
    shift_s: int


@dataclass(frozen=True)
class KalshiMarket:
    """A market.

    Attributes:
        twin: position of its twin in the world, -1 for one of Kalshi's own.
        path: position in the quotes of the world (a twin) or of Kalshi's own markets.
        planned_s: the close it announces; closes_s is the one that comes.
    """

    index: int
    ticker: str
    event: int
    plan: MarketPlan
    title: str
    twin: int
    path: int
    created_s: int
    opens_s: int
    planned_s: int
    closes_s: int
    determined_s: int
    finalized_s: int
    payout_micro: int

    def changed_s(self, now_s: float) -> int:
        """When its status last changed, as of now."""
        steps = (
            self.created_s, self.opens_s, self.closes_s, self.determined_s, self.finalized_s,
        )  # fmt: skip
        return max(step for step in steps if step <= now_s)


@dataclass(frozen=True)
class Listing:
    """All of Kalshi's events and markets, and the quotes of its own."""

    events: list[KalshiEvent]
    markets: list[KalshiMarket]
    own_quotes: Quotes


def list_kalshi(world: World, markets_per_day: int) -> Listing:
    """What Kalshi lists beside `world`, whose days trade `markets_per_day` markets."""
    rng = stream(world.seed, "kalshi", "listing")
    rows: list[_Row] = []
    for event in world.events:
        if rng.random() < TWIN_SHARE:
            members = [world.markets[i] for i in event.markets]
            rows.append(
                _Row(
                    event.plan,
                    [world.settlements[m.index] for m in members],
                    [int(world.payout_micro[m.index]) for m in members],
                    [m.index for m in members],
                    [m.index for m in members],
                )
            )
    seed = world.seed + OWN_SEED
    count = max(3, markets_per_day // OWN_SHARE)
    laid: list[tuple[EventPlan, EventPath, Floats]] = []
    placed = 0
    for plan in list_events(seed, world.first_midnight_s, world.days, count):
        steps = timetable(plan, stream(seed, "settlement", plan.slug))
        path = event_path(plan, steps, stream(seed, "path", plan.slug))
        laid.append((plan, path, np.full(len(plan.traded), 2.0)))
        paid = [
            MICRO // 2 if step.void else MICRO * won
            for step, won in zip(steps, path.won, strict=True)
        ]
        size = len(plan.traded)
        rows.append(_Row(plan, steps, paid, [-1] * size, list(range(placed, placed + size))))
        placed += size
    rows.sort(key=lambda row: (row.plan.created_s, row.plan.slug, row.twins))
    return _numbered(world.seed, rows, lay_quotes(laid))


@dataclass(frozen=True)
class _Row:
    """An event on its way to a ticker, with what is known of each of its markets."""

    plan: EventPlan
    settlements: list[Settlement]
    payouts: list[int]
    twins: list[int]
    paths: list[int]


def _numbered(seed: int, rows: list[_Row], own_quotes: Quotes) -> Listing:
    events: list[KalshiEvent] = []
    markets: list[KalshiMarket] = []
    for number, row in enumerate(rows):
        plan = row.plan
        rng = stream(seed, "kalshi", plan.slug, number)
        series = _series(plan)
        ticker = (
            f"{series}-{datetime.fromtimestamp(plan.ends_s, UTC):%y%b%d}".upper() + f"N{number}"
        )
        shift = 0
        if row.twins[0] >= 0 and rng.random() < OTHER_DEADLINE:
            shift = int(rng.choice([-6 * HOUR_S, 12 * HOUR_S, DAY_S, 7 * DAY_S]))
        first = len(markets)
        for order, market in enumerate(plan.traded):
            closes = row.settlements[order].decided_s
            determined = closes + int(rng.integers(10 * MINUTE_S, HOUR_S))
            opens = plan.created_s + int(rng.integers(10 * MINUTE_S, HOUR_S))
            label = re.sub(r"[^A-Z0-9]", "", market.group_title.upper())[:8] or "YES"
            markets.append(
                KalshiMarket(
                    index=len(markets),
                    ticker=f"{ticker}-{label}{order}",
                    event=number,
                    plan=market,
                    title=reworded(market.question),
                    twin=row.twins[order],
                    path=row.paths[order],
                    created_s=plan.created_s + order,
                    opens_s=min(opens, closes - 1),
                    planned_s=max(plan.ends_s + shift, closes),
                    closes_s=closes,
                    determined_s=determined,
                    finalized_s=determined + HOUR_S,
                    payout_micro=row.payouts[order],
                )
            )
        events.append(KalshiEvent(ticker, series, plan, range(first, len(markets)), shift))
    return Listing(events, markets, own_quotes)


def _series(plan: EventPlan) -> str:
    """`KXBITCOINABOVE`: the first two words of the title."""
    words = re.findall(r"[A-Z]+", plan.title.upper())
    return "KX" + "".join(words[:2])


def reworded(question: str) -> str:
    """The same question in other words, where we know some."""
    for pattern, words in _REWORDED:
        if re.fullmatch(pattern, question):
            return re.sub(pattern, words, question)
    return question


def trade_ids(seed: int, count: int) -> list[str]:
    """That many ids in the form of a UUID."""
    text = stream(int.from_bytes(digest(seed, "kalshi", "ids")[:4], "big"), "ids").bytes(16 * count)
    return [
        "-".join((h[:8], h[8:12], h[12:16], h[16:20], h[20:]))
        for h in (text[16 * n : 16 * n + 16].hex() for n in range(count))
    ]
