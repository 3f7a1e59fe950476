"""What a signal says, beside the same derived from the bytes it rests on.

Belongs here: which values are derived for which kind of signal. Not here: the rules themselves
(domain/derivation.py), the rows (explain_rows.py) and their proof (explain_pages.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from polymarket_assets.domain.derivation import (
    Fill,
    Terms,
    Touch,
    favourite_chance,
    fee_at,
    flow_of,
    lots_for,
    mean_price,
    params_hash_of,
    signal_id_of,
    touch_of,
)
from polymarket_assets.serving.explain_pages import Place, Proof
from polymarket_assets.serving.explain_rows import (
    COPYING,
    LONGSHOTS,
    Fact,
    Grounds,
    Row,
)


@dataclass(frozen=True)
class Check:
    """One value.

    Attributes:
        what: column of the signal, or `snapshot.` and one of the snapshot.
        stored: what is written there.
        derived: what the bytes give.
    """

    what: str
    stored: Any
    derived: Any

    @property
    def holds(self) -> bool:
        """Whether both are the same."""
        return self.stored == self.derived


def checks(grounds: Grounds, proved: Mapping[Place, Proof]) -> Iterator[Check]:
    """Everything of a signal that can be derived from the records its facts were read from."""
    records = _Records(grounds, proved)
    signal, snapshot = grounds.signal, grounds.snapshot
    yield Check("signal_id", signal["signal_id"], _signal_id(signal))
    if grounds.settings is not None:
        yield Check("params_hash", signal["params_hash"], params_hash_of(grounds.settings))
    if snapshot is None:
        return
    if snapshot["book_ok"]:
        yield from _of_book(snapshot, records)
    if snapshot["gamma_ok"]:
        yield from _of_terms(snapshot, records)
    if snapshot["trades_ok"]:
        yield from _of_fills(snapshot, records)
    if signal["venue"] == "kalshi":
        yield Check("price_limit", signal["price_limit"], records.kalshi_ask())
        return
    yield from _of_signal(grounds, records)


class _Records:
    """The records of a signal's facts as the bytes give them."""

    def __init__(self, grounds: Grounds, proved: Mapping[Place, Proof]) -> None:
        self._grounds = grounds
        self._proved = proved
        [market] = self.of("market version")[-1:] or [None]
        self.terms = None if market is None else Terms.of(market["payload"])

    def of(self, role: Any) -> list[Row]:
        """The records of one role; those that the bytes do not give are left out."""
        found = (self._read(fact) for fact in self._grounds.of(role))
        return [record for record in found if record is not None]

    def touch(self, role: Any = "book") -> Touch | None:
        """The touch of a book, seen from YES; None without the book or the market's tokens."""
        books = self.of(role)
        if not books or self.terms is None:
            return None
        touch = touch_of(books[0]["bids"], books[0]["asks"])
        return touch.turned if self.terms.is_yes(books[0]["token_id"]) is False else touch

    def of_side(self) -> Touch | None:
        """The touch of the signal's token, at its own book if it is a leg of a complement."""
        own = bool(self._grounds.of("own book"))
        touch = self.touch("own book" if own else "book")
        if touch is None or self.terms is None:
            return None
        is_yes = self.terms.is_yes(self._grounds.signal["token_id"])
        return touch.turned if is_yes is False else touch

    def kalshi_ask(self) -> Any:
        """Best ask of the Kalshi outcome that a leg buys."""
        books = self.of("Kalshi book")
        outcome = self._grounds.signal["token_id"].rpartition(":")[2].lower()
        return touch_of([], books[0][f"{outcome}_asks"]).ask if books else None

    def _read(self, fact: Fact) -> Row | None:
        proof = self._proved.get(fact.place)
        return proof.read if proof else None


