"""What a signal says, beside the same derived from the bytes it rests on.

Belongs here: which values are derived for which kind of signal. Not here: those that follow from
the past (explain_reversion.py, explain_copying.py), the rules themselves (domain/derivation.py),
the rows (explain_rows.py) and their proof (explain_pages.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from polymarket_assets.domain.derivation import (
    Fill,
    Touch,
    favourite_chance,
    fee_at,
    flow_of,
    lots_for,
    params_hash_of,
    signal_id_of,
)
from polymarket_assets.serving.explain_copying import of_copying
from polymarket_assets.serving.explain_pages import Place, Proof
from polymarket_assets.serving.explain_records import Check, Records
from polymarket_assets.serving.explain_reversion import of_reversion
from polymarket_assets.serving.explain_rows import COPYING, LONGSHOTS, REVERTING, Grounds, Row


def checks(grounds: Grounds, proved: Mapping[Place, Proof]) -> Iterator[Check]:
    """Everything of a signal that can be derived from the records its facts were read from."""
    records = Records(grounds, proved)
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


def _of_book(snapshot: Row, records: Records) -> Iterator[Check]:
    touch = records.touch() or Touch(None, None, None, None)
    for name in ("bid", "bid_size", "ask", "ask_size"):
        column = f"book_best_{name}"
        yield Check(f"snapshot.{column}", snapshot[column], getattr(touch, name))
    if snapshot["mid_source"] == "book":
        yield Check("snapshot.mid_price", snapshot["mid_price"], touch.mid)


def _of_terms(snapshot: Row, records: Records) -> Iterator[Check]:
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


def _of_fills(snapshot: Row, records: Records) -> Iterator[Check]:
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


def _of_signal(grounds: Grounds, records: Records) -> Iterator[Check]:
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
    if grounds.settings and grounds.built_at:
        if signal["strategy"] == REVERTING:
            yield from of_reversion(grounds, records, grounds.settings, grounds.built_at)
        if signal["strategy"] == COPYING:
            yield from of_copying(grounds, records, grounds.settings, grounds.built_at)


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
