"""What holds in every world, whatever is signalled, shown and paid."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from polymarket_assets.domain.book import OrderBook, depth_within, within
from polymarket_assets.domain.risk import Account, Exposure, Refusal, market_cost, total_cost
from polymarket_assets.domain.ticks import order_problem
from polymarket_assets.executor.audit import audit
from polymarket_assets.executor.desk import AccountKey
from polymarket_assets.executor.plan import Situation, plan_order
from polymarket_assets.settings import load_settings
from polymarket_assets.store.ledger_tables import Approval, Intent
from tests.domain.amounts import NOW, books, grid_prices, lots, m
from tests.executor.worlds import NOON, Ledger, World, book, signal, trade_in

KEY = AccountKey("paper", "paper")
SETTINGS = load_settings(_env_file=None)
money = st.integers(0, 2000 * 10**6)


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    exposures = draw(
        st.lists(
            st.builds(
                Exposure,
                st.sampled_from(["s", "t"]),
                st.sampled_from(["market", "other"]),
                st.sampled_from(["token", "else"]),
                st.integers(1, 120 * 10**6),
                st.just("position"),
            ),
            max_size=4,
        )
    )
    equity = draw(st.none() | st.integers(1, 10**9))
    return Account(draw(money), tuple(exposures), equity, max(equity or 0, draw(money)))


def approval(side: str, limit: int, most: int, rate: str) -> Approval:
    return Approval(
        approval_id="a",
        signal_id="x",
        strategy="s",
        strategy_version="1",
        action="enter" if side == "BUY" else "exit",
        condition_id="market",
        token_id="token",
        outcome="Yes",
        question="Q?",
        side=side,
        price_limit=limit,
        max_size=most,
        suggested_usd=None,
        fee_rate=Decimal(rate),
        fee_exponent=Decimal(1),
        neg_risk=False,
        state="APPROVED",
        expires_at=NOW + timedelta(minutes=15),
    )


@hypothesis_settings(max_examples=300)
@given(
    books(),
    accounts(),
    st.sampled_from(["BUY", "SELL"]),
    st.tuples(grid_prices(), lots, st.sampled_from(["0", "0.04", "0.07"])),
    st.just(0) | lots,
)
def test_no_order_is_planned_outside_its_approval_or_any_limit(
    snapshot: OrderBook, account: Account, side: Any, bounds: tuple[int, int, str], held: int
) -> None:
    limit, most, rate = bounds
    situation = Situation(account, held, SETTINGS, KEY, NOW)
    planned = plan_order(approval(side, limit, most, rate), snapshot, situation)
    if isinstance(planned, Refusal):
        return
    assert isinstance(planned, Intent)
    assert planned.size <= most
    assert within(side, planned.price, limit)
    assert (
        order_problem(
            side,
            planned.price,
            planned.size,
            tick=snapshot.tick_size,
            least=snapshot.min_order_size,
        )
        is None
    )
    if side == "SELL":
        assert planned.size <= held
        assert planned.reserved_usd == 0
        return
    cost = planned.reserved_usd
    assert cost >= planned.price * planned.size // 10**6
    assert cost <= account.available
    assert market_cost(account, "market") + cost <= m("100")
    assert total_cost(account) + cost <= m("1000")
    assert account.equity is not None
    assert (account.peak - account.equity) * 100 < 15 * account.peak or not account.peak
    assert not any((e.strategy, e.token_id) == ("s", "token") for e in account.exposures)
    depth = depth_within(snapshot, side, planned.price, {})
    assert planned.size * 4 <= depth
    assert planned.price * planned.size <= m("10") * 10**6


TOKENS = ["a", "b", "c"]


def shown(chance: Random) -> dict[str, Any]:
    """A book with up to three levels a side, some too thin to be used, some stale."""
    bid = chance.randint(80, 94)

    def levels(first: int, last: int) -> list[list[str]]:
        cents = chance.sample(range(first, last), chance.choice([0, 1, 2, 2, 3, 3]))
        return [[f"0.{n}", str(Decimal(chance.randint(1, 9000)) / 100)] for n in cents]

    bids, asks = levels(bid - 4, bid + 1), levels(bid + 1, bid + 5)
    age_s = chance.choice([1, 1, 1, 1, 61])
    return book(bids=bids, asks=asks, hash=f"{sorted(bids)}{sorted(asks)}", age_s=age_s)


def offer(chance: Random, name: str, now: datetime) -> dict[str, Any]:
    """A signal to enter or leave one of three tokens."""
    action = chance.choice(["enter", "enter", "exit"])
    return signal(
        name,
        token_id=chance.choice(TOKENS),
        strategy=chance.choice(["s", "t"]),
        action=action,
        side="BUY" if action == "enter" else "SELL",
        price_limit=f"0.{chance.randint(88, 98) if action == 'enter' else chance.randint(70, 90)}",
        suggested_notional=str(chance.randint(5, 30)),
        as_of=now.isoformat(),
        expires_at=(now + timedelta(minutes=30)).isoformat(),
    )


@hypothesis_settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32))
def test_after_every_hour_of_any_world_cash_positions_and_books_agree(
    seed: int, world: World, ledger: Ledger
) -> None:
    """Worlds are drawn by seed, since drawing their parts one by one gives mostly empty ones."""
    ledger.restore("empty")
    chance = Random(seed)
    paid: dict[str, str] = {}
    for hour in range(5):
        now = NOON + timedelta(hours=hour)
        trading = [token for token in TOKENS if token not in paid]
        offers = [offer(chance, f"{hour}.{n}", now) for n in range(chance.randint(1, 5))]
        # The hour in which a market pays is its last.
        if chance.random() < 0.3:
            paid[chance.choice(TOKENS)] = chance.choice(["0", "1", "0.5"])
        world.change(
            now=now.isoformat(),
            signals=[o for o in offers if o["token_id"] in trading],
            books={token: shown(chance) for token in trading if token not in paid},
            payouts=paid,
        )
        _, report = trade_in(world, ledger, sizing_fixed_usd=Decimal(30))
        assert report.problems == ()
        check(ledger)


def check(ledger: Ledger) -> None:
    """P1, P2, P3, P4, P6, P7 and P11, computed here from the rows alone."""
    fills = ledger.rows(
        "SELECT f.side, f.price, f.size, f.fee_usd, f.intent_id, f.position_id, i.price, i.size,"
        " p.book_hash, f.token_id, p.displayed FROM fills f JOIN intents i USING (intent_id)"
        " JOIN paper_orders p USING (order_hash)"
    )
    settled = ledger.rows("SELECT position_id, size, payout_usd FROM settlements")
    cash = Decimal(1000) + sum(payout for _, _, payout in settled)
    sizes: dict[str, Decimal] = defaultdict(Decimal)
    ordered: dict[str, Decimal] = defaultdict(Decimal)
    taken: dict[tuple[str, str, str, Decimal], Decimal] = defaultdict(Decimal)
    for side, price, size, fee, intent, position, limit, most, snapshot, token, seen in fills:
        cash += (price * size if side == "SELL" else -price * size) - fee
        sizes[position] += size if side == "BUY" else -size
        ordered[intent] += size
        assert ordered[intent] <= most
        assert price <= limit if side == "BUY" else price >= limit
        displayed = {Decimal(p): Decimal(s) for p, s in seen}
        taken[token, snapshot, side, price] += size
        assert taken[token, snapshot, side, price] <= displayed[price]
    for position, size, _ in settled:
        sizes[position] -= size
    rows = ledger.rows("SELECT position_id, size, cost_usd, realized_usd FROM positions")
    assert {position: size for position, size, _, _ in rows} == dict(sizes)
    assert all(size >= 0 for size in sizes.values())
    [(held, aside)] = ledger.rows(
        "SELECT (SELECT balance_usd FROM cash_entries ORDER BY seq DESC LIMIT 1),"
        " (SELECT coalesce(sum(reserved_usd), 0) FROM orders)"
    )
    assert held == cash
    assert aside == 0
    assert cash + sum(cost for _, _, cost, _ in rows) == Decimal(1000) + sum(r[3] for r in rows)
    engine = ledger.engine
    with Session(engine) as session:
        assert audit(session, KEY) == []
    engine.dispose()
