"""The life of an order: its identity, its states and the moves between them.

An intent's id follows from what it intends, so that deciding twice is deciding once. An order that
was sent and not answered is UNKNOWN until evidence says otherwise; final states are never left.

Belongs here: ids, states, legal moves, replay of a journal. Not here: how a state is stored
(executor/journal.py) or learned from a venue (executor/brokers).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from itertools import pairwise

from polymarket_assets.domain.money import Micros, from_micros
from polymarket_assets.domain.ticks import Side

TIME_IN_FORCE = "FAK"
"""Entries and exits take what the book shows and cancel the rest."""


class OrderState(StrEnum):
    """Where an order stands."""

    INTENT = "INTENT"
    """Decided and reserved for; nothing is signed."""
    SIGNED = "SIGNED"
    """The bytes and their hash are fixed; nothing was sent."""
    SENDING = "SENDING"
    """The one submission may have happened."""
    UNKNOWN = "UNKNOWN"
    """Submitted, and the answer proves nothing."""
    FILLED = "FILLED"
    """Filled to its full size."""
    CANCELED = "CANCELED"
    """Taken by the venue; filled in part or not at all, the rest is gone."""
    REJECTED = "REJECTED"
    """Proven refused by the venue."""
    EXPIRED = "EXPIRED"
    """Its approval ran out before the venue had it."""
    DENIED = "DENIED"
    """Stopped by us before the venue had it."""


TERMINAL = frozenset(
    {
        OrderState.FILLED,
        OrderState.CANCELED,
        OrderState.REJECTED,
        OrderState.EXPIRED,
        OrderState.DENIED,
    }
)
_STOPPED = {OrderState.EXPIRED, OrderState.DENIED}
_ANSWERED = {OrderState.FILLED, OrderState.CANCELED, OrderState.REJECTED}

# SENDING and UNKNOWN may still be stopped, but only once the venue proved it has no such order.
MOVES: dict[OrderState, frozenset[OrderState]] = {
    OrderState.INTENT: frozenset({OrderState.SIGNED, *_STOPPED}),
    OrderState.SIGNED: frozenset({OrderState.SENDING, *_STOPPED}),
    OrderState.SENDING: frozenset({OrderState.UNKNOWN, *_ANSWERED, *_STOPPED}),
    OrderState.UNKNOWN: frozenset({*_ANSWERED, *_STOPPED}),
    **{state: frozenset() for state in TERMINAL},
}


class IllegalMoveError(ValueError):
    """An order was about to move where its state does not lead."""


def check_move(before: OrderState, after: OrderState) -> None:
    """Let a legal move pass.

    Raises:
        IllegalMoveError: `before` does not lead to `after`; a final state leads nowhere.
    """
    if after not in MOVES[before]:
        ways = ", ".join(sorted(MOVES[before])) or "nowhere, it is final"
        msg = f"an order cannot go from {before} to {after}; {before} leads to {ways}"
        raise IllegalMoveError(msg)


def replay(events: Iterable[tuple[int, OrderState]]) -> OrderState:
    """The state a journal of (sequence number, state entered) leads to.

    Events may come in any order and more than once; equal numbers must say the same.

    Raises:
        IllegalMoveError: the journal has a gap, two different events of one number, or an illegal
            move.
    """
    journal: dict[int, OrderState] = {}
    for number, state in events:
        if journal.setdefault(number, state) != state:
            msg = f"journal entry {number} says both {journal[number]} and {state}"
            raise IllegalMoveError(msg)
    states = [journal[number] for number in sorted(journal)]
    if sorted(journal) != list(range(1, len(journal) + 1)) or states[:1] != [OrderState.INTENT]:
        msg = f"a journal runs from 1, INTENT, without a gap; this one is {sorted(journal.items())}"
        raise IllegalMoveError(msg)
    for before, after in pairwise(states):
        check_move(before, after)
    return states[-1]


def intent_id(
    *,
    strategy: str,
    version: str,
    signal_id: str,
    token_id: str,
    side: Side,
    price: Micros,
    size: Micros,
    time_in_force: str,
    attempt_group: str,
) -> str:
    """Identity of the decision to place one order: sha256 hex over what it intends."""
    text = "|".join(
        [
            strategy,
            version,
            signal_id,
            token_id,
            side,
            str(from_micros(price)),
            str(from_micros(size)),
            time_in_force,
            attempt_group,
        ]
    )
    return hashlib.sha256(text.encode()).hexdigest()


def salt(intent: str) -> int:
    """The order's salt: the low 53 bits of sha256(intent id), a number JSON carries exactly."""
    return int.from_bytes(hashlib.sha256(intent.encode()).digest()) & (2**53 - 1)
