"""The desk: everything one executor step works with, and whose account it is.

Belongs here: the bundle handed from function to function, and the one rule about modes. Not here:
how its parts are made (step.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from polymarket_assets.domain.money import to_micros
from polymarket_assets.domain.risk import Limits
from polymarket_assets.executor.books import BookSource
from polymarket_assets.executor.brokers.base import Broker
from polymarket_assets.executor.resolutions import ResolutionSource
from polymarket_assets.settings import Settings
from polymarket_assets.store.crashpoint import Crashpoints


class LiveNotAvailableError(RuntimeError):
    """Live trading was asked for and this version cannot do it."""


@dataclass(frozen=True)
class AccountKey:
    """Whose rows these are: paper and live never share any."""

    mode: str
    account: str

    @property
    def lock(self) -> str:
        """Name of the advisory lock that the one executor of this account holds."""
        return f"executor-{self.mode}-{self.account}"


@dataclass(frozen=True)
class Desk:
    """What one step trades with."""

    settings: Settings
    engine: sa.Engine
    key: AccountKey
    broker: Broker
    books: BookSource
    resolutions: ResolutionSource
    now: Callable[[], datetime]
    crash: Crashpoints
    fence: Callable[[], None]


def account_key(settings: Settings) -> AccountKey:
    """The account these settings trade for.

    Raises:
        LiveNotAvailableError: the mode is live.
    """
    if settings.mode != "paper":
        msg = (
            "live trading is not part of this version. It will need four things at once: "
            "PM_MODE=live, a signing key (PM_KEY_FILE), a fresh arming record for the wallet, and "
            "a reconcile against the venue that leaves nothing open. Set PM_MODE=paper to go on"
        )
        raise LiveNotAvailableError(msg)
    return AccountKey("paper", "paper")


def limits_of(settings: Settings) -> Limits:
    """The risk limits these settings ask for."""
    return Limits(
        position=to_micros(settings.risk_max_position_usd),
        total=to_micros(settings.risk_max_total_usd),
        positions=settings.risk_max_positions,
        drawdown=settings.risk_max_drawdown,
    )


def max_book_age(settings: Settings) -> timedelta:
    """Oldest book an order may be filled against."""
    return timedelta(seconds=settings.book_max_age_s)
