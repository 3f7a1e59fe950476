"""What an invented event is before anything happens in it: its markets, times, odds and fee terms.

Belongs here: the records that templates fill in and everything else reads, and the fee terms by
category. How events are made up is in `templates*`, how they move in `paths`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

DAY_S = 86_400
HOUR_S = 3_600
MINUTE_S = 60
MICRO = 1_000_000

PathModel = Literal["independent", "exclusive", "ladder"]
"""How the true probabilities of an event's markets hang together.

independent: each market on its own; exclusive: exactly one market ends in YES; ladder: thresholds
on one underlying value, so a lower threshold is never less probable.
"""


@dataclass(frozen=True)
class Category:
    """A topic with its fee terms (rates as of late 2026, per ten thousand).

    Source: fee table of the venue; `fee_type` None means no fees and no schedule.
    """

    name: str
    fee_type: str | None
    fee_rate_e4: int
    rebate_rate: float
    tags: tuple[tuple[int, str, str], ...]


CATEGORIES: dict[str, Category] = {
    c.name: c
    for c in (
        Category("crypto", "crypto_fees_v2", 700, 0.2, ((21, "Crypto", "crypto"),)),
        Category("sports", "sports_fees_v3", 500, 0.15, ((1, "Sports", "sports"),)),
        Category("politics", "politics_fees", 400, 0.25, ((2, "Politics", "politics"),)),
        Category("finance", "finance_prices_fees", 400, 0.25, ((120, "Finance", "finance"),)),
        Category("tech", "tech_fees", 400, 0.25, ((1401, "Tech", "tech"),)),
        Category(
            "mentions", "mentions_fees", 400, 0.25, ((100343, "Mentions", "mention-markets"),)
        ),
        Category("economics", "economics_fees", 500, 0.25, ((100328, "Economy", "economy"),)),
        Category("culture", "culture_fees", 500, 0.25, ((596, "Culture", "pop-culture"),)),
        Category("weather", "weather_fees", 500, 0.25, ((84, "Weather", "weather"),)),
        Category("geopolitics", None, 0, 0.0, ((100265, "Geopolitics", "geopolitics"),)),
    )
}


@dataclass(frozen=True)
class MarketPlan:
    """One market of an event.

    Attributes:
        question: The question in words. slug: Its address part, unique within the world.
        group_title: Short label inside the event, "" in an event of one market. outcomes: Labels
        of token 0 and token 1. prior: independent: probability of outcome 0 at the start;
        exclusive: weight among the event's
            markets; ladder: the threshold in standard deviations of the underlying value.
        tick_micro: Price step in millionths of a pUSD.
        placeholder: A nameless inactive slot of an augmented event: never traded, never wins.
        other: The "Other" outcome of an augmented event.
        kind: Sports market type, "" elsewhere.
    """

    question: str
    slug: str
    prior: float
    group_title: str = ""
    outcomes: tuple[str, str] = ("Yes", "No")
    tick_micro: int = 10_000
    placeholder: bool = False
    other: bool = False
    kind: str = ""


@dataclass(frozen=True)
class EventPlan:
    """One event; times are epoch seconds (UTC).

    Attributes:
        title: Name of the event.
        slug: Address part, unique within the world.
        category: Key of `CATEGORIES`.
        model: See `PathModel`.
        created_s: First moment the lists show it.
        ends_s: The nominal end (`endDate`).
        decided_s: When the outcome is known; the true probability is 0 or 1 from here on.
        markets: Its markets in display order.
        rules: Resolution rules in words.
        neg_risk: Exclusive outcomes that share collateral.
        augmented: Neg-risk with placeholders and "Other".
        information: Log-odds information revealed before the final phase (exclusive, independent).
        burst_s: Length of the final phase, in which the rest is revealed.
        quick: Resolved by a machine within minutes instead of by proposal and challenge period.
        game_starts_s: Kick-off of a game, 0 elsewhere.
        series: Slug of the recurring series, "" if none.
        void_chance: Probability that it resolves 50-50.
    """

    title: str
    slug: str
    category: str
    model: PathModel
    created_s: int
    ends_s: int
    decided_s: int
    markets: tuple[MarketPlan, ...]
    rules: str
    neg_risk: bool = False
    augmented: bool = False
    information: float = 4.0
    burst_s: int = HOUR_S
    quick: bool = False
    game_starts_s: int = 0
    series: str = ""
    void_chance: float = 0.0
    extra_tags: tuple[tuple[int, str, str], ...] = field(default=())

    @property
    def traded(self) -> tuple[MarketPlan, ...]:
        """The markets that trade: all but placeholders."""
        return tuple(m for m in self.markets if not m.placeholder)

    @property
    def tags(self) -> tuple[tuple[int, str, str], ...]:
        """(id, label, slug) of each tag, the category's first."""
        return CATEGORIES[self.category].tags + self.extra_tags
