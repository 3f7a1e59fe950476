"""What a signal of copy_trading says of its leader, beside the same derived from fills and markets.

The leader's record follows from its fills in markets decided by the midnight leaders were chosen
at, what it just did from its fills of the last minutes.

Belongs here: which records those are and what the signal says. Not here: the rules
(domain/leadership.py). Nor that nobody ranks higher and that no wash was found: both compare the
wallet with all others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from polymarket_assets.domain.derivation import (
    Touch,
    fee_at,
    fill_known_at,
    lots_for,
    mean_price,
    rounded,
)
from polymarket_assets.domain.leadership import (
    Closed,
    Match,
    PastFill,
    Record,
    Result,
    frozen_at,
    record_of,
    result_of,
)
from polymarket_assets.serving.explain_records import NUMBER, Check, Records, numbers_said
from polymarket_assets.serving.explain_rows import Grounds, Row

_CENT = Decimal("0.01")
_RECORD = (
    rf"\((?P<events>{NUMBER}) decided events, (?P<wins>{NUMBER}) won, (?P<profit>{NUMBER}) USD\)"
)
_COPIED = (
    f" for (?P<usd>{NUMBER}) USD at (?P<paid>{NUMBER}); it is (?:asked|bid) at (?P<price>{NUMBER})"
)
_EXPECTED = (
    f", its chance is assumed to be (?P<chance>{NUMBER}): an edge of (?P<edge>{NUMBER}) per share$"
)


def of_copying(
    grounds: Grounds, records: Records, settings: Mapping[str, str], built_at: datetime
) -> Iterator[Check]:
    """The leader's record, what it did with the token, and what is expected of following."""
    signal = grounds.signal
    told = {name: Decimal(value) for name, value in settings.items() if name != "enabled"}
    known_by = frozen_at(built_at, grounds.life)
    record = record_of(
        _fills(records, signal["leader_wallet"]),
        [_match(row) for row in records.of("match of a past fill")],
        _results(records),
        known_from=known_by - timedelta(days=int(told["history_days"])),
        known_by=known_by,
    )
    yield from _of_record(signal, record, told)
    copied = [(row["price"], row["size"]) for row in records.of("leader's fill")]
    usd = sum((rounded(price * size) for price, size in copied), Decimal(0))
    paid = mean_price(copied)
    said = numbers_said(signal["reason"], _COPIED)
    yield Check("reason.leader_usd", said.get("usd"), _cents(usd))
    yield Check("reason.leader_price", said.get("paid"), paid)
    touch = records.of_side()
    price = touch and (touch.ask if signal["side"] == "BUY" else touch.bid)
    yield Check("reason.price", said.get("price"), price)
    if signal["action"] == "enter":
        chance = None if paid is None else min(paid + told["assumed_edge"], Decimal(1))
        yield from _of_entry(signal, chance, usd, touch, told)


def _fills(records: Records, leader: str) -> Iterator[PastFill]:
    for _, row, received_at in records.with_facts("leader's past fill"):
        if row is not None and received_at is not None and row["wallet"] == leader:
            known_at = fill_known_at(row["event_at"], received_at)
            yield PastFill(_match(row), row["condition_id"], known_at)


def _match(row: Row) -> Match:
    return (
        row["transaction_hash"],
        row["token_id"],
        row["wallet"],
        row["side"],
        row["price"],
        row["size"],
        int(row["event_at"].timestamp()),
    )


def _results(records: Records) -> dict[str, Result]:
    """How each market was decided that the bytes say is closed."""
    versions: dict[str, list[Closed]] = defaultdict(list)
    for _, row, received_at in records.with_facts("decided market"):
        if row is not None and received_at is not None:
            version = Closed.of(row["payload"], received_at)
            versions[version.condition_id].append(version)
    found = {condition_id: result_of(told) for condition_id, told in versions.items()}
    return {condition_id: result for condition_id, result in found.items() if result is not None}


def _of_record(signal: Row, record: Record | None, told: Mapping[str, Decimal]) -> Iterator[Check]:
    """What the signal says of the leader, and what a leader has to be."""
    said = numbers_said(signal["reason"], _RECORD)
    yield Check("reason.events", said.get("events"), record and record.events)
    yield Check("reason.wins", said.get("wins"), record and record.wins)
    yield Check("reason.profit", said.get("profit"), record and _cents(record.profit))
    yield Check("leader.events", told["events_min"], record and record.events, bound="at least")
    yield Check("leader.profit", told["profit_min_usd"], record and record.profit, bound="above")
    yield Check(
        "leader.win_rate_low",
        told["win_rate_low_min"],
        record and record.win_rate_low,
        bound="at least",
    )
    for name in ("maker_share", "biggest_win_share"):
        # Shares are doubles, as they are in DuckDB.
        most = float(told[f"{name}_max"])
        yield Check(f"leader.{name}", most, record and getattr(record, name), bound="at most")


def _of_entry(
    signal: Row,
    chance: Decimal | None,
    usd: Decimal,
    touch: Touch | None,
    told: Mapping[str, Decimal],
) -> Iterator[Check]:
    """What is expected of buying the same."""
    edge = size = None
    if touch is not None and touch.ask and touch.ask_size:
        fee = fee_at(touch.ask, signal["fee_rate"], signal["fee_exponent"])
        edge = None if chance is None else chance - touch.ask - fee
        most = min(told["notional_usd"], told["copy_share"] * usd)
        size = lots_for(most, touch.ask, told["depth_share"] * touch.ask_size)
    said = numbers_said(signal["reason"], _EXPECTED)
    yield Check("reason.chance", said.get("chance"), chance)
    yield Check("reason.edge", said.get("edge"), edge)
    yield Check("confidence", signal["confidence"], chance)
    yield Check("edge_after_fees", signal["edge_after_fees"], edge)
    yield Check("suggested_size", signal["suggested_size"], size)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)
