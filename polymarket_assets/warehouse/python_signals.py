"""signals.python_signals: what the enabled Python strategies propose.

Reads the sides that could be traded as the last build left them, and the ledger for what each
strategy holds; so its signals are one build old when dbt joins them to those of the SQL strategies.
A strategy that fails, or proposes something impossible, proposes nothing and stops no other one;
one that cannot be loaded stops the Python ones, and no build.

Belongs here: giving strategies their snapshots and turning answers into rows of the contract. Not
here: the interface (strategies/strategy.py), which strategies are enabled (strategy_settings.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any

import duckdb
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.orm import Session

from polymarket_assets.domain.fees import FeeSchedule, fee_per_share
from polymarket_assets.domain.money import from_micros, to_micros
from polymarket_assets.domain.ticks import price_problem
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.ledger_accounts import Position
from polymarket_assets.store.tables.python_models import PYTHON_SIGNALS
from polymarket_assets.strategies.registry import BadStrategyError
from polymarket_assets.strategies.strategy import (
    Holding,
    Proposal,
    Side,
    Snapshot,
    Strategy,
)
from polymarket_assets.warehouse.strategy_settings import (
    StrategySettings,
    settings_of_all,
    strategy_with,
)

LIFE = timedelta(seconds=900)
"""How long a signal may be acted on; the same as signal_life_s of the dbt project."""
NEEDED = {("signals", "int_tradable_sides"), ("features", "market_snapshots")}
Row = dict[str, Any]


class BadProposalError(ValueError):
    """A strategy proposed what cannot be a signal."""


@dataclass(frozen=True)
class Proposed:
    """What one run did: signals by strategy, and why a strategy failed, by its name."""

    signals: Mapping[str, int]
    failures: Mapping[str, str]


def propose(lake: Lake, engine: sa.Engine, *, mode: str, now: datetime) -> Proposed:
    """Ask every enabled Python strategy and replace signals.python_signals.

    Args:
        lake: where the last build is.
        engine: the ledger, with the strategies' settings and positions.
        mode: whose positions count, paper or live.
        now: the platform's time.
    """
    try:
        settings = settings_of_all(engine)
    except BadStrategyError as error:
        _replace(lake, [])
        return Proposed({}, {"registry": str(error)})
    enabled = [held for held in settings if held.specification.kind == "python" and held.is_enabled]
    snapshots = _snapshots(lake, now) if enabled else []
    rows: list[Row] = []
    signals, failures = {}, {}
    for held in enabled:
        name = held.specification.name
        try:
            made = _signals(held, snapshots, _holdings(engine, name, mode))
        except Exception as error:  # noqa: BLE001 - whatever a strategy raises is its failure alone
            failures[name] = f"{type(error).__name__}: {error}"
            continue
        signals[name] = len(made)
        rows += made
    _replace(lake, rows)
    return Proposed(signals, failures)


def _signals(
    held: StrategySettings, snapshots: Sequence[Snapshot], holdings: Sequence[Holding]
) -> list[Row]:
    strategy = strategy_with(held)
    by_token = {side.token_id: s for s in snapshots for side in (s.yes, s.no)}
    watched = [(h, by_token[h.token_id]) for h in holdings if h.token_id in by_token]
    kept = {holding.token_id for holding in holdings}
    rows = [
        row
        for holding, snapshot in watched
        if (row := _leaving(held, strategy, holding, snapshot)) is not None
    ]
    seen: set[str] = set()
    given = {id(snapshot) for snapshot in snapshots}
    for proposal in strategy.scan([s for s in snapshots if strategy.filter(s)]):
        if proposal.token_id in seen:
            raise BadProposalError(f"token {proposal.token_id} is proposed twice")
        seen.add(proposal.token_id)
        if id(proposal.snapshot) not in given:
            raise BadProposalError(f"token {proposal.token_id} rests on a snapshot it made itself")
        row = _entry(held, proposal)
        # What it holds it is told to keep or to leave; buying more is no third answer.
        if row is not None and proposal.token_id not in kept:
            rows.append(row)
    return rows


def _entry(held: StrategySettings, proposal: Proposal) -> Row | None:
    """The signal of a proposal; None when it is too small or has no edge after the fee."""
    snapshot, price = proposal.snapshot, to_micros(proposal.price_limit)
    told = f"proposal for {snapshot.question!r}"
    if proposal.token_id not in {snapshot.yes.token_id, snapshot.no.token_id}:
        raise BadProposalError(f"{told}: token {proposal.token_id} is not of that market")
    if problem := price_problem(price, to_micros(snapshot.tick_size)):
        raise BadProposalError(f"{told}: {problem}")
    if not 0 <= proposal.chance <= 1:
        raise BadProposalError(f"{told}: chance {proposal.chance} is not between 0 and 1")
    if not proposal.reason.strip():
        raise BadProposalError(f"{told}: it gives no reason")
    schedule = FeeSchedule(snapshot.fee_rate, snapshot.fee_exponent)
    fee = fee_per_share(price, schedule) / 1_000_000
    edge = _rounded(proposal.chance - proposal.price_limit - fee)
    size = proposal.size.quantize(Decimal("0.01"), ROUND_FLOOR)
    if edge <= 0 or size < snapshot.min_order_size or size * proposal.price_limit < 1:
        return None
    return _row(
        held,
        snapshot,
        snapshot.side_of(proposal.token_id),
        action="enter",
        price_limit=proposal.price_limit,
        reason=proposal.reason,
        edge_after_fees=edge,
        confidence=_rounded(proposal.chance),
        suggested_size=size,
        suggested_notional_usd=_rounded(size * proposal.price_limit),
    )


def _leaving(
    held: StrategySettings, strategy: Strategy, holding: Holding, snapshot: Snapshot
) -> Row | None:
    """Exit or hold for what is held; None while nobody bids, so that there is nobody to sell to."""
    side = snapshot.side_of(holding.token_id)
    if side.bid is None:
        return None
    why = strategy.should_exit(holding, snapshot)
    return _row(
        held,
        snapshot,
        side,
        action="hold" if why is None else "exit",
        price_limit=side.bid,
        reason=why or f"{holding.size:f} shares are kept: nothing says to leave",
    )


def _row(
    held: StrategySettings,
    snapshot: Snapshot,
    side: Side,
    *,
    action: str,
    price_limit: Decimal,
    reason: str,
    **more: Decimal,
) -> Row:
    spec, trade = held.specification, "BUY" if action == "enter" else "SELL"
    as_of = snapshot.as_of.astimezone(UTC)
    rests_on = [
        spec.name, spec.version, held.params_hash, snapshot.condition_id, side.token_id, trade,
        action, f"{as_of:%Y-%m-%dT%H:%M:%S.%fZ}",
    ]  # fmt: skip
    return {
        "signal_id": hashlib.sha256("|".join(rests_on).encode()).hexdigest(),
        "strategy": spec.name,
        "strategy_version": spec.version,
        "params_hash": held.params_hash,
        "action": action,
        "venue": "polymarket",
        "condition_id": snapshot.condition_id,
        "event_id": snapshot.event_id,
        "token_id": side.token_id,
        "outcome": side.outcome,
        "side": trade,
        "price_limit": price_limit,
        "reason": reason,
        "as_of": as_of,
        "expires_at": as_of + LIFE,
        "feature_snapshot_key": snapshot.key,
        "tick_size": snapshot.tick_size,
        "min_order_size": snapshot.min_order_size,
        "fee_rate": snapshot.fee_rate,
        "fee_exponent": snapshot.fee_exponent,
        "neg_risk": snapshot.neg_risk,
        "question": snapshot.question,
        **more,
    }


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.000001"))


def _holdings(engine: sa.Engine, strategy: str, mode: str) -> list[Holding]:
    positions = sa.select(Position).where(
        Position.strategy == strategy, Position.mode == mode, Position.state == "open"
    )
    with Session(engine) as session:
        return [
            Holding(
                position.token_id,
                from_micros(position.size),
                from_micros(position.cost_usd),
                position.opened_at,
            )
            for position in session.scalars(positions.order_by(Position.position_id))
        ]


def _snapshots(lake: Lake, now: datetime) -> list[Snapshot]:
    """The markets that could be traded, as the last build had them, in order of their ids."""
    if not set(lake.tables()) >= NEEDED:
        return []
    with lake.connect(read_only=True) as connection:
        return list(_read(connection, now))


def _read(connection: duckdb.DuckDBPyConnection, now: datetime) -> Iterator[Snapshot]:
    found = connection.execute(_SNAPSHOTS, {"now": now, "since": now - LIFE})
    names = [column[0] for column in found.description or ()]
    for values in found.fetchall():
        row = dict(zip(names, values, strict=True))
        side = {which: row.pop(f"{which}_side") for which in ("yes", "no")}
        terms = side["yes"]
        yield Snapshot(
            key=row["feature_snapshot_key"],
            condition_id=row["condition_id"],
            event_id=row["event_id"],
            question=terms["question"],
            as_of=row["as_of"],
            hours_to_close=row["hours_to_close"],
            yes=_side(side["yes"]),
            no=_side(side["no"]),
            tick_size=terms["tick_size"],
            min_order_size=terms["min_order_size"],
            fee_rate=terms["fee_rate"],
            fee_exponent=terms["fee_exponent"],
            neg_risk=terms["neg_risk"],
            features=row,
        )


def _side(row: Mapping[str, Any]) -> Side:
    return Side(**{name: row[name] for name in Side.__dataclass_fields__})


def _replace(lake: Lake, rows: Sequence[Row]) -> None:
    """Put `rows` in the place of the last run's; nothing is written where both are empty."""
    if not rows and lake.rows("SELECT count(*) FROM signals.python_signals") == [(0,)]:
        return
    names = [column.name for column in PYTHON_SIGNALS.columns]
    complete = [{name: row.get(name) for name in names} for row in rows]
    table = pa.Table.from_pylist(complete, schema=PYTHON_SIGNALS.arrow_schema)

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(f"DELETE FROM {PYTHON_SIGNALS.qualified}")  # noqa: S608 - declared
        connection.register("proposed", table)
        connection.execute(f"INSERT INTO {PYTHON_SIGNALS.qualified} BY NAME FROM proposed")
        connection.unregister("proposed")

    lake.transaction(work)


_SNAPSHOTS = """
with sides as (
    select * from signals.int_tradable_sides
    where as_of > $since and as_of <= $now and tick_size is not null and min_order_size is not null
)
select snapshots.*, yes as yes_side, no as no_side
from features.market_snapshots as snapshots
inner join sides as yes
    on snapshots.feature_snapshot_key = yes.feature_snapshot_key and yes.is_yes
inner join sides as no
    on snapshots.feature_snapshot_key = no.feature_snapshot_key and not no.is_yes
where snapshots.as_of > $since
order by snapshots.condition_id
"""
