from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from polymarket_assets.simulator.limits import RateLimits
from polymarket_assets.simulator.options import SimulatorOptions
from polymarket_assets.simulator.world import World
from tests.simulator.test_data import expected, key
from tests.simulator.venue import EVENING, START, feed_walk, gamma_walk, seconds, serving

TRADES = "/data/v2/trades"


def order(client: httpx.Client, **rule: Any) -> None:
    answer = client.post("/__simulator/faults", json={"path": TRADES, "times": 1} | rule)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("status", [503, 429])
def test_refusals_are_in_the_words_of_the_api_with_or_without_retry_after(
    client: httpx.Client, status: int
):
    order(client, kind=str(status), retry_after=2)
    answer = client.get(TRADES)
    assert answer.status_code == status
    assert answer.headers["retry-after"] == "2"
    assert answer.json()["retryable"] is True
    order(client, kind=str(status), retry_after=-1, path="/gamma/*")
    answer = client.get("/gamma/markets/keyset")
    assert answer.status_code == status
    assert "retry-after" not in answer.headers
    assert list(answer.json()) == ["error"]
    assert client.get(TRADES).status_code == 200


def test_html_and_an_error_come_with_status_200(client: httpx.Client):
    order(client, kind="html")
    answer = client.get(TRADES)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    order(client, kind="html", status=403)
    assert client.get(TRADES).status_code == 403
    order(client, kind="200_error")
    answer = client.get(TRADES)
    assert (answer.status_code, answer.json()) == (200, {"error": "Too Many Requests"})


def test_a_truncated_answer_breaks_off_and_a_reset_gives_none(client: httpx.Client):
    order(client, kind="truncated")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        client.get(TRADES)
    order(client, kind="reset")
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        client.get(TRADES)
    assert client.get(TRADES).status_code == 200


def test_a_slow_answer_is_whole(client: httpx.Client):
    plain = client.get(TRADES).content
    order(client, kind="slow", delay_ms=200)
    begun = time.monotonic()
    body = client.get(TRADES).json()
    assert time.monotonic() - begun >= 0.2
    assert len(body["data"]) == 100
    assert len(plain) > 1_000


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        (TRADES, lambda body: body["data"]),
        ("/gamma/markets/keyset", lambda body: body["markets"]),
        ("/gamma/events/keyset", lambda body: body["events"]),
        ("/data/v2/leaderboard", lambda body: body["data"]),
    ],
)
def test_a_malformed_row_is_added_and_no_real_one_is_lost(client: httpx.Client, path, rows):
    real = rows(client.get(path).json())
    order(client, kind="malformed_row", path=path)
    given = rows(client.get(path).json())
    assert len(given) == len(real) + 1
    broken = [row for row in given if row not in real]
    assert len(broken) == 1
    assert len(broken[0]) == len(real[0]) - 1


def test_a_malformed_book_and_point_are_added_too(client: httpx.Client, world: World):
    market = next(
        m
        for m in world.markets
        if m.opens_s < seconds(EVENING) < world.settlements[m.index].proposed_s
    )
    order(client, kind="malformed_row", path="/clob/books")
    books = client.post("/clob/books", json=[{"token_id": market.tokens[0]}]).json()
    assert len(books) == 2
    order(client, kind="malformed_row", path="/clob/batch-prices-history")
    body = {"markets": [market.tokens[0]], "start_ts": seconds(EVENING) - 300}
    points = client.post("/clob/batch-prices-history", json=body).json()["history"]
    assert sum("t" not in point for point in points[market.tokens[0]]) == 1
    order(client, kind="malformed_row", path="/clob/time")
    assert client.get("/clob/time").json() == seconds(EVENING)


def test_an_empty_page_in_the_middle_loses_nothing(client: httpx.Client, world: World):
    order(client, kind="empty_page", every=3, times=None)
    rows = feed_walk(client, taker_only="false", limit="100")
    assert [key(r) for r in rows] == expected(world, seconds(EVENING), taker_only=False)
    plain = [m["id"] for m in gamma_walk(client, "markets", limit="7")]
    for path in ("/gamma/markets/keyset", "/gamma/events/keyset", "/data/v2/leaderboard"):
        order(client, kind="empty_page", path=path, times=2)
    first = client.get("/gamma/markets/keyset").json()
    assert first["markets"] == []
    assert first["next_cursor"]
    assert [m["id"] for m in gamma_walk(client, "markets", limit="7")] == plain
    board = client.get("/data/v2/leaderboard").json()
    assert board["data"] == []
    cursor = board["pagination"]["next_cursor"]
    client.get("/data/v2/leaderboard")
    behind = client.get("/data/v2/leaderboard", params={"cursor": cursor}).json()
    assert behind["data"][0]["rank"] == 1


