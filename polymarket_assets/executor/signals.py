"""Signals as the warehouse publishes them.

Belongs here: the protocol and the reader of signals.signals. Not here: judging them (approve.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from polymarket_assets.domain.money import Micros, to_micros
from polymarket_assets.domain.signal import Signal
from polymarket_assets.store.lake import Lake


class NothingPublishedError(RuntimeError):
    """No version of the warehouse has passed its tests yet."""


@dataclass(frozen=True)
class SignalBatch:
    """The live signals of one published version of the lake."""

    version: int | None
    signals: tuple[Signal, ...]


class SignalSource(Protocol):
    """Where signals come from."""

    def live(self, now: datetime) -> SignalBatch:
        """The signals that have not expired at `now`; never one computed for the past."""
        ...


@dataclass(frozen=True)
class LakeSignals:
    """Reads signals.signals, which holds no backfilled row, at the published version."""

    lake: Lake

    def live(self, now: datetime) -> SignalBatch:
        """As the protocol says.

        Raises:
            NothingPublishedError: there is no published version to trade from.
        """
        publication = self.lake.published()
        if publication is None:
            msg = (
                "no version of the warehouse is published, so there is nothing to trade from; "
                "`polymarket run` collects, builds, tests and publishes one"
            )
            raise NothingPublishedError(msg)
        rows = self.lake.rows(
            """
            SELECT
                signal_id, strategy, strategy_version, action, condition_id, token_id, outcome,
                question, side, price_limit, edge_after_fees, suggested_notional_usd,
                as_of, expires_at, tick_size, min_order_size, fee_rate,
                fee_exponent, neg_risk, venue, basket_id, basket_legs
            FROM signals.signals
            WHERE as_of <= ? AND expires_at > ?
            ORDER BY signal_id
            """,
            [now, now],
            version=publication.version,
        )
        return SignalBatch(publication.version, tuple(_signal(row) for row in rows))


def _signal(row: tuple[Any, ...]) -> Signal:
    return Signal(
        signal_id=row[0],
        strategy=row[1],
        strategy_version=row[2],
        action=row[3],
        condition_id=row[4],
        token_id=row[5],
        outcome=row[6] or "",
        question=row[7] or "",
        side=row[8],
        price_limit=_micros(row[9]),
        edge_after_fees=_micros(row[10]),
        suggested_notional=_micros(row[11]),
        as_of=row[12],
        expires_at=row[13],
        tick_size=_micros(row[14]),
        min_order_size=_micros(row[15]),
        fee_rate=row[16],
        fee_exponent=row[17],
        neg_risk=bool(row[18]),
        venue=row[19],
        basket_id=row[20],
        basket_legs=row[21],
    )


def _micros(value: Any) -> Micros | None:
    return None if value is None else to_micros(value)
