"""Each risk rule stops what it is for, at its limit and not before, and says why."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.domain.risk import Account, Entry, Exposure, Limits, refusal
from tests.domain.amounts import m

LIMITS = Limits(position=m("100"), total=m("1000"), positions=20, drawdown=Decimal("0.15"))
ENTRY = Entry("longshot_yes", "market", "token", m("10"))
ACCOUNT = Account(available=m("1000"), exposures=(), equity=m("1000"), peak=m("1000"))


def held(
    cost: str, *, strategy: str = "other", market: str = "market", token: str = "t"
) -> Exposure:
    return Exposure(strategy, market, token, m(cost), "position")


def many(count: int, cost: str = "10") -> tuple[Exposure, ...]:
    return tuple(held(cost, market=f"m{n}", token=f"t{n}") for n in range(count))


@pytest.mark.parametrize(
    ("account", "code"),
    [
        (ACCOUNT, None),
        (replace(ACCOUNT, exposures=(held("90"),)), None),
        (replace(ACCOUNT, exposures=(held("90.000001"),)), "max_position"),
        (replace(ACCOUNT, exposures=(held("45"), held("45.000001", token="no"))), "max_position"),
        (replace(ACCOUNT, exposures=many(11, "90")), None),
        (replace(ACCOUNT, exposures=(*many(11, "90"), held("0.000001"))), "max_total"),
        (replace(ACCOUNT, exposures=many(19)), None),
        (replace(ACCOUNT, exposures=many(20)), "max_positions"),
        (replace(ACCOUNT, equity=m("850.000001")), None),
        (replace(ACCOUNT, equity=m("850")), "max_drawdown"),
        (replace(ACCOUNT, equity=None), "equity_unknown"),
        (replace(ACCOUNT, available=m("10")), None),
        (replace(ACCOUNT, available=m("9.999999")), "no_cash"),
        (
            replace(ACCOUNT, exposures=(held("1", strategy="longshot_yes", token="token"),)),
            "already_in",
        ),
        (replace(ACCOUNT, exposures=(held("1", strategy="longshot_yes", token="else"),)), None),
        (replace(ACCOUNT, equity=0, peak=0), None),
    ],
)
def test_a_rule_refuses_beyond_its_limit_and_not_before(account: Account, code: str | None) -> None:
    answer = refusal(ENTRY, account, LIMITS)
    assert (answer.code if answer else None) == code


def test_a_refusal_says_how_far_beyond_the_limit_it_is() -> None:
    answer = refusal(ENTRY, replace(ACCOUNT, equity=m("800")), LIMITS)
    assert str(answer) == (
        "max_drawdown: equity 800.00 is 20.0 % below its peak 1000.00; the limit is 15.0 %"
    )


costs = st.integers(1, 200 * 10**6)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 30), costs), max_size=60))
def test_entries_let_through_one_after_the_other_never_pass_any_limit(
    wishes: list[tuple[int, int, int]],
) -> None:
    limits = replace(LIMITS, total=m("400"), positions=5)
    account = ACCOUNT
    for market, token, cost in wishes:
        entry = Entry("s", f"m{market}", f"t{token}", cost)
        if refusal(entry, account, limits) is None:
            exposure = Exposure("s", entry.condition_id, entry.token_id, cost, "approval")
            account = replace(
                account,
                available=account.available - cost,
                exposures=(*account.exposures, exposure),
            )
    by_market: dict[str, int] = {}
    for e in account.exposures:
        by_market[e.condition_id] = by_market.get(e.condition_id, 0) + e.cost
    assert all(cost <= limits.position for cost in by_market.values())
    assert sum(by_market.values()) <= limits.total
    assert len(account.exposures) <= limits.positions
    assert len({e.token_id for e in account.exposures}) == len(account.exposures)
    assert account.available >= 0
