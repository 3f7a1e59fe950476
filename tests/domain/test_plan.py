"""The arithmetic of a plan."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.domain.plan import (
    Cost,
    allowed_per_second,
    grouped_pages,
    pages,
    remaining,
    spoken_seconds,
)


def test_a_cost_is_its_requests_at_the_allowed_rate_and_its_rows_on_disk() -> None:
    cost = Cost(
        requests=291, per_second=allowed_per_second(300, 0.97), rows=1000, bytes_per_row=150
    )
    assert cost.seconds == pytest.approx(10)
    assert cost.disk_bytes == 150_000


@pytest.mark.parametrize(("rows", "expected"), [(0, 1), (1, 1), (1000, 1), (1001, 2), (0.4, 1)])
def test_a_list_takes_at_least_one_page(rows: float, expected: int) -> None:
    assert pages(rows, 1000) == expected


@given(st.lists(st.integers(0, 5_000), max_size=60))
def test_groups_take_no_fewer_pages_than_their_rows_and_no_more_than_a_page_extra_each(
    rows: list[int],
) -> None:
    found = grouped_pages(rows, 20, 1000)
    groups = -(-len(rows) // 20)
    assert max(groups, sum(rows) / 1000) <= found <= sum(rows) / 1000 + groups


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (59, "59 s"), (60, "1 min"), (3_600, "1.0 h"), (200_000, "2.3 d")],
)
def test_a_time_is_spoken_in_one_unit(seconds: float, words: str) -> None:
    assert spoken_seconds(seconds) == words


def test_what_is_left_follows_the_rate_so_far_and_says_what_it_can_not_know() -> None:
    assert remaining(10, 40, 20) == "about 1 min left"
    assert remaining(40, 40, 20) == "about 0 s left"
    assert remaining(0, 40, 20) == "no estimate yet"
    assert remaining(10, None, 20) == "total not known"
