"""What every broker promises, and the types of its answers.

Belongs here: the protocol alone. Not here: any venue.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from polymarket_assets.domain.money import Micros
from polymarket_assets.store.ledger_tables import Intent


class UncertainError(RuntimeError):
    """The venue's answer proves nothing: the order may stand there or not."""


@dataclass(frozen=True)
class SignedOrder:
    """The bytes that will be sent, and the id the venue will know them by."""

    order_hash: str
    body: bytes


@dataclass(frozen=True)
class Match:
    """One fill at one price, with its fee; micro-units."""

    price: Micros
    size: Micros
    fee: Micros


@dataclass(frozen=True)
class Answer:
    """What the venue proved about an order.

    Attributes:
        status: FILLED to its size; CANCELED: taken, what was not there is cancelled; REJECTED:
            proven not accepted.
        matches: its fills, best price first.
        reason: why it was not filled to its size; None when it was.
        answered_at: the venue's time of the answer.
    """

    status: Literal["FILLED", "CANCELED", "REJECTED"]
    matches: tuple[Match, ...]
    reason: str | None
    answered_at: datetime


class Broker(Protocol):
    """The way to one venue for one account."""

    def sign(self, intent: Intent) -> SignedOrder:
        """Fix the order's bytes; the same intent gives the same bytes."""
        ...

    def submit(self, body: bytes) -> Answer:
        """Send `body` once. Bytes the venue has already seen get the answer they got then.

        Raises:
            UncertainError: nothing is proven.
        """
        ...

    def lookup(self, order_hash: str) -> Answer | None:
        """What the venue holds under `order_hash`; None only if it proves that it holds nothing.

        Raises:
            UncertainError: nothing is proven.
        """
        ...
