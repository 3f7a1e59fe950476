from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import numpy as np
import pytest

from polymarket_assets.simulator.answers import Signer
from polymarket_assets.simulator.plans import DAY_S, MICRO
from polymarket_assets.simulator.wallets import SKILLED
from polymarket_assets.simulator.world import World
from tests.simulator.venue import EVENING, MORNING, feed_walk, seconds

FIELDS = [
    "proxy_wallet", "side", "token_id", "condition_id", "size", "price", "timestamp", "title",
    "slug", "icon", "event_slug", "outcome_index", "outcome", "name", "pseudonym", "bio",
    "profile_image", "profile_image_optimized", "transaction_hash",
]  # fmt: skip


def expected(world: World, now_s: int, *, taker_only: bool) -> list[tuple[Any, ...]]:
    """What the feed must hold at `now_s`, newest first."""
    fills = world.fills
    rows = np.flatnonzero((fills.event_s <= now_s) & (fills.taker | (not taker_only)))
    return [
        (
            world.transaction_hash(int(world.matches.transaction[fills.match[r]])),
            world.markets[int(fills.market[r])].tokens[int(fills.outcome[r])],
            world.wallets.address[int(fills.wallet[r])],
            "BUY" if fills.buy[r] else "SELL",
            int(fills.price_micro[r]),
            int(fills.size_micro[r]),
            int(fills.event_s[r]),
        )
        for r in rows[::-1].tolist()
    ]


def key(row: dict[str, Any]) -> tuple[Any, ...]:
    return (
        row["transaction_hash"],
        row["token_id"],
        row["proxy_wallet"],
        row["side"],
        round(row["price"] * MICRO),
        round(row["size"] * MICRO),
        row["timestamp"],
    )


@pytest.mark.parametrize("taker_only", [True, False])
def test_a_walk_gives_every_row_up_to_now_once_newest_first(
    client: httpx.Client, world: World, taker_only: bool
):
    rows = feed_walk(client, taker_only=str(taker_only).lower(), limit="377")
    assert [key(r) for r in rows] == expected(world, seconds(EVENING), taker_only=taker_only)


def test_by_default_only_takers_and_no_dust_are_shown(client: httpx.Client, world: World):
    first = client.get("/data/v2/trades", params={"limit": 1000}).json()["data"]
    takers = [k for k in expected(world, seconds(EVENING), taker_only=True) if k[5] >= 10_000]
    assert [key(r) for r in first] == takers[:1000]
    sizes = [r["size"] for r in feed_walk(client, taker_only="false")]
    assert any(s == 0 for s in sizes)
    assert any(0 < s < 0.01 for s in sizes)


def test_rows_have_the_recorded_fields_and_plain_numbers(client: httpx.Client):
    rows = feed_walk(client)
    assert all(list(row) == FIELDS for row in rows)
    assert {type(row["size"]) for row in rows} == {float}
    assert any(row["name"] == "" for row in rows)
    assert len(rows[0]["transaction_hash"]) == 66
    repeated = Counter(row["transaction_hash"] for row in feed_walk(client, taker_only="false"))
    assert max(repeated.values()) > 3


def test_fresh_rows_may_lack_outcome_index_and_event_and_get_them_later(
    client: httpx.Client, set_clock: Callable[[datetime], None]
):
    rows = feed_walk(client, taker_only="false")
    bare = [r for r in rows if r["outcome_index"] == 999]
    assert bare
    assert all(r["event_slug"] == "" and r["outcome"] for r in bare)
    assert all(r["timestamp"] > seconds(EVENING) - 300 for r in bare)
    set_clock(MORNING)
    later = {key(r): r for r in feed_walk(client, taker_only="false")}
    assert {later[key(r)]["outcome_index"] for r in bare} <= {0, 1}
    assert all(later[key(r)]["event_slug"] for r in bare)


