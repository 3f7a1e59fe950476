"""An order's identity follows from its intent, and its final states are never left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.domain.orders import (
    MOVES,
    TERMINAL,
    IllegalMoveError,
    OrderState,
    check_move,
    intent_id,
    replay,
    salt,
)
from tests.domain.amounts import m

INTENT = {
    "strategy": "longshot_yes",
    "version": "1",
    "signal_id": "s1",
    "token_id": "7" * 77,
    "side": "BUY",
    "price": m("0.95"),
    "size": m("10.4"),
    "time_in_force": "FAK",
    "attempt_group": "paper/paper/1",
}


@st.composite
def journals(draw: st.DrawFn) -> list[tuple[int, OrderState]]:
    """A legal life of an order, as far as it went."""
    states = [OrderState.INTENT]
    while MOVES[states[-1]] and draw(st.booleans()):
        states.append(draw(st.sampled_from(sorted(MOVES[states[-1]]))))
    return list(enumerate(states, start=1))


def test_the_same_decision_has_the_same_id_and_any_other_has_another() -> None:
    first = intent_id(**INTENT)
    assert first == intent_id(**INTENT)
    others = {
        intent_id(**{**INTENT, name: other})
        for name, other in {
            "strategy": "x",
            "version": "2",
            "signal_id": "s2",
            "token_id": "8",
            "side": "SELL",
            "price": m("0.96"),
            "size": m("10.2"),
            "time_in_force": "FOK",
            "attempt_group": "live/0x/1",
        }.items()
    }
    assert len(others | {first}) == 10


def test_a_salt_is_a_number_that_json_carries_exactly() -> None:
    value = salt(intent_id(**INTENT))
    assert value == salt(intent_id(**INTENT))
    assert 0 <= value < 2**53
    assert int(float(value)) == value


@pytest.mark.parametrize("final", sorted(TERMINAL))
@pytest.mark.parametrize("after", list(OrderState))
def test_a_final_state_is_never_left(final: OrderState, after: OrderState) -> None:
    with pytest.raises(IllegalMoveError, match="it is final"):
        check_move(final, after)


def test_an_unknown_order_is_never_signed_or_decided_again() -> None:
    for after in (OrderState.INTENT, OrderState.SIGNED, OrderState.SENDING):
        with pytest.raises(IllegalMoveError, match="cannot go from UNKNOWN"):
            check_move(OrderState.UNKNOWN, after)


@given(journals(), st.data())
def test_replaying_a_journal_is_idempotent_and_blind_to_the_order_of_delivery(
    journal: list[tuple[int, OrderState]], data: st.DataObject
) -> None:
    delivered = data.draw(st.permutations(journal * 2))
    assert replay(delivered) == replay(journal) == journal[-1][1]


@given(journals(), st.sampled_from(list(OrderState)))
def test_a_journal_goes_on_only_where_its_state_leads(
    journal: list[tuple[int, OrderState]], after: OrderState
) -> None:
    longer = [*journal, (len(journal) + 1, after)]
    if after in MOVES[journal[-1][1]]:
        assert replay(longer) == after
    else:
        with pytest.raises(IllegalMoveError):
            replay(longer)


@pytest.mark.parametrize(
    "journal",
    [
        [],
        [(2, OrderState.INTENT)],
        [(1, OrderState.SIGNED)],
        [(1, OrderState.INTENT), (3, OrderState.SENDING)],
        [(1, OrderState.INTENT), (1, OrderState.SIGNED)],
    ],
)
def test_a_journal_with_gaps_or_contradictions_leads_nowhere(
    journal: list[tuple[int, OrderState]],
) -> None:
    with pytest.raises(IllegalMoveError):
        replay(journal)
