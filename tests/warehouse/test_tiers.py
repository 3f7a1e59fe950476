"""Tiers of markets: crossed on time, by what was known then, until a reason ends them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from polymarket_assets.domain.tiers import hours_between, parse_boundaries, tier_of
from tests.warehouse.world import NOW, Market, World, at

PLAIN, REVISED, RESOLVED, CLOSED, STOPPED, PAUSED = (
    Market(f"tiers-{name}")
    for name in ("plain", "revised", "resolved", "closed", "stopped", "paused")
)
QUIET, UNCOVERED, DELISTED, HICCUP, ENDLESS, LATE, UNENDED = (
    Market(f"tiers-{name}")
    for name in ("quiet", "uncovered", "delisted", "hiccup", "endless", "late", "unended")
)
D18, D19, D25 = "2026-11-18", "2026-11-19", "2026-11-25"
SEEN = at("08:00", D18)
END = "2026-11-20T10:00:00Z"
JUNE = at("00:00", "2026-06-01")
FAR = "2027-06-01T00:00:00Z"
YES, NO = json.dumps(["1", "0"]), json.dumps(["0", "1"])


def tell(world: World) -> None:
    """A market for every way through the tiers."""
    for market in (PLAIN, REVISED, RESOLVED, CLOSED, STOPPED, PAUSED):
        world.market(market, seen=SEEN, endDate=END)
    world.market(REVISED, seen=at("12:00", D19), endDate="2026-11-25T00:00:00Z")
    world.market(REVISED, seen=at("13:00", D19), endDate="2026-11-25T00:00:00Z", volume24hr=7)
    world.market(
        RESOLVED, seen=at("07:15"), endDate=END, closed=True, outcomePrices=YES,
        umaResolutionStatus="resolved",
    )  # fmt: skip
    for minute, (status, prices) in enumerate((("proposed", NO), ("resolved", YES))):
        world.market(
            CLOSED, seen=at(f"07:{15 + minute}"), endDate=END, closed=True, outcomePrices=prices,
            umaResolutionStatus=status,
        )  # fmt: skip
    world.market(STOPPED, seen=at("09:30"), endDate=END, acceptingOrders=False)
    world.market(PAUSED, seen=at("09:30"), endDate=END, acceptingOrders=False)
    world.market(PAUSED, seen=at("09:50"), endDate=END)

    world.run(
        "data_trades", covered=(JUNE, JUNE + timedelta(days=40)), started=JUNE + timedelta(days=41)
    )
    world.market(QUIET, seen=JUNE, endDate=FAR)
    world.fill(QUIET, JUNE + timedelta(days=3), "BUY", "10", "0.5", who="tiers")
    world.fill(QUIET, JUNE + timedelta(days=20), "BUY", "10", "0.5", who="tiers")
    world.fill(QUIET, JUNE + timedelta(days=30), "BUY", "10", "0.5", who="tiers")
    world.market(UNCOVERED, seen=JUNE + timedelta(days=27), endDate=FAR)

    for market in (DELISTED, HICCUP):
        world.market(market, seen=at("06:00"), endDate=FAR)
    world.missed(DELISTED, HICCUP, when=at("06:15"))
    world.missed(DELISTED, when=at("06:30"))
    world.missed(DELISTED, when=at("06:45"))
    world.market(DELISTED, seen=at("07:00"), endDate=FAR, volume24hr=8)

    world.market(ENDLESS, seen=SEEN, endDate=None)
    world.market(LATE, seen=SEEN, endDate=END, closed=True, outcomePrices=YES)
    world.market(UNENDED, seen=SEEN, endDate=FAR)
    world.market(UNENDED, seen=at("09:00", D18), endDate=None)


def _transitions(warehouse, market: Market):
    rows = warehouse.rows(
        "select * from core.tier_transitions where condition_id = ? order by transition_at",
        [market.condition],
    )
    return [(r["from_tier"], r["to_tier"], r["transition_at"], r["reason"]) for r in rows]


def test_a_market_passes_its_tiers_at_the_boundaries_and_stays_in_the_last(warehouse):
    assert _transitions(warehouse, PLAIN) == [
        (None, "T0", SEEN, "listed"),
        ("T0", "T1", at("10:00", D18), "time"),
        ("T1", "T2", at("22:00", D19), "time"),
        ("T2", "T3", at("06:00"), "time"),
        ("T3", "T4", at("09:00"), "time"),
    ]
    hours = warehouse.rows(
        "select hours_to_close from core.tier_transitions where condition_id = ?"
        " order by transition_at",
        [PLAIN.condition],
    )
    assert [row["hours_to_close"] for row in hours] == [50, 48, 12, 4, 1]


def test_the_current_tier_is_told_as_of_now_and_former_ones_as_of_their_start(warehouse):
    rows = warehouse.rows(
        "select * from core.market_tiers where condition_id = ? order by since_at",
        [PLAIN.condition],
    )
    assert [row["is_current"] for row in rows] == [False] * 4 + [True]
    current = rows[-1]
    assert (current["tier"], current["since_at"], current["until_at"]) == ("T4", at("09:00"), None)
    assert (current["as_of"], current["hours_to_close"]) == (NOW, -2)
    assert [row["until_at"] for row in rows[:-1]] == [row["since_at"] for row in rows[1:]]
    assert [row["hours_to_close"] for row in rows[:-1]] == [50, 48, 12, 4]


def test_an_end_that_is_revised_later_leaves_what_was_true_then(warehouse):
    assert _transitions(warehouse, REVISED) == [
        (None, "T0", SEEN, "listed"),
        ("T0", "T1", at("10:00", D18), "time"),
        ("T1", "T0", at("12:00", D19), "end_changed"),
    ]
    current = warehouse.row(
        "select * from core.market_tiers where condition_id = ? and is_current",
        [REVISED.condition],
    )
    assert (current["end_at"], current["hours_to_close"]) == (at("00:00", D25), 108)


def test_a_result_ends_it_when_it_reaches_us(warehouse):
    assert _transitions(warehouse, RESOLVED)[-2:] == [
        ("T2", "T3", at("06:00"), "time"),
        ("T3", None, at("07:15"), "resolved"),
    ]


def test_a_close_without_a_final_result_is_an_expiry_and_ends_it_once(warehouse):
    assert _transitions(warehouse, CLOSED)[-1] == ("T3", None, at("07:15"), "expired")


def test_a_market_that_takes_no_orders_expires_at_its_end_and_not_while_it_pauses(warehouse):
    assert _transitions(warehouse, STOPPED)[-2:] == [
        ("T3", "T4", at("09:00"), "time"),
        ("T4", None, at("10:00"), "expired"),
    ]
    assert _transitions(warehouse, PAUSED)[-1] == ("T3", "T4", at("09:00"), "time")


def test_a_market_without_fills_is_dropped_and_taken_up_again_where_we_know_of_all_fills(warehouse):
    lag = timedelta(minutes=1)
    assert _transitions(warehouse, QUIET) == [
        (None, "T0", JUNE, "listed"),
        ("T0", None, JUNE + timedelta(days=17) + lag, "no_trades"),
        (None, "T0", JUNE + timedelta(days=20) + lag, "reactivated"),
    ], "after the third fill nobody collected for long enough"
    assert _transitions(warehouse, UNCOVERED) == [(None, "T0", JUNE + timedelta(days=27), "listed")]


def test_a_market_missed_twice_is_delisted_until_its_next_version(warehouse):
    assert _transitions(warehouse, DELISTED) == [
        (None, "T0", at("06:00"), "listed"),
        ("T0", None, at("06:30"), "delisted"),
        (None, "T0", at("07:00"), "reactivated"),
    ]
    assert _transitions(warehouse, HICCUP) == [(None, "T0", at("06:00"), "listed")]


def test_a_market_without_an_end_or_first_seen_closed_was_in_no_tier(warehouse):
    assert _transitions(warehouse, ENDLESS) == _transitions(warehouse, LATE) == []
    assert _transitions(warehouse, UNENDED) == [(None, "T0", SEEN, "listed")], (
        "an end that is no longer said is the one last said"
    )


def test_the_tier_as_of_any_moment_is_pythons_of_the_end_known_then(warehouse):
    boundaries = parse_boundaries("48,12,4,1")
    known = {PLAIN: [(SEEN, at("10:00"))], REVISED: [(SEEN, at("10:00"))]}
    known[REVISED].append((at("12:00", D19), at("00:00", D25)))
    for market, ends in known.items():
        stretches = warehouse.rows(
            "select * from core.market_tiers where condition_id = ?", [market.condition]
        )

        def expected(moment: datetime, ends: list[tuple[datetime, datetime]]) -> str:
            end = max(known_end for known_end in ends if known_end[0] <= moment)[1]
            return tier_of(hours_between(moment, end), boundaries)

        for minutes in range(0, 52 * 60, 15):
            moment = SEEN + timedelta(minutes=minutes)
            found = [
                row["tier"]
                for row in stretches
                if row["since_at"] <= moment
                and (row["until_at"] is None or moment < row["until_at"])
            ]
            assert found == [expected(moment, ends)]


def test_features_and_tiers_tell_the_same(warehouse):
    rows = warehouse.rows(
        """
        select f.tier, t.tier as as_of_tier
        from features.market_snapshots as f
        inner join core.market_tiers as t
            on f.condition_id = t.condition_id
                and f.as_of >= t.since_at and f.as_of < coalesce(t.until_at, 'infinity')
        where f.as_of_kind = 'live' and f.tier is not null
        """
    )
    assert len(rows) > 10
    assert all(row["tier"] == row["as_of_tier"] for row in rows)
