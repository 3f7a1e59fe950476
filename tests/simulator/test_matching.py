from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.simulator.matching import fee_micro
from polymarket_assets.simulator.plans import MICRO
from polymarket_assets.simulator.wallets import MAKER, NOISE, SKILLED, WASH
from polymarket_assets.simulator.world import World
from tests.simulator.venue import START


def per_match(world: World, values: np.ndarray) -> np.ndarray:
    """Sum of a column of the fills over each match."""
    total = np.zeros(len(world.matches.market), dtype=np.int64)
    np.add.at(total, world.fills.match, values)
    return total


def test_the_makers_of_a_match_fill_exactly_what_the_taker_takes(world: World):
    fills = world.fills
    made = per_match(world, np.where(fills.taker, 0, fills.size_micro))
    taken = per_match(world, np.where(fills.taker, fills.size_micro, 0))
    assert np.array_equal(made, taken)
    assert np.array_equal(taken, world.matches.size_micro)
    assert np.array_equal(per_match(world, fills.taker.astype(int)), np.ones(len(taken)))
    assert np.array_equal(per_match(world, (~fills.taker).astype(int)), world.matches.makers)
    real = fills.size_micro[world.matches.size_micro[fills.match] > 0]
    assert (real > 0).all()


def test_cash_and_shares_balance_in_every_match(world: World):
    fills = world.fills
    sign = np.where(fills.buy, 1, -1)
    shares = [
        per_match(world, np.where(fills.outcome == o, sign * fills.size_micro, 0)) for o in (0, 1)
    ]
    minted = world.matches.minted_micro
    assert np.array_equal(shares[0], minted)
    assert np.array_equal(shares[1], minted)
    # A minted pair costs one pUSD, a merged one returns it.
    assert np.array_equal(per_match(world, sign * fills.cash_micro), minted)
    assert np.array_equal(fills.cash_micro * MICRO, fills.size_micro * fills.price_micro)


def test_matches_are_direct_mints_and_merges_so_a_makers_side_is_no_mirror(world: World):
    minted, size = world.matches.minted_micro, world.matches.size_micro
    assert (minted == size).sum() > 100
    assert (minted == 0).sum() > 100
    assert (minted == -size).sum() > 10
    fills = world.fills
    same = [(m, b) for m, b, t in zip(fills.match, fills.buy, fills.taker, strict=True) if not t]
    taker_buys = {m: b for m, b, t in zip(fills.match, fills.buy, fills.taker, strict=True) if t}
    assert 0.2 < np.mean([taker_buys[m] == b for m, b in same]) < 0.95


def test_nobody_ever_sells_what_he_does_not_hold(world: World):
    fills = world.fills
    held: Counter[tuple[int, int, int]] = Counter()
    rows = zip(fills.wallet, fills.market, fills.outcome, fills.buy, fills.size_micro, strict=True)
    for wallet, market, outcome, buy, size in rows:
        key = (int(wallet), int(market), int(outcome))
        held[key] += int(size) if buy else -int(size)
        assert held[key] >= 0


