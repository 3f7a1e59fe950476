"""What tracked wallets did and hold: incremental acts, snapshots of now, who holds it too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pytest

from polymarket_assets.sources.audit import audit
from tests.sources.conftest import NOON
from tests.sources.platforms import StandingPlatform, day, notes_of
from tests.sources.venue import Asked, Venue, condition, page_of, wallet

ACTIVITY, V1_ACTIVITY = "/data/v2/activity", "/data/activity"
POSITIONS, HOLDERS, BOARD = "/data/v2/positions", "/data/v2/holders", "/data/v2/leaderboard"
TODAY, YESTERDAY = day("2026-11-20"), day("2026-11-19")
REFUSED = (403, {"error": "forbidden"}, {})
GONE = (410, {"error": "gone"}, {})
V1 = {
    "proxy_wallet": "proxyWallet", "token_id": "asset", "condition_id": "conditionId",
    "usdc_size": "usdcSize", "transaction_hash": "transactionHash",
    "outcome_index": "outcomeIndex",
}  # fmt: skip


def act(who: str, number: int, at: datetime, kind: str = "TRADE") -> dict[str, Any]:
    """One act as v2 spells it."""
    trade = kind == "TRADE"
    return {
        "proxy_wallet": who,
        "timestamp": int(at.timestamp()),
        "condition_id": condition(number % 5 + 1),
        "type": kind,
        "size": 1 + number / 4,
        "usdc_size": 0.5,
        "transaction_hash": f"0x{number:064x}",
        "price": 0.25 if trade else 0,
        "token_id": str(10**70 + number % 5) if trade else "",
        "side": "BUY" if trade else "",
        "outcome_index": 0 if trade else 999,
        "title": "A market",
        "slug": "a-market",
        "event_slug": "",
        "outcome": "Yes" if trade else "",
        "name": "",
    }


@dataclass
class Acts:
    """GET /data/v2/activity and /data/activity over some acts."""

    acts: list[dict[str, Any]]
    page: int = 1000
    generation: int = 0
    served: list[int] = field(default_factory=list)

    def _selected(self, asked: Asked) -> list[dict[str, Any]]:
        low, high = int(asked.query["start"]), int(asked.query["end"])
        mine = [
            a for a in self.acts
            if a["proxy_wallet"] == asked.query["user"] and low <= a["timestamp"] <= high
        ]  # fmt: skip
        return sorted(mine, key=lambda a: (a["timestamp"], a["transaction_hash"]), reverse=True)

    def __call__(self, asked: Asked) -> Any:
        """A page of v2; the cursor is an offset."""
        generation, _, at = asked.query.get("cursor", f"{self.generation}/0").partition("/")
        if generation != str(self.generation):
            return 400, {"error": "invalid cursor", "code": "invalid_request"}, {}
        rows = self._selected(asked)
        start = int(at)
        more = start + self.page < len(rows)
        self.served.append(len(rows[start : start + self.page]))
        return page_of(
            rows[start : start + self.page], f"{generation}/{start + self.page}" if more else None
        )

    def v1(self, asked: Asked) -> Any:
        """A page of v1."""
        offset = int(asked.query.get("offset", "0"))
        rows = self._selected(asked)[offset : offset + 10]
        return [{V1.get(name, name): value for name, value in row.items()} for row in rows]


def hourly(who: str, count: int, *, first: int = 0, until: datetime = NOON) -> list[dict[str, Any]]:
    kinds = ("TRADE", "SPLIT", "TRADE", "REDEEM", "MERGE", "REWARD")
    return [
        act(who, first + n, until - n * timedelta(hours=1), kinds[n % len(kinds)])
        for n in range(count)
    ]


@pytest.fixture
def tracked(home: StandingPlatform) -> Callable[..., dict[str, Any]]:
    """Settings that track some wallets by name."""

    def changed(*numbers: int, **more: Any) -> dict[str, Any]:
        return {"track_wallets": ",".join(wallet(n) for n in numbers), **more}

    return changed


def held(home: StandingPlatform, who: str | None = None) -> set[int]:
    rows = home.lake.rows(
        "select distinct transaction_hash from raw.data_activity"
        " where wallet = coalesce(?, wallet)",
        [who],
    )
    return {int(number, 16) for (number,) in rows}


def asked_wallets(venue: Venue) -> list[str]:
    return sorted({a.query["user"] for a in venue.asked if "user" in a.query})


def board(home: StandingPlatform, *ranks: tuple[str, int, int], at: datetime = NOON) -> None:
    """Ranks of polled boards: (period, rank, wallet)."""

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        for period, rank, number in ranks:
            connection.execute(
                "insert into raw.data_leaderboard by name select 'p' as page_id, ? as position,"
                " 'overall' as category, ? as time_period, 'PNL' as sort_by, ? as rank,"
                " ? as wallet, ? as received_at, cast(? as date) as dt",
                [number, period, rank, wallet(number), at, at],
            )

    home.lake.transaction(work)


def test_tracked_are_the_best_of_the_newest_boards_the_named_and_the_copied(
    home: StandingPlatform, venue: Venue
) -> None:
    venue.answers[POSITIONS] = lambda asked: page_of([], None)
    board(home, ("day", 1, 1), at=NOON - timedelta(hours=1))
    board(home, ("day", 1, 2), ("day", 3, 3), ("week", 2, 4))
    board(home, ("month", 1, 9), at=NOON - timedelta(days=8))
    changed = {"track_top": 2, "track_wallets": f" {wallet(7).upper().replace('X', 'x')},,"}
    home.run("data_positions", TODAY, changed=changed)
    assert asked_wallets(venue) == [wallet(n) for n in (2, 4, 7)]

    def signals(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(
            "create table signals.signals as select 'copy_trading' as strategy,"
            " leader_wallet, expires_at from (values"
            f" ('{wallet(5)}', timestamptz '2026-11-20 12:30:00+00'),"
            f" ('{wallet(6)}', timestamptz '2026-11-20 11:30:00+00'),"
            " (null, timestamptz '2026-11-20 12:30:00+00')) as s(leader_wallet, expires_at)"
        )

    home.lake.transaction(signals)
    try:
        venue.asked.clear()
        home.run("data_positions", TODAY, changed=changed)
        assert asked_wallets(venue) == [wallet(5)], "the others are fresh"
    finally:
        home.lake.transaction(lambda c: c.execute("drop table signals.signals"))
    failed = home.failed("data_positions", TODAY, changed={"track_wallets": "gull"})
    assert "PM_TRACK_WALLETS" in str(failed.error_message)
    nobody = home.run("data_activity", TODAY, changed={"track_top": 0})
    assert notes_of(nobody) == ["no wallet is tracked: collect data_leaderboard first"]


def test_activity_asks_once_a_wallet_and_then_only_for_what_is_new(
    home: StandingPlatform, venue: Venue, tracked: Callable[..., dict[str, Any]]
) -> None:
    acts = venue.answers[ACTIVITY] = Acts(hourly(wallet(1), 40) + hourly(wallet(2), 3, first=100))
    changed = tracked(1, 2)
    run = home.run("data_activity", TODAY, changed=changed)
    assert (run.requests, venue.count()) == (2, 2), "one request a wallet is the least"
    assert held(home) == {*range(13), 100, 101, 102}, "the day, not what was before it"
    assert run.data_until is not None
    assert run.data_until > NOON, "the end of the window: quiet wallets are not late"
    assert home.lake.rows(
        "select type, count(*), count(token_id), count(side) from raw.data_activity"
        " where wallet = ? group by 1 order by 1",
        [wallet(1)],
    ) == [("MERGE", 2, 0, 0), ("REDEEM", 2, 0, 0), ("REWARD", 2, 0, 0), ("SPLIT", 2, 0, 0),
          ("TRADE", 5, 5, 5)]  # fmt: skip
    venue.asked.clear()
    home.clock.passes(hours=1)
    acts.acts.append(act(wallet(1), 200, NOON + timedelta(minutes=30)))
    again = home.run("data_activity", TODAY, changed=changed)
    assert (again.requests, again.rows) == (2, 3), "the new one, and the overlap at the top"
    assert {int(a.query["start"]) for a in venue.asked} == {int(NOON.timestamp()) - 600}
    venue.asked.clear()
    home.run("data_activity", day("2026-11-19", "2026-11-20"), changed=changed)
    assert {a.query["end"] for a in venue.asked} == {
        str(int(datetime(2026, 11, 20, tzinfo=NOON.tzinfo).timestamp())),
        str(int(home.clock.stands_at.timestamp())),
    }
    assert held(home, wallet(1)) == {*range(37), 200}
    assert audit(home.lake, "data_activity", TODAY).problems == []
    venue.asked.clear()
    assert home.run("data_activity", YESTERDAY, changed=changed).requests == 0


def test_activity_that_was_cut_off_goes_on_with_its_own_window_and_cursor(
    home: StandingPlatform, venue: Venue, tracked: Callable[..., dict[str, Any]]
) -> None:
    acts = Acts(hourly(wallet(1), 40), page=5)
    changed = tracked(1)
    whole = day("2026-11-19", "2026-11-20")
    venue.answers[ACTIVITY] = lambda asked: acts(asked) if venue.count() <= 3 else REFUSED
    failed = home.failed("data_activity", whole, changed=changed)
    assert (failed.error_class, failed.pages) == ("RequestRefusedError", 3)
    first = venue.asked[2].query
    venue.answers[ACTIVITY] = acts
    venue.asked.clear()
    home.clock.passes(hours=2)
    home.run("data_activity", whole, changed=changed)
    resumed = venue.asked[0].query
    assert (resumed["start"], resumed["end"]) == (first["start"], first["end"])
    assert resumed["cursor"] == "0/15"
    assert held(home) == set(range(37))
    twice = home.one("select count(*) - count(distinct transaction_hash) from raw.data_activity")
    assert twice <= 1, "the overlap at the top"
    acts.generation += 1


def test_a_forgotten_cursor_of_activity_starts_its_window_anew(
    home: StandingPlatform, venue: Venue, tracked: Callable[..., dict[str, Any]]
) -> None:
    acts = Acts(hourly(wallet(1), 40), page=5)
    venue.answers[ACTIVITY] = lambda asked: acts(asked) if venue.count() <= 2 else REFUSED
    home.failed("data_activity", TODAY, changed=tracked(1))
    acts.generation += 1
    venue.answers[ACTIVITY] = acts
    run = home.run("data_activity", TODAY, changed=tracked(1))
    assert "the venue forgot our cursor, walked anew" in notes_of(run)[0]
    assert held(home) == set(range(13))


def test_activity_goes_on_over_v1_while_v2_is_away(
    home: StandingPlatform, venue: Venue, tracked: Callable[..., dict[str, Any]]
) -> None:
    acts = Acts(hourly(wallet(1), 40), page=5)
    whole = day("2026-11-19", "2026-11-20")
    venue.answers[ACTIVITY] = lambda asked: acts(asked) if venue.count(ACTIVITY) <= 2 else GONE
    venue.answers[V1_ACTIVITY] = acts.v1
    run = home.run("data_activity", whole, changed=tracked(1))
    assert [note.split(":")[0] for note in notes_of(run)] == ["v2 is away, v1 is asked instead"]
    assert held(home) == set(range(37))
    assert run.rows <= 37 + 1, "from the second v2 had reached"
    assert audit(home.lake, "data_activity", TODAY).problems == []
    venue.asked.clear()
    venue.answers[ACTIVITY] = acts
    home.run("data_activity", whole, changed=tracked(1))
    assert (venue.count(V1_ACTIVITY), venue.count(ACTIVITY)) == (0, 1), "only the top is new"


def test_one_wallet_whose_pages_are_broken_does_not_stop_the_others(
    home: StandingPlatform, venue: Venue, tracked: Callable[..., dict[str, Any]]
) -> None:
    acts = Acts([a for n in range(1, 9) for a in hourly(wallet(n), 2, first=10 * n)])
    bad = wallet(2)
    venue.answers[ACTIVITY] = lambda asked: [] if asked.query["user"] == bad else acts(asked)
    failed = home.failed("data_activity", TODAY, changed=tracked(*range(1, 9)))
    assert failed.error_class == "MalformedPageError"
    assert notes_of(failed) == ["1 of 8 walks failed; the others are held"]
    assert held(home) == {10 * n + m for n in range(1, 9) if n != 2 for m in (0, 1)}


def position(who: str, number: int, value: float = 1.0) -> dict[str, Any]:
    return {
        "proxy_wallet": who,
        "token_id": str(10**70 + number),
        "condition_id": condition(number),
        "current_size": number,
        "current_value": value,
        "status": "OPEN",
    }


@dataclass
class Held:
    """GET /data/v2/positions: some positions a page, the cursor an offset."""

    rows: dict[str, list[dict[str, Any]]]
    page: int = 2

    def __call__(self, asked: Asked) -> Any:
        """One page."""
        rows, start = self.rows.get(asked.query["user"], []), int(asked.query.get("cursor", "0"))
        more = start + self.page < len(rows)
        return page_of(rows[start : start + self.page], str(start + self.page) if more else None)


def test_positions_are_taken_once_in_some_minutes_and_not_of_a_past_day(
    home: StandingPlatform, venue: Venue, tracked: Callable[..., dict[str, Any]]
) -> None:
    there = Held({wallet(1): [position(wallet(1), n) for n in range(1, 6)]})
    venue.answers[POSITIONS] = there
    changed = tracked(1, 2)
    run = home.run("data_positions", TODAY, changed=changed)
    assert (run.requests, run.accepted) == (3 + 1, 5), "a page for each wallet is the least"
    assert home.run("data_positions", TODAY, changed=changed).requests == 0
    home.clock.passes(minutes=6)
    assert home.run("data_positions", TODAY, changed=changed).accepted == 5, "a new snapshot"
    assert audit(home.lake, "data_positions", TODAY).problems == []
    past = home.run("data_positions", YESTERDAY, changed=changed)
    assert past.requests == 0
    assert notes_of(past) == ["2026-11-19: not available for the past, positions exist only now"]


def test_a_snapshot_that_was_cut_off_takes_the_rest_if_it_is_young(
    home: StandingPlatform, venue: Venue, tracked: Callable[..., dict[str, Any]]
) -> None:
    there = Held({wallet(n): [position(wallet(n), m) for m in range(1, 6)] for n in range(1, 4)})
    changed = tracked(1, 2, 3, http_connections=1)
    venue.answers[POSITIONS] = lambda asked: there(asked) if venue.count() <= 5 else REFUSED
    home.failed("data_positions", TODAY, changed=changed)
    venue.answers[POSITIONS] = there
    venue.asked.clear()
    home.run("data_positions", TODAY, changed=changed)
    assert [(a.query["user"], a.query.get("cursor")) for a in venue.asked] == [
        (wallet(2), "4"), (wallet(3), None), (wallet(3), "2"), (wallet(3), "4"),
    ]  # fmt: skip
    assert home.one("select count(*) from raw.data_positions") == 15


def test_holders_are_of_the_markets_with_most_money_of_tracked_wallets(
    home: StandingPlatform, venue: Venue, tracked: Callable[..., dict[str, Any]]
) -> None:
    mine = [position(wallet(1), n, value=100.0 - n) for n in range(1, 31)]
    combo = position(wallet(1), 99, value=900) | {"condition_id": "0x" + "a" * 62}
    venue.answers[POSITIONS] = Held({wallet(1): [*mine, combo]}, page=100)
    changed = tracked(1, track_markets=26)
    nothing = home.run("data_holders", TODAY, changed=changed)
    assert notes_of(nothing) == ["no market to ask about: collect data_positions first"]
    home.run("data_positions", TODAY, changed=changed)

    def holders(asked: Asked) -> Any:
        groups = [
            {
                "token_id": str(10**70 + int(c, 16)),
                "holders": [
                    {
                        "proxy_wallet": wallet(n),
                        "token_id": str(10**70 + int(c, 16)),
                        "amount": 9 - n,
                    }
                    for n in (1, 2)
                ],
            }
            for c in asked.many("condition")
        ]
        return page_of(groups, "more")

    venue.answers[HOLDERS] = holders
    venue.asked.clear()
    run = home.run("data_holders", TODAY, changed=changed)
    assert run.requests == venue.count() == 2, "one request for 20 markets is the least"
    asked = [c for a in venue.asked for c in a.many("condition")]
    assert sorted(asked) == [condition(n) for n in range(1, 27)], "no combo among them"
    assert run.accepted == 52
    assert {a.query["limit"] for a in venue.asked} == {"20"}
    assert audit(home.lake, "data_holders", TODAY).problems == []
    assert home.run("data_holders", TODAY, changed=changed).requests == 0, "they are fresh"
    past = home.run("data_holders", day("2026-11-19"), changed=changed)
    assert notes_of(past) == ["2026-11-19: not available for the past, holders exist only now"]


def test_the_day_of_an_act_is_its_own(
    home: StandingPlatform, venue: Venue, tracked: Callable[..., dict[str, Any]]
) -> None:
    venue.answers[ACTIVITY] = Acts(hourly(wallet(1), 40))
    home.run("data_activity", day("2026-11-19", "2026-11-20"), changed=tracked(1))
    days = dict(home.lake.rows("select dt, count(*) from raw.data_activity group by 1"))
    assert days == {date(2026, 11, 20): 13, date(2026, 11, 19): 24}
