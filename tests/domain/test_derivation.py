"""Values derived from records: books from both sides, flows seen from YES, terms, ids."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.domain.derivation import (
    Fill,
    Terms,
    Touch,
    depth_of,
    favourite_chance,
    fee_at,
    fill_known_at,
    flow_of,
    lots_for,
    mean_price,
    params_hash_of,
    rounded,
    signal_id_of,
    touch_of,
)

D = Decimal
prices = st.decimals("0.001", "0.999", places=3)
sizes = st.decimals("0.01", "100000", places=2)
levels = st.lists(st.fixed_dictionaries({"price": prices, "size": sizes | st.just(D(0))}))
fills = st.lists(
    st.builds(Fill, st.booleans() | st.none(), st.sampled_from(["BUY", "SELL"]), prices, sizes)
)


@given(levels, levels)
def test_a_book_turned_twice_is_itself(bids: list, asks: list) -> None:
    touch = touch_of(bids, asks)
    assert touch.turned.turned == touch
    assert touch.turned.mid == (None if touch.mid is None else rounded(1 - touch.mid))


def test_the_touch_is_the_best_level_that_has_a_size_in_whatever_order() -> None:
    def level(price: str, size: str) -> dict[str, D]:
        return {"price": D(price), "size": D(size)}

    bids = [level("0.40", "5"), level("0.42", "7"), level("0.44", "0")]
    asks = [level("0.50", "1"), level("0.45", "0"), level("0.47", "9")]
    touch = touch_of(bids, asks)
    assert touch == Touch(D("0.42"), D(7), D("0.47"), D(9))
    assert touch.turned == Touch(D("0.53"), D(9), D("0.58"), D(7))
    assert touch.mid == D("0.445")
    assert touch_of([], asks) == Touch(None, None, D("0.47"), D(9))
    assert touch_of([], []).mid is None
    assert depth_of(bids, asks, 1) == D(7) + D(9)
    assert depth_of(bids, asks, 10) == D(12) + D(10)


@given(fills)
def test_a_flow_does_not_depend_on_the_token_a_match_is_told_by(told: list[Fill]) -> None:
    """Buying NO at p is selling YES at 1 - p."""
    mirrored = [
        Fill(
            None if fill.is_yes is None else not fill.is_yes,
            "SELL" if fill.side == "BUY" else "BUY",
            None if fill.price is None else 1 - fill.price,
            fill.size,
        )
        for fill in told
    ]
    flow = flow_of(told)
    assert flow_of(mirrored) == flow
    assert flow.matches == len(told)
    assert flow.buys + flow.sells == sum(fill.is_yes is not None for fill in told)


def test_volume_is_what_yes_would_have_cost() -> None:
    flow = flow_of(
        [
            Fill(True, "BUY", D("0.4"), D(10)),
            Fill(False, "BUY", D("0.3"), D(5)),
            Fill(True, "SELL", None, D(7)),
            Fill(None, "BUY", D("0.5"), D(8)),
        ]
    )
    assert (flow.matches, flow.buys, flow.sells) == (4, 1, 2)
    assert (flow.buy_volume, flow.sell_volume) == (D(4), D("3.5"))


def test_a_quotient_is_taken_to_six_decimals_as_a_double_is() -> None:
    """9062.5 millionths are 9063, although the double is a little less than the quotient."""
    assert mean_price([(D("0.009"), D(15)), (D("0.010"), D(1))]) == D("0.009063")
    assert mean_price([]) is None
    assert fee_at(D("0.95"), D("0.04"), D(1)) == D("0.0019")
    favourite = Touch(D("0.94"), D(80), D("0.95"), D(100))
    # odds of 0.945 times e to the 0.25, 22.0619, of 23.0619
    assert favourite_chance(favourite, D("0.01"), D("0.25")) == D("0.956638")
    assert favourite_chance(Touch(None, None, D(1), D(1)), D("0.01"), D(0)) is None
    assert lots_for(D(10), D("0.95"), D(25)) == D("10.52")
    assert lots_for(D(10), D("0.95"), D(5)) == D(5)


MARKET = {
    "outcomes": '["No", "Yes"]',
    "clobTokenIds": '["11", "22"]',
    "negRisk": True,
    "orderPriceMinTickSize": 0.001,
    "orderMinSize": 5,
    "feeSchedule": {"rate": 0.04},
    "feesEnabled": True,
    "endDate": "2026-11-20T12:00:00Z",
}


def terms(**changes: object) -> Terms:
    return Terms.of(json.dumps(MARKET | changes))


def test_terms_are_read_as_the_venue_spells_them() -> None:
    read = terms()
    assert (read.yes_token, read.outcome_of("11"), read.outcome_of("33")) == ("22", "No", None)
    assert [read.is_yes(token) for token in ("11", "22", "33")] == [False, True, None]
    assert (read.token_of(is_yes=True), read.token_of(is_yes=False)) == ("22", "11")
    assert (read.tick_size, read.min_order_size, read.neg_risk) == (D("0.001"), D(5), True)
    assert (read.fee_rate, read.fee_exponent) == (D("0.04"), D(1))
    assert read.end_at == datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "rate", "exponent"),
    [
        ({"feeSchedule": {"rate": "0.02", "exponent": 2}}, D("0.02"), D(2)),
        ({"feeSchedule": None, "feesEnabled": False}, D(0), D(1)),
        ({"feeSchedule": None, "feesEnabled": True}, None, None),
        ({"feeSchedule": {}, "feesEnabled": None}, None, None),
    ],
)
def test_a_market_that_charges_nothing_says_so_and_one_that_says_nothing_is_not_free(
    changes: dict[str, object], rate: D | None, exponent: D | None
) -> None:
    assert (terms(**changes).fee_rate, terms(**changes).fee_exponent) == (rate, exponent)


def test_what_cannot_be_read_is_not_known() -> None:
    odd = terms(
        outcomes=["Up", "Down"], clobTokenIds=None, endDate="soon", orderMinSize="many", negRisk="1"
    )
    assert (odd.outcomes, odd.tokens, odd.yes_token) == (("Up", "Down"), (), None)
    assert (odd.end_at, odd.min_order_size, odd.neg_risk) == (None, None, False)
    assert terms(endDate="2026-11-20").end_at == datetime(2026, 11, 20, tzinfo=UTC)


def test_a_fill_is_known_when_it_came_or_would_have_come() -> None:
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    came = [fill_known_at(at, at + timedelta(minutes=minutes)) for minutes in (-1, 3, 90)]
    assert came == [at, at + timedelta(minutes=3), at + timedelta(minutes=5)]


def test_ids_are_hashes_of_all_they_tell_apart() -> None:
    moment = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
    parts = ["longshot_yes", "1", "p", "0x1", "7", "BUY", "enter"]
    assert signal_id_of(parts, moment) != signal_id_of([*parts[:-1], "exit"], moment)
    assert len(signal_id_of(parts, moment)) == 64
    told = {"enabled": "true", "b": "2", "a": "1"}
    assert params_hash_of(told) == params_hash_of({"a": "1", "b": "2", "enabled": "false"})
    assert params_hash_of(told) != params_hash_of({"a": "1", "b": "3"})