def test_profits_and_fees_of_a_condition_add_up_to_zero(world: World):
    fills = world.fills
    sign = np.where(fills.buy, 1, -1)
    payout = world.payout_micro[fills.market]
    own = np.where(fills.outcome == 0, payout, MICRO - payout)
    profit = sign * (fills.size_micro * own // MICRO - fills.cash_micro) - fills.fee_micro
    assert ((fills.size_micro * own) % MICRO == 0).all()
    total = np.zeros(len(world.markets), dtype=np.int64)
    np.add.at(total, fills.market, profit + fills.fee_micro)
    assert not total.any()


def test_prices_lie_on_the_grid_at_or_just_behind_the_touch(world: World):
    matches, fills, quotes = world.matches, world.fills, world.quotes
    tick = MICRO // quotes.ticks[fills.market]
    assert (fills.price_micro % tick == 0).all()
    assert ((fills.price_micro >= tick) & (fills.price_micro <= MICRO - tick)).all()
    takers = np.flatnonzero(fills.taker)
    up = (fills.outcome[takers] == 0) == fills.buy[takers]
    yes = np.where(fills.outcome[takers] == 0, matches.price_micro, MICRO - matches.price_micro)
    rows = quotes.at(matches.market, matches.event_s // 60)
    tick = MICRO // quotes.ticks[matches.market]
    worse = np.where(up, yes // tick - quotes.ask[rows], quotes.bid[rows] - yes // tick)
    plain = world.wallets.label[matches.taker] != WASH
    assert ((worse >= 0) & (worse <= 2))[plain].all()


def test_sizes_are_whole_thousandths_and_some_are_dust_or_zero(world: World):
    sizes = world.matches.size_micro
    assert (sizes % 1_000 == 0).all()
    assert (world.fills.size_micro % 1_000 == 0).all()
    assert ((sizes > 0) & (sizes < 10_000)).any()
    assert (sizes == 0).any()
    assert (sizes % 10_000 != 0).any()


def test_the_wallets_of_a_match_differ(world: World):
    pairs = Counter(zip(world.fills.match.tolist(), world.fills.wallet.tolist(), strict=True))
    assert max(pairs.values()) == 1


def test_a_transaction_holds_several_rows_and_some_of_them_are_alike(world: World):
    fills, matches = world.fills, world.matches
    transaction = matches.transaction[fills.match]
    assert np.bincount(transaction).min() >= 2
    assert (np.bincount(matches.transaction) > 1).any()
    columns = (
        transaction, fills.market, fills.outcome, fills.wallet, fills.buy, fills.price_micro,
        fills.size_micro,
    )  # fmt: skip
    alike = Counter(zip(*(c.tolist() for c in columns), strict=True))
    assert 2 in alike.values()
    assert len(alike) > 0.99 * len(fills)


def test_only_takers_pay_fees_and_geopolitics_is_free(world: World):
    fills = world.fills
    assert not fills.fee_micro[~fills.taker].any()
    free = world.fee_rate_e4[fills.market] == 0
    assert free.any()
    assert not fills.fee_micro[free].any()
    assert (fills.fee_micro % 10 == 0).all()


@pytest.mark.parametrize(
    ("shares", "price", "rate", "fee"),
    [
        ("100", "0.50", "0.07", "1.75"),
        ("100", "0.50", "0.05", "1.25"),
        ("100", "0.50", "0.04", "1.00"),
        ("10", "0.65", "0.07", "0.15925"),
        ("100", "0.95", "0.04", "0.19"),
        ("1", "0.01", "0.04", "0.00040"),
        ("0.01", "0.01", "0.04", "0"),
    ],
)
def test_fees_are_those_of_the_venues_examples(shares: str, price: str, rate: str, fee: str):
    assert fee_of(Decimal(shares), Decimal(price), Decimal(rate)) == Decimal(fee)


def fee_of(shares: Decimal, price: Decimal, rate: Decimal) -> Decimal:
    columns = (shares * MICRO, price * MICRO, rate * 10_000)
    return Decimal(int(fee_micro(*(np.array([int(c)]) for c in columns))[0])) / MICRO


@given(
    shares=st.integers(0, 100_000_000),
    price=st.integers(1, 999),
    rate=st.sampled_from([0, 300, 400, 500, 700]),
)
def test_fees_are_exact_and_symmetric(shares: int, price: int, rate: int):
    size, at, part = Decimal(shares) / 1_000, Decimal(price) / 1_000, Decimal(rate) / 10_000
    exact = size * part * at * (1 - at)
    step = Decimal("0.00001")
    charged = exact.quantize(step, ROUND_HALF_UP) if exact >= step else 0
    assert fee_of(size, at, part) == charged
    assert fee_of(size, at, part) == fee_of(size, 1 - at, part)


def test_planted_skill_earns_what_noise_loses():
    world = World(7, START, 4, 300, 8_000)
    fills = world.fills
    sign = np.where(fills.buy, 1, -1)
    payout = world.payout_micro[fills.market]
    own = np.where(fills.outcome == 0, payout, MICRO - payout)
    profit = sign * (fills.size_micro * own // MICRO - fills.cash_micro) - fills.fee_micro
    label = world.wallets.label[fills.wallet]
    per_share = {
        kind: profit[label == kind].sum() / fills.cash_micro[label == kind].sum()
        for kind in (NOISE, SKILLED, MAKER)
    }
    assert per_share[SKILLED] > 0.02
    assert per_share[NOISE] < 0


def test_wash_traders_end_up_where_they_began(world: World):
    fills = world.fills
    wash = world.wallets.label[fills.wallet] == WASH
    assert wash.sum() >= 20
    moved = np.where(fills.buy == (fills.outcome == 0), fills.size_micro, -fills.size_micro)
    net: Counter[tuple[int, int]] = Counter()
    for wallet, market, size in zip(
        fills.wallet[wash], fills.market[wash], moved[wash], strict=True
    ):
        net[int(wallet), int(market)] += int(size)
    assert sum(value == 0 for value in net.values()) > 0.8 * len(net)
