"""The choice between the feed and walks by condition."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.domain.fill_walks import (
    MarketFlow,
    cheaper_way,
    condition_requests,
    feed_requests,
)
from polymarket_assets.domain.windows import Interval

START = datetime(2026, 10, 1, tzinfo=UTC)
USD, PAGE = Decimal(50), 1000


def span(first_day: float, last_day: float) -> Interval:
    return Interval(START + timedelta(days=first_day), START + timedelta(days=last_day))


def flow(first_day: float, last_day: float, pages: float) -> MarketFlow:
    """A market with some pages of fills."""
    return MarketFlow(span(first_day, last_day), Decimal(str(pages)) * USD * PAGE)


def feed(markets: list[MarketFlow], down_to: Interval, *held: Interval) -> int:
    return feed_requests(markets, down_to, held, fill_usd=USD, page=PAGE)


def by_condition(*groups: list[MarketFlow]) -> int:
    return condition_requests(groups, fill_usd=USD, page=PAGE)


def test_the_feed_costs_what_was_traded_since_the_window_began() -> None:
    markets = [flow(0, 10, 100), flow(20, 40, 50)]
    assert feed(markets, span(5, 40)) == 50 + 50
    assert feed(markets, span(5, 40), span(8, 30)) == 30 + 25
    assert feed(markets, span(5, 40), span(5, 40)) == 0
    assert feed([], span(5, 40)) == 1, "at least its top"


def test_walks_cost_their_whole_history_and_at_least_a_request_a_group() -> None:
    assert by_condition([flow(0, 10, 2.5), flow(0, 10, 0.1)], [flow(0, 5, 0)], []) == 3 + 1 + 1
    assert by_condition([flow(0, 10, 10).since(START + timedelta(days=9))]) == 1
    assert by_condition() == 0


def test_fewer_requests_win_and_the_feed_when_nothing_speaks_against_it() -> None:
    assert cheaper_way(feed=100, conditions=99) == "conditions"
    assert cheaper_way(feed=100, conditions=100) == "feed"
    assert cheaper_way(feed=3, conditions=0) == "feed", "no list is no reason"


days = st.floats(0, 50, allow_nan=False)


@given(
    st.lists(st.tuples(days, days, st.integers(0, 300)), max_size=8),
    st.floats(0, 49),
    st.lists(st.tuples(days, days), max_size=4),
)
def test_what_is_held_never_makes_the_feed_dearer_than_a_request_for_each_gap(
    lives: list[tuple[float, float, int]], first: float, held: list[tuple[float, float]]
) -> None:
    markets = [flow(min(a, b), max(a, b) + 0.1, pages) for a, b, pages in lives]
    stretches = [span(min(a, b), max(a, b)) for a, b in held]
    down_to = span(first, 50)
    assert feed(markets, down_to, *stretches) <= feed(markets, down_to) + len(stretches) + 1
    assert all(m.since(START).volume_usd <= m.volume_usd for m in markets)
