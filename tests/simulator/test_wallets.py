"""What wallets did and hold and how markets ended: one story with the fills, on every route."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from polymarket_assets.simulator.acts import Ledger
from polymarket_assets.simulator.options import SimulatorOptions
from polymarket_assets.simulator.plans import MICRO
from polymarket_assets.simulator.server import SimulatorServer
from polymarket_assets.simulator.truth import write_truth
from polymarket_assets.simulator.wallets import MAKER
from polymarket_assets.simulator.world import World
from tests.simulator.test_data import key
from tests.simulator.venue import EVENING, MORNING, SMALL, feed_walk, hours, seconds, serving

SETTLED = MORNING + hours(36)
"""When nearly every market of the small world is resolved and redeemed."""
V1_NAMES = {
    "proxy_wallet": "proxyWallet", "token_id": "asset", "condition_id": "conditionId",
    "event_slug": "eventSlug", "outcome_index": "outcomeIndex", "profile_image": "profileImage",
    "profile_image_optimized": "profileImageOptimized", "transaction_hash": "transactionHash",
    "usdc_size": "usdcSize",
}  # fmt: skip


def walk(client: httpx.Client, route: str, **params: Any) -> list[dict[str, Any]]:
    """Every row of a route of v2."""
    rows: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = client.get(f"/data/v2/{route}", params=params | cursor)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        rows += body["data"]
        if body["pagination"]["next_cursor"] is None:
            return rows
        cursor = {"cursor": body["pagination"]["next_cursor"]}


def v1(row: dict[str, Any]) -> dict[str, Any]:
    return {V1_NAMES.get(name, name): value for name, value in row.items()}


def busiest(world: World, count: int) -> list[str]:
    """Makers and others with most fills."""
    order = sorted(range(len(world.wallets)), key=lambda w: -len(world.rows_of_wallet[w]))
    makers = [w for w in order if world.wallets.label[w] == MAKER][:count]
    return [world.wallets.address[w] for w in dict.fromkeys([*makers, *order[:count]])]


def micro(value: float) -> int:
    return round(value * MICRO)


def test_the_trades_of_a_wallet_s_activity_are_its_fills(client: httpx.Client, world: World):
    for wallet in busiest(world, 3):
        acts = walk(client, "activity", user=wallet.upper(), limit=37)
        fills = feed_walk(client, taker_only="false", user=wallet)
        assert [key(a) for a in acts if a["type"] == "TRADE"] == [key(f) for f in fills]
        assert all(a["proxy_wallet"] == wallet for a in acts)
        times = [a["timestamp"] for a in acts]
        assert times == sorted(times, reverse=True)
        assert len({len(a) for a in acts}) == 1, "what an act does not have is empty, not missing"


def test_windows_types_and_sides_of_activity(client: httpx.Client, set_clock, world: World):
    set_clock(SETTLED)
    wallet = busiest(world, 1)[0]
    acts = walk(client, "activity", user=wallet, start=1)
    assert {a["type"] for a in acts} == {"TRADE", "SPLIT", "MERGE", "REDEEM", "MAKER_REBATE"}
    middle = acts[len(acts) // 2]["timestamp"]
    late = walk(client, "activity", user=wallet, start=middle, limit=50)
    early = walk(client, "activity", user=wallet, start=1, end=middle - 1)
    assert late + early == acts
    of_type = walk(client, "activity", user=wallet, type="REDEEM,MERGE")
    assert of_type == [a for a in acts if a["type"] in ("REDEEM", "MERGE")]
    assert walk(client, "activity", user=wallet, side="BUY") == [
        a for a in acts if a["side"] == "BUY"
    ]
    assert walk(client, "activity", user="0x" + "0" * 40) == []
    assert client.get("/data/v2/activity").json()["parameter"] == "user"


@pytest.mark.parametrize("now", [EVENING, MORNING, SETTLED])
def test_positions_are_what_activity_adds_up_to(
    client: httpx.Client, set_clock: Callable[[datetime], None], world: World, now: datetime
):
    set_clock(now)
    tokens = {m.condition_id: m.tokens for m in world.markets}
    for wallet in busiest(world, 3):
        held: dict[tuple[str, str], int] = defaultdict(int)
        for act in reversed(walk(client, "activity", user=wallet, start=1)):
            condition, size = act["condition_id"], micro(act["size"])
            match act["type"]:
                case "TRADE":
                    held[condition, act["token_id"]] += size if act["side"] == "BUY" else -size
                case "SPLIT" | "MERGE":
                    for token in tokens[condition]:
                        held[condition, token] += size if act["type"] == "SPLIT" else -size
                case "REDEEM":
                    for token in tokens[condition]:
                        held[condition, token] = 0
            assert min(held.values(), default=0) >= 0, "nobody is ever short"
        positions = walk(client, "positions", user=wallet, limit=7)
        assert {
            (p["condition_id"], p["token_id"]): micro(p["current_size"]) for p in positions
        } == {place: size for place, size in held.items() if size >= MICRO // 100}
        values = [p["current_value"] for p in positions]
        assert values == sorted(values, reverse=True)
        for p in positions:
            assert p["redeemable"] == (p["status"] == "REDEEMABLE")
            assert p["first_entry_at"] <= p["last_event_at"] <= seconds(now)


def test_holders_of_a_market_are_the_positions_of_its_wallets(client: httpx.Client, world: World):
    markets = sorted(world.markets, key=lambda m: -len(world.rows_of_market[m.index]))[:3]
    conditions = ",".join(m.condition_id for m in markets)
    groups = walk(client, "holders", condition=conditions, limit=1000)
    assert {g["token_id"] for g in groups} <= {t for m in markets for t in m.tokens}
    for group in groups:
        sizes = [h["amount"] for h in group["holders"]]
        assert sizes == sorted(sizes, reverse=True)
        for holder in group["holders"][:3]:
            mine = walk(client, "positions", user=holder["proxy_wallet"])
            [position] = [p for p in mine if p["token_id"] == group["token_id"]]
            assert position["current_size"] == holder["amount"]
    paged: dict[str, list[Any]] = defaultdict(list)
    for group in walk(client, "holders", condition=conditions, limit=4):
        paged[group["token_id"]] += group["holders"]
    assert paged == {g["token_id"]: g["holders"] for g in groups}, "groups are merged by token"
    assert client.get("/data/v2/holders").status_code == 400
    combo = {"condition": "0x" + "a" * 62}
    assert client.get("/data/v2/holders", params=combo).status_code == 400


def test_results_go_from_nothing_over_a_proposal_to_payouts(
    client: httpx.Client, set_clock: Callable[[datetime], None], world: World
):
    market = next(
        m for m in world.markets
        if seconds(EVENING) < world.settlements[m.index].proposed_s
        and len(world.settlements[m.index].steps) == 2
    )  # fmt: skip
    (proposed, _), (resolved, _) = world.settlements[market.index].steps

    def state(at: int) -> list[dict[str, Any]]:
        set_clock(datetime.fromtimestamp(at, EVENING.tzinfo))
        asked = {"condition": market.condition_id}
        body = client.get("/data/v2/resolutions", params=asked).json()
        assert list(body) == ["data"]
        return body["data"]

    assert state(proposed - 1) == []
    [pending] = state(proposed)
    assert (pending["status"], pending["price"]) == ("proposed", "69")
    assert pending["last_update_timestamp"] == str(proposed)
    assert "payouts" not in pending
    [final] = state(resolved)
    payout = int(world.payout_micro[market.index])
    assert (final["status"], final["payouts"]) == ("resolved", [payout, MICRO - payout])
    assert pending["proposed_price"] == str(payout * 10**12)
    assert "question_id" not in final
    by_question = {"question_id": market.question_id}
    assert client.get("/data/v2/resolutions", params=by_question).json()["data"] == [final]
    assert client.get("/data/v2/resolutions").status_code == 400
    both = by_question | {"condition": market.condition_id}
    assert client.get("/data/v2/resolutions", params=both).status_code == 400


def test_v1_gives_the_rows_of_v2_as_a_bare_array(client: httpx.Client, world: World):
    wide = {"limit": 99_999, "takerOnly": "false"}
    rows = client.get("/data/trades", params=wide).json()
    assert rows == [v1(r) for r in feed_walk(client, taker_only="false")][:10_000]
    takers = client.get("/data/trades").json()
    assert takers == [v1(r) for r in feed_walk(client)][:100], "takers alone, 100 a page"
    noon = seconds(EVENING) - 9 * 3600
    window = client.get("/data/trades", params=wide | {"start": noon, "end": noon + 3600}).json()
    assert window == [r for r in rows if noon <= r["timestamp"] <= noon + 3600]
    conditions = Counter(r["conditionId"] for r in rows)
    asked = ",".join(list(conditions)[:30])
    some = client.get("/data/trades", params=wide | {"market": asked, "offset": 5}).json()
    assert some == [r for r in rows if r["conditionId"] in asked.split(",")][5:]
    wallet = busiest(world, 1)[0]
    acts = client.get("/data/activity", params={"user": wallet, "limit": 9_999}).json()
    assert acts == [v1(a) for a in walk(client, "activity", user=wallet)][:500]


def test_an_offset_past_the_cap_is_refused_in_words(client: httpx.Client):
    answer = client.get("/data/trades", params={"offset": 10_001})
    assert (answer.status_code, answer.json()) == (
        400, {"error": "max historical trades offset of 10000 exceeded"},
    )  # fmt: skip
    answer = client.get("/data/activity", params={"user": "0x" + "0" * 40, "offset": 10_001})
    assert answer.json() == {"error": "max historical activity offset of 10000 exceeded"}
    assert client.get("/data/trades", params={"market": "0x1", "eventId": "2"}).status_code == 400


def test_older_caps_can_be_asked_for():
    options = SimulatorOptions(
        **SMALL, now=EVENING, speed=0, v1_offset_cap=300, v1_past_cap="repeat"
    )
    with (
        serving(options) as server,
        httpx.Client(base_url=server.info.url, trust_env=False) as client,
    ):
        pages = [client.get("/data/trades", params={"offset": o}).json() for o in (300, 400, 900)]
        assert pages[0] == pages[1] == pages[2] != []


def test_the_ledger_has_every_act_and_payouts_add_up(
    served: SimulatorServer, world: World, tmp_path: Path
):
    write_truth(world, tmp_path)
    acts = pq.read_table(tmp_path / "acts.parquet").to_pylist()
    assert len(acts) == len(Ledger(world).acts)
    assert len({a["transaction_hash"] for a in acts}) == len(acts)
    payout = {m.condition_id: int(world.payout_micro[m.index]) for m in world.markets}
    resolved = {m.condition_id: int(world.resolved_s[m.index]) for m in world.markets}
    pairs: Counter[tuple[str, str]] = Counter()
    for act in acts:
        place = (act["wallet"], act["condition_id"])
        match act["type"]:
            case "REDEEM":
                assert int(act["event_at"].timestamp()) > resolved[act["condition_id"]]
                if payout[act["condition_id"]] in (0, MICRO):
                    assert act["cash_micro"] == act["size_micro"] > 0
            case "SPLIT":
                pairs[place] += act["size_micro"]
            case "MERGE":
                pairs[place] -= act["size_micro"]
            case "MAKER_REBATE":
                assert act["condition_id"] is None
    assert pairs
    assert set(pairs.values()) == {0}, "what was split is merged again"