def _of_book(snapshot: Row, records: _Records) -> Iterator[Check]:
    touch = records.touch() or Touch(None, None, None, None)
    for name in ("bid", "bid_size", "ask", "ask_size"):
        column = f"book_best_{name}"
        yield Check(f"snapshot.{column}", snapshot[column], getattr(touch, name))
    if snapshot["mid_source"] == "book":
        yield Check("snapshot.mid_price", snapshot["mid_price"], touch.mid)


def _of_terms(snapshot: Row, records: _Records) -> Iterator[Check]:
    terms = records.terms
    yield Check("snapshot.yes_token_id", snapshot["yes_token_id"], terms and terms.yes_token)
    yield Check("snapshot.end_at", snapshot["end_at"], terms and terms.end_at)
    for name in ("tick_size", "min_order_size"):
        [of_book] = [book[name] for book in records.of("book")[:1]] or [None]
        of_market = terms and getattr(terms, name)
        derived = of_market if of_book is None else of_book
        yield Check(f"snapshot.{name}", snapshot[name], derived)
    if snapshot["fee_source"] == "market":
        for name in ("fee_rate", "fee_exponent"):
            yield Check(f"snapshot.{name}", snapshot[name], terms and getattr(terms, name))


def _of_fills(snapshot: Row, records: _Records) -> Iterator[Check]:
    terms = records.terms
    flow = flow_of(
        Fill(
            terms.is_yes(row["token_id"]) if terms else None, row["side"], row["price"], row["size"]
        )
        for row in records.of("fill")
    )
    derived = {
        "trade_count_1h": flow.matches,
        "buy_count_1h": flow.buys,
        "sell_count_1h": flow.sells,
        "volume_1h": flow.buy_volume + flow.sell_volume,
        "buy_volume_1h": flow.buy_volume,
        "sell_volume_1h": flow.sell_volume,
    }
    for name, value in derived.items():
        yield Check(f"snapshot.{name}", snapshot[name], value)


def _of_signal(grounds: Grounds, records: _Records) -> Iterator[Check]:
    signal, terms = grounds.signal, records.terms
    token = signal["token_id"]
    yield Check("outcome", signal["outcome"], terms and terms.outcome_of(token))
    yield Check("neg_risk", signal["neg_risk"], terms and terms.neg_risk)
    touch = records.of_side() or Touch(None, None, None, None)
    # A strategy in Python names the price of its purchases itself.
    if grounds.settings is not None or signal["side"] == "SELL":
        price = touch.ask if signal["side"] == "BUY" else touch.bid
        yield Check("price_limit", signal["price_limit"], price)
    if signal["strategy"] in LONGSHOTS and grounds.settings:
        yield from _of_longshot(signal, touch, grounds.settings)
    if signal["strategy"] == COPYING and signal["action"] == "enter" and grounds.settings:
        paid = mean_price([(row["price"], row["size"]) for row in records.of("leader's fill")])
        edge = Decimal(grounds.settings["assumed_edge"])
        chance = None if paid is None else min(paid + edge, Decimal(1))
        yield Check("confidence", signal["confidence"], chance)


def _of_longshot(signal: Row, touch: Touch, settings: Mapping[str, str]) -> Iterator[Check]:
    told = {name: Decimal(value) for name, value in settings.items() if name != "enabled"}
    chance = favourite_chance(touch, signal["tick_size"], told["calibration_margin"])
    edge = size = None
    if chance is not None and touch.ask and touch.ask_size:
        fee = fee_at(touch.ask, signal["fee_rate"], signal["fee_exponent"])
        edge = chance - touch.ask - fee
        size = lots_for(told["notional_usd"], touch.ask, told["depth_share"] * touch.ask_size)
    yield Check("confidence", signal["confidence"], chance)
    yield Check("edge_after_fees", signal["edge_after_fees"], edge)
    yield Check("suggested_size", signal["suggested_size"], size)


def _signal_id(signal: Row) -> str:
    names = (
        "strategy", "strategy_version", "params_hash", "condition_id", "token_id", "side", "action",
    )  # fmt: skip
    return signal_id_of([signal[name] for name in names], signal["as_of"])
