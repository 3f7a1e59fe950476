from __future__ import annotations

import numpy as np

from polymarket_assets.simulator.listing import Settlement
from polymarket_assets.simulator.paths import event_path
from polymarket_assets.simulator.plans import HOUR_S, EventPlan, MarketPlan
from polymarket_assets.simulator.randomness import stream
from polymarket_assets.simulator.world import World

LIFE_S = 10 * HOUR_S
SETTLED = Settlement(
    LIFE_S, ((LIFE_S + HOUR_S, "proposed"), (LIFE_S + 3 * HOUR_S, "resolved")), False
)


def plan(model, priors) -> EventPlan:
    markets = tuple(MarketPlan(f"question {p}", f"slug-{i}", p) for i, p in enumerate(priors))
    return EventPlan("t", "t", "politics", model, 0, LIFE_S, LIFE_S, markets, "", burst_s=HOUR_S)


def drawn(model, priors, runs):
    """(truth at each minute, outcome) of many independent events of one kind."""
    event = plan(model, priors)
    steps = [SETTLED] * len(priors)
    return [event_path(event, steps, stream(5, model, run)) for run in range(runs)]


def check_probabilities(model, priors, runs=1_500):
    """The first market's outcomes are as frequent, and as uncertain, as its truth says.

    Both sums are of independent terms with mean zero; four deviations are allowed.
    """
    paths = drawn(model, priors, runs)
    won = np.array([path.won[0] for path in paths], dtype=float)
    for minute in (0, 300, 500, 570):
        truth = np.array([path.truth[0, minute] for path in paths])
        variance = truth * (1 - truth)
        for terms in (won - truth, (won - truth) ** 2 - variance):
            assert abs(terms.sum()) < 4 * np.sqrt((terms**2).sum()), (model, minute)


def test_the_truth_of_a_binary_market_is_a_probability_at_every_minute():
    check_probabilities("independent", [0.3])


def test_the_truth_of_exclusive_markets_is_a_probability_at_every_minute():
    check_probabilities("exclusive", [1.0, 0.5, 0.2, 0.1])


def test_the_truth_of_a_ladder_is_a_probability_at_every_minute():
    check_probabilities("ladder", [-0.6, 0.0, 0.6])


def test_exclusive_markets_add_up_to_one_and_have_one_winner():
    for path in drawn("exclusive", [1.0, 1.0, 0.3, 0.3, 0.05], 20):
        assert np.allclose(path.truth.sum(axis=0), 1)
        assert np.allclose(path.quoted.sum(axis=0), 1)
        assert sum(path.won) == 1
        assert set(np.unique(path.truth[:, LIFE_S // 60 :])) == {0.0, 1.0}


def test_a_lower_threshold_is_never_less_probable():
    for path in drawn("ladder", [-1.0, -0.3, 0.4, 1.1], 20):
        assert (np.diff(path.truth, axis=0) <= 0).all()
        assert (np.diff(path.quoted, axis=0) <= 0).all()


def test_a_void_market_is_worth_one_half_once_that_is_known():
    void = Settlement(SETTLED.decided_s, SETTLED.steps, True)
    path = event_path(plan("independent", [0.7]), [void], stream(1, "void"))
    assert (path.truth[0, LIFE_S // 60 :] == 0.5).all()


def test_longshots_are_quoted_too_dear_and_favourites_too_cheap():
    paths = drawn("independent", [0.4], 300)
    truth = np.array([p.truth[0, :590] for p in paths])
    excess = np.array([p.quoted[0, :590] for p in paths]) - truth
    assert excess[(truth > 0.01) & (truth < 0.1)].mean() > 0.005
    assert excess[(truth > 0.9) & (truth < 0.99)].mean() < -0.005


def test_quotes_lie_on_the_grid_and_never_cross(world: World):
    quotes = world.quotes
    ticks = np.repeat(quotes.ticks, quotes.length)
    assert (quotes.bid < quotes.ask).all()
    assert (quotes.bid >= 0).all()
    assert (quotes.ask <= ticks).all()
    assert not ((quotes.bid == 0) & (quotes.ask == ticks)).any()


def test_the_payout_of_a_market_is_where_its_truth_ends(world: World):
    quotes = world.quotes
    last = quotes.truth[quotes.offset + quotes.length - 1]
    assert np.array_equal(last, (world.payout_micro / 1e6).astype(np.float32))