def test_a_repeated_cursor_is_that_of_the_request(client: httpx.Client):
    cursor = client.get(TRADES).json()["pagination"]["next_cursor"]
    order(client, kind="repeat_cursor")
    first = client.get(TRADES).json()["pagination"]["next_cursor"]
    assert first == cursor
    second = client.get(TRADES, params={"cursor": cursor}).json()
    assert second["pagination"]["next_cursor"] == cursor
    path = "/gamma/markets/keyset"
    cursor = client.get(path).json()["next_cursor"]
    order(client, kind="repeat_cursor", path=path)
    assert client.get(path, params={"after_cursor": cursor}).json()["next_cursor"] == cursor


def test_every_after_and_times_say_which_requests_are_struck(client: httpx.Client):
    order(client, kind="503", every=2, after=1, times=2)
    codes = [client.get(TRADES).status_code for _ in range(8)]
    assert codes == [200, 200, 503, 200, 503, 200, 200, 200]
    (rule,) = client.get("/__simulator/faults").json()
    assert (rule["seen"], rule["struck"]) == (5, 2)
    assert client.delete("/__simulator/faults").json() == []


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ({"path": TRADES, "kind": "storm"}, "storm"),
        ({"path": TRADES}, "kind"),
        ({"path": TRADES, "kind": "503", "often": 1}, "often"),
        ({"path": TRADES, "kind": "503", "every": 0}, "every"),
        ({"path": "/clob/book", "kind": "empty_page"}, "/clob/book"),
    ],
)
def test_a_wrong_rule_is_refused_by_name(client: httpx.Client, rule: dict[str, Any], named: str):
    answer = client.post("/__simulator/faults", json=[rule])
    assert answer.status_code == 400
    assert named in answer.json()["error"]


def test_statistics_count_requests_answers_bytes_and_faults(client: httpx.Client, world: World):
    order(client, kind="503")
    sizes = [len(client.get(TRADES).content) for _ in range(3)]
    client.get(f"/clob/clob-markets/{world.markets[0].condition_id}")
    stats = client.get("/__simulator/stats").json()
    assert stats["total"] == 4
    assert stats["paths"][TRADES] == {
        "requests": 3,
        "rate_limited": 0,
        "delayed": 0,
        "faults": 1,
        "bytes": sum(sizes),
        "statuses": {"503": 1, "200": 2},
        "max_in_10s": 3,
    }
    assert "/clob/clob-markets/{condition_id}" in stats["paths"]
    client.delete("/__simulator/stats")
    assert client.get("/__simulator/stats").json() == {"total": 0, "paths": {}}


def test_python_urllib_is_turned_away_except_from_the_control_routes(client: httpx.Client):
    agent = {"user-agent": "Python-urllib/3.12"}
    for path in ("/gamma/markets/keyset", TRADES, "/clob/time"):
        answer = client.get(path, headers=agent)
        assert answer.status_code == 403
        assert "Cloudflare" in answer.text
    assert client.get("/__simulator/info", headers=agent).status_code == 200


def test_unknown_paths_are_404(client: httpx.Client):
    assert client.get("/data/v2/nothing").status_code == 404


TINY = {"start": START, "days": 1, "markets": 10, "fills": 50, "now": EVENING, "speed": 0}


def test_above_the_limit_requests_are_refused_with_a_time_to_wait():
    options = SimulatorOptions(**TINY, rate_limit="429")
    with serving(options) as server, httpx.Client(base_url=server.info.url) as client:
        path = "/gamma/markets/keyset"
        assert client.get(path).status_code == 200
        for _ in range(600):
            server._gate._limits.take(path)
        answer = client.get(path)
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["retry-after"]) <= 11
        assert client.get("/clob/time").status_code == 200
        stats = client.get("/__simulator/stats").json()["paths"][path]
        assert stats["rate_limited"] == 1
        assert stats["max_in_10s"] == 2


def test_in_delay_mode_requests_wait_until_they_fit():
    options = SimulatorOptions(**TINY, rate_limit="delay", latency_ms=1)
    with serving(options) as server, httpx.Client(base_url=server.info.url) as client:
        path = "/gamma/markets/keyset"
        limits = server._gate._limits
        while limits.wait_s(path) < 0.2:
            limits.take(path)
        begun = time.monotonic()
        assert client.get(path).status_code == 200
        assert time.monotonic() - begun >= 0.1
        assert client.get("/__simulator/stats").json()["paths"][path]["delayed"] == 1


def test_each_limit_and_the_limit_of_both_lists_hold():
    limits = RateLimits()
    allowed = 0
    while limits.wait_s("/data/v2/trades") == 0:
        limits.take("/data/v2/trades")
        allowed += 1
    assert 300 <= allowed <= 310
    assert limits.wait_s("/data/v2/leaderboard") == 0
    limits = RateLimits()
    for _ in range(450):
        limits.take("/gamma/events/keyset")
    assert limits.wait_s("/gamma/events/keyset") == 0
    for _ in range(460):
        limits.take("/gamma/markets/keyset")
    assert limits.wait_s("/gamma/events/keyset") > 0
