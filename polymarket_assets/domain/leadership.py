"""What made a wallet a leader, derived anew from its fills and the results of their markets.

The models copy_trading and fct_resolutions state the same in SQL; that both agree is what
`polymarket explain` shows.

Belongs here: the rules, on plain values. Not here: which fills and markets there were (serving/).
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

from polymarket_assets.domain.derivation import (
    amount_of,
    as_decimal,
    moment_of,
    rounded,
    texts_of,
)
from polymarket_assets.domain.ticks import Side

FillRole = Literal["taker", "maker"]
Match = tuple[str | None, str, str, Side, Decimal | None, Decimal, int]
"""What the venue tells fills apart by: transaction, token, wallet, side, price, size, second."""
_UNDECIDED = ("requested", "proposed", "disputed")
_NEVER_UPDATED = timedelta(days=90)
"""A market so long after its close is decided, whatever it says of its oracle."""
_Z = 1.959964


@dataclass(frozen=True)
class Closed:
    """What a version of a closed market says of its result.

    Attributes:
        condition_id: the market.
        event_id: of its event, else its own id.
        tokens: in the order of the outcomes.
        payouts: pUSD per share of each token, None where its price decides nothing.
        is_pending: the oracle has an outcome before it that may still turn over.
        closed_at: the chain's time of the close, None when not said.
        created_at: of the market, None when not said.
        received_at: when we received the version.
    """

    condition_id: str
    event_id: str
    tokens: tuple[str, ...]
    payouts: tuple[Decimal | None, ...]
    is_pending: bool
    closed_at: datetime | None
    created_at: datetime | None
    received_at: datetime

    @classmethod
    def of(cls, payload: str, received_at: datetime) -> Closed:
        """Read the market's JSON text."""
        market = json.loads(payload, parse_float=Decimal, parse_int=Decimal)
        closed_at = moment_of(market.get("closedTime"))
        is_old = closed_at is not None and received_at >= closed_at + _NEVER_UPDATED
        prices = (amount_of(price) for price in texts_of(market.get("outcomePrices")))
        return cls(
            condition_id=market["conditionId"],
            event_id=next(iter(texts_of(market.get("eventIds"))), market["conditionId"]),
            tokens=texts_of(market.get("clobTokenIds")),
            payouts=tuple(_payout_of(price) for price in prices),
            is_pending=market.get("umaResolutionStatus") in _UNDECIDED and not is_old,
            closed_at=closed_at,
            created_at=moment_of(market.get("createdAt")),
            received_at=received_at,
        )


@dataclass(frozen=True)
class Result:
    """How a market was decided.

    Attributes:
        event_id: of its event, else its own id.
        payouts: pUSD per share, by token.
        known_at: from when on that could be known.
    """

    event_id: str
    payouts: Mapping[str, Decimal]
    known_at: datetime


def result_of(versions: Sequence[Closed]) -> Result | None:
    """The result of one market from its closed versions, oldest first; None while undecided.

    It is known since the chain says it closed. Where we saw it say otherwise after that, it is
    known since we received the first version that agrees with the last.
    """
    last = versions[-1]
    shares = [share for share in last.payouts if share is not None]
    if last.is_pending or len(shares) < len(last.tokens) or sum(shares) != 1:
        return None
    otherwise = [
        one.received_at
        for one in versions
        if (one.is_pending, one.payouts) != (last.is_pending, last.payouts)
    ]
    known = [last.closed_at or versions[0].received_at]
    if last.created_at is not None:
        known.append(last.created_at)
    if otherwise:
        known.append(min(v.received_at for v in versions if v.received_at > max(otherwise)))
    return Result(last.event_id, dict(zip(last.tokens, shares, strict=False)), max(known))


@dataclass(frozen=True)
class PastFill:
    """A fill as its wallet had it.

    Attributes:
        match: what it is told apart by.
        condition_id: its market.
        known_at: from when on it may be used.
    """

    match: Match
    condition_id: str
    known_at: datetime

    def profit(self, payout: Decimal) -> Decimal:
        """What it made of its market, pUSD; none where the venue names no price."""
        _, _, _, side, price, size, _ = self.match
        if price is None:
            return Decimal(0)
        gained = size * payout - rounded(price * size)
        return gained if side == "BUY" else -gained


@dataclass(frozen=True)
class Record:
    """What a wallet had made of events that were decided by then.

    Attributes:
        events: their number.
        wins: those it gained in.
        losses: those it lost in.
        profit: pUSD of all.
        maker_share: of its fills, those in which it was the maker.
        biggest_win_share: of its gains, that from one event; None without any.
    """

    events: int
    wins: int
    losses: int
    profit: Decimal
    maker_share: float
    biggest_win_share: float | None

    @property
    def win_rate_low(self) -> Decimal | None:
        """Lower Wilson bound of the share of events won; None when none was won or lost."""
        n = self.wins + self.losses
        if not n:
            return None
        won, lost = self.wins / n, self.losses / n
        spread = _Z * math.sqrt(won * lost / n + _Z * _Z / 4 / (n * n))
        return as_decimal((won + _Z * _Z / 2 / n - spread) / (1 + _Z * _Z / n))


def frozen_at(built_at: datetime, life: timedelta) -> datetime:
    """The last midnight (UTC) before every snapshot that a signal of `life` may rest on."""
    last = (built_at - life).astimezone(UTC)
    return last.replace(hour=0, minute=0, second=0, microsecond=0)


def record_of(
    fills: Iterable[PastFill],
    takers: Iterable[Match],
    results: Mapping[str, Result],
    *,
    known_from: datetime,
    known_by: datetime,
) -> Record | None:
    """The record of a wallet by what was known at a time; None when nothing was decided.

    Args:
        fills: of the wallet, in any order.
        takers: matches on the venue's list of takers.
        results: by market.
        known_from: results that were known by then are too old.
        known_by: neither fills nor results known later count.
    """
    profits: dict[str, Decimal] = defaultdict(Decimal)
    roles: list[FillRole | None] = []
    for fill, role in _with_roles(fills, takers):
        result = results.get(fill.condition_id)
        payout = None if result is None else result.payouts.get(fill.match[1])
        if result is None or payout is None:
            continue
        if fill.known_at <= known_by and known_from < result.known_at <= known_by:
            profits[result.event_id] += fill.profit(payout)
            roles.append(role)
    if not roles:
        return None
    gains = [profit for profit in profits.values() if profit > 0]
    return Record(
        events=len(profits),
        wins=len(gains),
        losses=sum(profit < 0 for profit in profits.values()),
        profit=sum(profits.values(), Decimal(0)),
        maker_share=roles.count("maker") / len(roles),
        biggest_win_share=float(max(gains)) / float(sum(gains)) if gains else None,
    )


def _with_roles(
    fills: Iterable[PastFill], takers: Iterable[Match]
) -> Iterator[tuple[PastFill, FillRole | None]]:
    """Fills, each with what its wallet was in it; None where the takers were not collected."""
    left = Counter(takers)
    transactions = {match[0] for match in left if match[0] is not None}
    for fill in fills:
        if left[fill.match]:
            left[fill.match] -= 1
            yield fill, "taker"
        else:
            yield fill, "maker" if fill.match[0] in transactions else None


def _payout_of(price: Decimal | None) -> Decimal | None:
    """What a final price pays; prices of automated-market-maker times are like 0.9999985."""
    if price is None:
        return None
    if price >= Decimal("0.99"):
        return Decimal(1)
    if price <= Decimal("0.01"):
        return Decimal(0)
    return price if price == Decimal("0.5") else None
