"""What signals and snapshots say, derived anew from rows as the venue sent them.

The warehouse computes the same in SQL; that both agree is what `polymarket explain` shows.

Belongs here: the rules, on plain values. Not here: which rows a signal rests on (serving/).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from polymarket_assets.domain.ticks import Side

_MICRO = Decimal("0.000001")
_SHOWN_AFTER = timedelta(minutes=5)
"""The Data API shows a fill so long after it happened."""


@dataclass(frozen=True)
class Touch:
    """The best level of each side of a book: pUSD and shares, None where nobody is.

    Attributes:
        bid: highest price somebody pays.
        bid_size: shares wanted at it.
        ask: lowest price somebody takes.
        ask_size: shares offered at it.
    """

    bid: Decimal | None
    bid_size: Decimal | None
    ask: Decimal | None
    ask_size: Decimal | None

    @property
    def turned(self) -> Touch:
        """The same book seen from the other token: a bid at p is an ask at 1 - p."""
        return Touch(_rest(self.ask), self.ask_size, _rest(self.bid), self.bid_size)

    @property
    def mid(self) -> Decimal | None:
        """Half-way between bid and ask, None without one of them."""
        if self.bid is None or self.ask is None:
            return None
        return rounded((self.bid + self.ask) / 2)


def touch_of(bids: Iterable[Mapping[str, Decimal]], asks: Iterable[Mapping[str, Decimal]]) -> Touch:
    """The touch of a book whose levels, `price` and `size`, come in any order."""
    bid, bid_size = max(_levels(bids), default=(None, None))
    ask, ask_size = min(_levels(asks), default=(None, None))
    return Touch(bid, bid_size, ask, ask_size)


def depth_of(
    bids: Iterable[Mapping[str, Decimal]], asks: Iterable[Mapping[str, Decimal]], levels: int
) -> Decimal:
    """Shares on the best `levels` levels of both sides together."""
    near = (*sorted(_levels(bids))[-levels:], *sorted(_levels(asks))[:levels])
    return sum((size for _, size in near), Decimal(0))


@dataclass(frozen=True)
class Terms:
    """What Gamma's object of a market says of trading it; None where it says nothing.

    Attributes:
        outcomes: labels, in the venue's order.
        tokens: token of each outcome.
        neg_risk: it belongs to a neg-risk event.
        tick_size: price step, pUSD.
        min_order_size: smallest order, shares.
        fee_rate: rate of its own fee schedule; 0 where it says that it charges nothing.
        fee_exponent: exponent of it.
        end_at: scheduled end.
    """

    outcomes: tuple[str, ...]
    tokens: tuple[str, ...]
    neg_risk: bool
    tick_size: Decimal | None
    min_order_size: Decimal | None
    fee_rate: Decimal | None
    fee_exponent: Decimal | None
    end_at: datetime | None

    @classmethod
    def of(cls, payload: str) -> Terms:
        """Read the object's JSON text."""
        market = json.loads(payload, parse_float=Decimal, parse_int=Decimal)
        schedule = market.get("feeSchedule") or {}
        rate, exponent = amount_of(schedule.get("rate")), amount_of(schedule.get("exponent"))
        if rate is None and market.get("feesEnabled") is False:
            rate = Decimal(0)
        return cls(
            outcomes=texts_of(market.get("outcomes")),
            tokens=texts_of(market.get("clobTokenIds")),
            neg_risk=market.get("negRisk") is True,
            tick_size=amount_of(market.get("orderPriceMinTickSize")),
            min_order_size=amount_of(market.get("orderMinSize")),
            fee_rate=rate,
            fee_exponent=None if rate is None else Decimal(1) if exponent is None else exponent,
            end_at=moment_of(market.get("endDate")),
        )

    @property
    def yes_token(self) -> str | None:
        """Token of the outcome labelled Yes, else of the first."""
        labels = [label.lower() for label in self.outcomes]
        position = labels.index("yes") if "yes" in labels else 0
        return self.tokens[position] if position < len(self.tokens) else None

    def outcome_of(self, token_id: str) -> str | None:
        """Label of a token's outcome; None when the token is not of this market."""
        labels = dict(zip(self.tokens, self.outcomes, strict=False))
        return labels.get(token_id)

    def token_of(self, *, is_yes: bool) -> str | None:
        """Token of YES or of NO; None without it."""
        return next((token for token in self.tokens if self.is_yes(token) is is_yes), None)

    def is_yes(self, token_id: str) -> bool | None:
        """Whether a token is that of YES; None when it is not of this market."""
        return token_id == self.yes_token if token_id in self.tokens else None


@dataclass(frozen=True)
class Fill:
    """One match as its taker made it.

    Attributes:
        is_yes: of the YES token; None when the token is not known.
        side: what the taker did with it.
        price: pUSD per share; None when the venue names none.
        size: shares.
    """

    is_yes: bool | None
    side: Side
    price: Decimal | None
    size: Decimal


