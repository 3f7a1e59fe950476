"""The interface of a Python strategy and what it is given and answers.

Belongs here: the types an author of a strategy meets. Not here: where snapshots come from and what
becomes of proposals (warehouse/python_signals.py), how strategies are found (registry.py).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class Parameters(BaseModel):
    """Parameters of a strategy: numbers with defaults, bounds (`ge`, `le`) and descriptions.

    They are kept as decimals of at most six places; `polymarket strategies set` changes them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Side:
    """One outcome of a market and its best prices, pUSD per share; None where nobody quotes."""

    token_id: str
    outcome: str
    bid: Decimal | None
    bid_size: Decimal | None
    ask: Decimal | None
    ask_size: Decimal | None


@dataclass(frozen=True)
class Snapshot:
    """One market at one moment, knowing only what was known then.

    Attributes:
        key: feature_snapshot_key of features.market_snapshots.
        features: every column of that row by name; null is not known.
        fee_rate: r of the taker fee r(p(1-p))^e per share.
        fee_exponent: e of it.
    """

    key: str
    condition_id: str
    event_id: str | None
    question: str
    as_of: datetime
    hours_to_close: float | None
    yes: Side
    no: Side
    tick_size: Decimal
    min_order_size: Decimal
    fee_rate: Decimal
    fee_exponent: Decimal
    neg_risk: bool
    features: Mapping[str, Any]

    def side_of(self, token_id: str) -> Side:
        """The side with this token."""
        return self.yes if token_id == self.yes.token_id else self.no


@dataclass(frozen=True)
class Proposal:
    """Buy one side of a snapshot's market: the strategy's answer.

    Attributes:
        price_limit: worst price to accept, pUSD per share, on the market's tick.
        size: shares; rounded down to whole hundredths.
        chance: assumed chance that this side pays 1.
        reason: why, in words and numbers; a person reads it.
    """

    snapshot: Snapshot
    token_id: str
    price_limit: Decimal
    size: Decimal
    chance: Decimal
    reason: str


@dataclass(frozen=True)
class Holding:
    """What the strategy holds of one token: shares, what they cost with fees, since when."""

    token_id: str
    size: Decimal
    cost_usd: Decimal
    opened_at: datetime


class Strategy(ABC):
    """A rule that looks at markets and says what to buy and when to leave.

    A subclass gives the class attributes and `scan`; it is made anew for each build, with the
    parameters that hold, and keeps nothing between builds. It may not ask a venue, a file or a
    clock: the same snapshots must give the same answer.

    Attributes:
        name: lower case with underscores; unique among all strategies.
        description: what it does, in a sentence.
        version: changes whenever the rule does.
        Parameters: its parameters; every field has a default.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    version: ClassVar[str]
    Parameters: ClassVar[type[Parameters]] = Parameters

    def __init__(self, parameters: Parameters) -> None:
        self.parameters: Any = parameters

    def filter(self, snapshot: Snapshot) -> bool:
        """Whether `scan` is shown this market at all."""
        return True

    @abstractmethod
    def scan(self, snapshots: Sequence[Snapshot]) -> Iterable[Proposal]:
        """What to buy, given the newest snapshot of every market that passed `filter`.

        At most one proposal per token.
        """

    def should_exit(self, holding: Holding, snapshot: Snapshot) -> str | None:
        """Why to sell what is held now, or None to keep it."""
        return None