def test_conditions_events_users_and_sides_partition_the_feed(client: httpx.Client, world: World):
    whole = Counter(key(r) for r in feed_walk(client, taker_only="false"))
    conditions = [m.condition_id for m in world.markets]
    by_condition: Counter[Any] = Counter()
    for start in range(0, len(conditions), 20):
        names = ("condition", "condition_id", "conditionId")
        asked = {names[start // 20 % 3]: ",".join(conditions[start : start + 20])}
        by_condition.update(key(r) for r in feed_walk(client, taker_only="false", **asked))
    assert by_condition == whole
    by_event: Counter[Any] = Counter()
    for event in world.events:
        by_event.update(key(r) for r in feed_walk(client, taker_only="false", event_id=event.id))
    assert by_event == whole
    sides: Counter[Any] = Counter()
    for side in ("BUY", "sell"):
        sides.update(key(r) for r in feed_walk(client, taker_only="false", side=side))
    assert sides == whole
    wallet = next(iter(whole))[2]
    mine = [key(r) for r in feed_walk(client, taker_only="false", user=wallet.upper())]
    assert Counter(mine) == Counter({k: n for k, n in whole.items() if k[2] == wallet})
    both = feed_walk(client, taker_only="false", user=wallet, condition=conditions[0])
    assert {r["condition_id"] for r in both} <= {conditions[0]}


def test_start_and_end_count_only_with_a_user(client: httpx.Client, world: World):
    noon = seconds(EVENING) - 9 * 3600
    everything = feed_walk(client, taker_only="false")
    assert len(feed_walk(client, taker_only="false", start=noon)) == len(everything)
    wallet = Counter(r["proxy_wallet"] for r in everything).most_common(1)[0][0]
    mine = [r for r in everything if r["proxy_wallet"] == wallet]
    asked = {"taker_only": "false", "user": wallet}
    late = feed_walk(client, start=noon, **asked)
    assert [key(r) for r in late] == [key(r) for r in mine if r["timestamp"] >= noon]
    early = feed_walk(client, end=noon, start=1, **asked)
    assert [key(r) for r in early] == [key(r) for r in mine if r["timestamp"] <= noon]


def test_a_least_amount_counts_tokens_or_cash(client: httpx.Client):
    everything = feed_walk(client)
    large = feed_walk(client, filter_amount="50")
    assert [key(r) for r in large] == [key(r) for r in everything if r["size"] >= 50]
    rich = feed_walk(client, filter_type="CASH", filter_amount="25")
    cash = [(round(r["size"] * MICRO) * round(r["price"] * MICRO), r) for r in everything]
    assert [key(r) for r in rich] == [key(r) for c, r in cash if c >= 25 * MICRO * MICRO]


def test_the_bare_feed_reaches_back_to_the_start_of_the_previous_month(
    client: httpx.Client, world: World, set_clock: Callable[[datetime], None]
):
    set_clock(datetime(2026, 12, 31, 23, tzinfo=UTC))
    assert len(feed_walk(client, taker_only="false")) == len(world.fills)
    set_clock(datetime(2027, 1, 1, 1, tzinfo=UTC))
    assert feed_walk(client, taker_only="false") == []
    condition = world.markets[0].condition_id
    assert feed_walk(client, condition=condition)
    set_clock(datetime(2030, 1, 1, 1, tzinfo=UTC))
    assert feed_walk(client, condition=condition) == []


def test_a_cursor_carries_the_page_size_and_goes_on_where_it_stood(
    client: httpx.Client, world: World, set_clock: Callable[[datetime], None]
):
    first = client.get("/data/v2/trades", params={"limit": 10}).json()
    cursor = first["pagination"]["next_cursor"]
    set_clock(MORNING)
    second = client.get("/data/v2/trades", params={"limit": 500, "cursor": cursor}).json()
    assert len(second["data"]) == 10 == second["pagination"]["limit"]
    assert second["pagination"]["offset"] == 10
    wanted = [k for k in expected(world, seconds(EVENING), taker_only=True) if k[5] >= 10_000]
    assert [key(r) for r in first["data"] + second["data"]] == wanted[:20]


def test_other_filters_with_a_cursor_go_on_silently_in_another_feed(client: httpx.Client):
    takers = client.get("/data/v2/trades", params={"limit": 10}).json()
    cursor = takers["pagination"]["next_cursor"]
    both = client.get("/data/v2/trades", params={"cursor": cursor, "taker_only": "false"})
    assert both.status_code == 200
    same = client.get("/data/v2/trades", params={"cursor": cursor})
    assert both.json()["data"] != same.json()["data"]


def test_a_cursor_holds_over_a_restart_with_the_same_seed(client: httpx.Client, world: World):
    cursor = client.get("/data/v2/trades", params={"limit": 5}).json()["pagination"]["next_cursor"]
    again = Signer(world.seed).params("trades", cursor)
    assert again is not None
    assert again["l"] == 5
    assert Signer(world.seed + 1).params("trades", cursor) is None


def test_bent_and_foreign_cursors_and_wrong_parameters_are_400(client: httpx.Client):
    cursor = client.get("/data/v2/trades", params={"limit": 10}).json()["pagination"]["next_cursor"]
    padded = cursor + "=" * (-len(cursor) % 4)
    forged = base64.urlsafe_b64encode(
        base64.urlsafe_b64decode(padded).replace(b'"l":10', b'"l":99')
    ).decode()
    board = client.get("/data/v2/leaderboard", params={"limit": 3}).json()
    wrong = (
        ({"cursor": forged}, "cursor"),
        ({"cursor": cursor[:-6] + "AAAAAA"}, "cursor"),
        ({"cursor": "bent"}, "cursor"),
        ({"cursor": board["pagination"]["next_cursor"]}, "cursor"),
        ({"offset": 5}, "offset"),
        ({"limit": 1001}, "limit"),
        ({"limit": 0}, "limit"),
        ({"side": "HOLD"}, "side"),
        ({"filter_type": "GRAMS"}, "filter_type"),
        ({"filter_amount": "lots"}, "filter_amount"),
        ({"filter_amount": "nan"}, "filter_amount"),
        ({"user": "0x1", "start": "soon"}, "start"),
        ({"condition": "0x12"}, "condition"),
        ({"condition": ",".join(f"0x{i:064x}" for i in range(21))}, "condition"),
        ({"event_id": ",".join(map(str, range(21)))}, "event_id"),
    )
    for params, parameter in wrong:
        answer = client.get("/data/v2/trades", params=params)
        assert answer.status_code == 400, params
        body = answer.json()
        assert (body["code"], body["parameter"]) == ("invalid_request", parameter)
        assert body["retryable"] is False
        assert len(body["trace_id"]) == 32


def test_what_nobody_has_is_an_empty_page_not_an_error(client: httpx.Client):
    for params in ({"condition": "0x" + "0" * 64}, {"user": "0x" + "1" * 40}, {"event_id": "1"}):
        answer = client.get("/data/v2/trades", params=params)
        body = answer.json()
        assert body["data"] == []
        assert body["pagination"] | {"limit": 0} == {
            "limit": 0,
            "offset": 0,
            "has_more": False,
            "next_cursor": None,
        }
        assert answer.headers["x-trace-id"]


# --- leaderboard ---------------------------------------------------------------------------------


def board_walk(client: httpx.Client, **params: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        body = client.get("/data/v2/leaderboard", params={"limit": 50} | params | cursor).json()
        rows += body["data"]
        if body["pagination"]["next_cursor"] is None:
            return rows
        cursor = {"cursor": body["pagination"]["next_cursor"]}


def test_a_board_ranks_every_wallet_that_traded_by_the_wanted_measure(
    client: httpx.Client, world: World
):
    for sort_by, column in (("PNL", "pnl"), ("VOLUME", "volume")):
        board = board_walk(client, time_period="week", sort_by=sort_by)
        values = [row[column] for row in board]
        assert values == sorted(values, reverse=True)
        assert [row["rank"] for row in board] == [1 + values.index(v) for v in values]
        assert len({row["user_id"] for row in board}) == len(board)
    rows = feed_walk(client, taker_only="false")
    shares: Counter[str] = Counter()
    for row in rows:
        shares[row["proxy_wallet"]] += round(row["size"] * MICRO)
    assert {r["user_id"]: round(r["volume"] * MICRO) for r in board} == {
        w: s for w, s in shares.items() if s
    }


def test_the_lifetime_board_is_the_result_of_settled_markets(
    client: httpx.Client, world: World, set_clock: Callable[[datetime], None]
):
    end = datetime.fromtimestamp(int(world.resolved_s.max()) + 60, UTC)
    set_clock(end)
    fills = world.fills
    sign = np.where(fills.buy, 1, -1)
    payout = world.payout_micro[fills.market]
    own = np.where(fills.outcome == 0, payout, MICRO - payout)
    profit = sign * (fills.size_micro * own // MICRO - fills.cash_micro) - fills.fee_micro
    total = np.zeros(len(world.wallets), dtype=np.int64)
    np.add.at(total, fills.wallet, profit)
    for period in ("all", "month"):
        board = board_walk(client, time_period=period)
        given = {row["user_id"]: round(row["pnl"] * MICRO) for row in board}
        assert given == {
            w: int(p) for w, p in zip(world.wallets.address, total, strict=True) if w in given
        }
        assert len(given) == len(np.unique(fills.wallet[fills.size_micro > 0]))
    top = {row["user_id"] for row in board[:10]}
    label = dict(zip(world.wallets.address, world.wallets.label.tolist(), strict=True))
    assert SKILLED in {label[w] for w in top}


def test_periods_and_categories_narrow_a_board(
    client: httpx.Client, world: World, set_clock: Callable[[datetime], None]
):
    whole = sum(row["volume"] for row in board_walk(client, time_period="month"))
    day = sum(row["volume"] for row in board_walk(client, time_period="day"))
    assert 0 < day < whole
    parts = {
        category: sum(
            row["volume"] for row in board_walk(client, time_period="month", category=category)
        )
        for category in {e.plan.category for e in world.events}
    }
    assert sum(parts.values()) == pytest.approx(whole)
    set_clock(datetime.fromtimestamp(world.first_midnight_s + 30 * DAY_S, UTC))
    assert board_walk(client, time_period="day") == []


def test_a_board_keeps_its_page_size_and_refuses_unknown_names(client: httpx.Client):
    first = client.get("/data/v2/leaderboard", params={"limit": 3}).json()
    cursor = first["pagination"]["next_cursor"]
    second = client.get("/data/v2/leaderboard", params={"limit": 9, "cursor": cursor}).json()
    assert len(second["data"]) == 3
    assert second["pagination"]["offset"] == 3
    assert isinstance(first["data"][0]["rank"], int)
    for params in (
        {"category": "cats"},
        {"time_period": "hour"},
        {"sort_by": "LUCK"},
        {"offset": 1},
    ):
        assert client.get("/data/v2/leaderboard", params=params).status_code == 400