def fill_known_at(event_at: datetime, received_at: datetime) -> datetime:
    """From when on a fill may be used: when a collector that ran then would have had it."""
    return max(event_at, min(received_at, event_at + _SHOWN_AFTER))


@dataclass(frozen=True)
class Flow:
    """Matches and what was paid in them, all seen from YES: selling NO is buying YES.

    Attributes:
        matches: their number.
        buys: those in which the taker bought YES.
        sells: those in which the taker sold YES.
        buy_volume: YES price times shares of the buys, pUSD.
        sell_volume: the same of the sells.
    """

    matches: int
    buys: int
    sells: int
    buy_volume: Decimal
    sell_volume: Decimal


def flow_of(fills: Iterable[Fill]) -> Flow:
    """Count and sum matches; each amount is rounded by itself, as it is stored."""
    told = list(fills)
    known = [
        (fill, (fill.side == "BUY") == fill.is_yes) for fill in told if fill.is_yes is not None
    ]
    bought = [_paid_for_yes(fill) for fill, is_buy in known if is_buy]
    sold = [_paid_for_yes(fill) for fill, is_buy in known if not is_buy]
    return Flow(
        matches=len(told),
        buys=len(bought),
        sells=len(sold),
        buy_volume=sum(bought, Decimal(0)),
        sell_volume=sum(sold, Decimal(0)),
    )


def _paid_for_yes(fill: Fill) -> Decimal:
    if fill.price is None:
        return Decimal(0)
    return rounded((fill.price if fill.is_yes else 1 - fill.price) * fill.size)


def mean_price(fills: Sequence[tuple[Decimal, Decimal]]) -> Decimal | None:
    """Mean price of (price, size) by size, None of nothing.

    What is not a product or a sum is a double here as it is in DuckDB, and is taken to six decimals
    as its cast does it.
    """
    size = sum((size for _, size in fills), Decimal(0))
    if not size:
        return None
    paid = sum((rounded(price * size) for price, size in fills), Decimal(0))
    return as_decimal(float(paid) / float(size))


def favourite_chance(touch: Touch, tick: Decimal, margin: Decimal) -> Decimal | None:
    """The chance that the longshot strategies assume: the mid's log odds and a margin.

    The mid is kept one tick away from 0 and 1. None without a bid or an ask.
    """
    if touch.bid is None or touch.ask is None:
        return None
    mid = max(min(float(touch.bid + touch.ask) / 2, float(1 - tick)), float(tick))
    return as_decimal(1 / (1 + math.exp(-(math.log(mid / (1 - mid)) + float(margin)))))


def fee_at(price: Decimal, rate: Decimal, exponent: Decimal) -> Decimal:
    """Taker fee of one share at `price` as the warehouse states it, to six decimals."""
    return as_decimal(float(rate) * math.pow(float(price * (1 - price)), float(exponent)))


def lots_for(notional: Decimal, price: Decimal, depth: Decimal) -> Decimal:
    """Shares in whole hundredths that `notional` buys at `price`, at most `depth`."""
    return Decimal(math.floor(min(float(notional) / float(price), float(depth)) * 100)) / 100


def as_decimal(value: float) -> Decimal:
    """A double taken to six decimals as DuckDB's cast does it."""
    micros = Decimal(value * 1e6)
    return micros.to_integral_value(ROUND_HALF_UP).scaleb(-6)


def rounded(amount: Decimal) -> Decimal:
    """To six decimals, halves away from zero."""
    return amount.quantize(_MICRO, ROUND_HALF_UP)


def signal_id_of(parts: Sequence[str], as_of: datetime) -> str:
    """The id of a signal: SHA-256 (hex) of all that it is told apart by.

    Args:
        parts: strategy, version, params_hash, condition, token, side, action.
        as_of: moment of its snapshot.
    """
    return _sha256("|".join((*parts, f"{as_of.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}")))


def params_hash_of(settings: Mapping[str, str]) -> str:
    """SHA-256 (hex) of a strategy's settings but `enabled`, in order of their names."""
    told = sorted((name, value) for name, value in settings.items() if name != "enabled")
    return _sha256("|".join(f"{name}={value}" for name, value in told))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _levels(side: Iterable[Mapping[str, Decimal]]) -> list[tuple[Decimal, Decimal]]:
    return [(level["price"], level["size"]) for level in side if level["size"] > 0]


def _rest(price: Decimal | None) -> Decimal | None:
    return None if price is None else 1 - price


def amount_of(value: object) -> Decimal | None:
    """A number, or a text that holds one, with six decimals."""
    if not isinstance(value, Decimal | str):
        return None
    try:
        return rounded(Decimal(value))
    except InvalidOperation:
        return None


def texts_of(value: object) -> tuple[str, ...]:
    """A list of texts, given as a list or as JSON text of one."""
    listed = json.loads(value) if isinstance(value, str) and value else value
    return tuple(str(item) for item in listed) if isinstance(listed, list) else ()


def moment_of(value: object) -> datetime | None:
    """A time; one without a zone is UTC."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
