"""`polymarket status` on real stores, filled by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from polymarket_assets.executor.kill import kill, unkill
from polymarket_assets.serving.health import NOTHING_YET, Overall
from polymarket_assets.serving.status import status
from polymarket_assets.serving.status_facts import SOURCES, Disk, read_disk
from polymarket_assets.serving.status_record import Status, judge
from polymarket_assets.settings import load_settings
from polymarket_assets.sources.registry import SOURCES as REGISTERED
from polymarket_assets.store.home import remember
from tests.serving.homes import NOON, House, ago, build, failure, run

ROOMY = Disk("/", 90, 100)


def source(found: Status, name: str) -> dict[str, Any]:
    """One source of the status' JSON."""
    return next(s for s in found.as_json()["sources"] if s["source"] == name)


def test_every_registered_source_has_a_line() -> None:
    assert set(SOURCES) == set(REGISTERED)


def test_a_home_that_was_never_used_is_down_and_stays_unmade(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path / "home", _env_file=None)
    found = status(settings, now=lambda: NOON)
    assert (found.overall, found.exit_code) == (Overall.DOWN, 2)
    assert found.reasons[0] == NOTHING_YET
    assert not settings.home.exists()
    assert found.as_json()["sources"] == []


def test_an_empty_home_is_down_with_every_source_listed_as_never(house: House) -> None:
    found = house.status()
    assert found.overall is Overall.DOWN
    assert found.reasons[0] == NOTHING_YET
    assert len(found.reasons) <= 2  # perhaps the machine's disk is nearly full
    assert [s["source"] for s in found.as_json()["sources"]] == [*SOURCES, "warehouse"]
    assert {s["freshness"] for s in found.as_json()["sources"]} == {"NEVER"}


def test_fresh_sources_and_a_published_build_are_ok(house: House) -> None:
    house.all_well()
    facts = house.status().facts
    assert facts is not None
    found = judge(house.settings, facts, ROOMY, NOON)
    assert (found.overall, found.exit_code, found.reasons) == (Overall.OK, 0, ())


@pytest.mark.parametrize(
    ("age", "freshness", "overall"),
    [
        (timedelta(minutes=19, seconds=59), "FRESH", Overall.OK),
        (timedelta(minutes=20), "STALE", Overall.DEGRADED),
        (timedelta(minutes=59, seconds=59), "STALE", Overall.DEGRADED),
        (timedelta(minutes=60), "VERY STALE", Overall.DEGRADED),
    ],
)
def test_one_old_source_degrades_the_whole(
    house: House, age: timedelta, freshness: str, overall: Overall
) -> None:
    house.all_well(data_trades=age.total_seconds() / 60)
    facts = house.status().facts
    assert facts is not None
    found = judge(house.settings, facts, ROOMY, NOON)
    assert source(found, "data_trades")["freshness"] == freshness
    assert source(found, "data_trades")["age_s"] == age.total_seconds()
    assert found.overall is overall


def test_an_hour_after_the_last_success_everything_is_down(house: House) -> None:
    house.all_well()
    last = NOON - timedelta(minutes=1)
    assert house.status(last + timedelta(minutes=59, seconds=59)).overall is Overall.DEGRADED
    found = house.status(last + timedelta(minutes=60))
    assert (found.overall, found.exit_code) == (Overall.DOWN, 2)
    assert "no source succeeded within the last hour" in found.reasons[0]


def test_a_failed_source_is_named_with_its_cause_and_the_next_action(house: House) -> None:
    house.all_well()
    house.ran(failure("clob_books", ago(seconds=5)))
    found = house.status()
    assert found.exit_code == 1
    cause = "VenueUnavailableError: status 503; next: wait and run it again"
    assert f"clob_books failed last time: {cause}" in found.reasons
    error = found.as_json()["errors"][0]
    assert (error["source"], error["recovered"], error["age_s"]) == ("clob_books", False, 5)
    assert source(found, "clob_books")["freshness"] == "FRESH"


def test_an_error_that_was_overcome_stays_listed_and_degrades_nothing(house: House) -> None:
    house.ran(failure("clob_books", ago(minutes=10)))
    house.all_well()
    found = house.status()
    assert not [reason for reason in found.reasons if "clob_books" in reason]
    assert found.as_json()["errors"][0]["recovered"] is True


def test_only_the_last_five_errors_are_shown_newest_first(house: House) -> None:
    house.ran(*(failure("clob_books", ago(minutes=m)) for m in (7, 3, 5, 4, 6, 2)))
    ages = [error["age_s"] // 60 for error in house.status().as_json()["errors"]]
    assert ages == [2, 3, 4, 5, 6]


def test_a_day_of_fetches_is_counted_without_builds_and_older_runs(house: House) -> None:
    house.ran(
        run("data_trades", ago(hours=24)),
        run("data_trades", ago(hours=23, minutes=59)),
        run("gamma_markets", ago(hours=1)),
        failure("gamma_markets", ago(minutes=30)),
        build(ago(minutes=1)),
    )
    found = house.status().as_json()
    assert found["fetches_24h"] == {
        "total": 3,
        "ok": 2,
        "failed": 1,
        "success_rate": 0.6667,
        "requests": 30,
        "retries": 6,
        "rate_limited": 3,
    }
    assert found["rows_added_24h"] == 120
    assert source(house.status(), "data_trades")["fetches"] == 1


def test_a_live_run_that_found_nothing_makes_a_source_fresh(house: House) -> None:
    house.ran(run("data_trades", ago(hours=2)), run("data_trades", ago(minutes=3), data_until=None))
    assert source(house.status(), "data_trades")["freshness"] == "FRESH"


def test_a_run_for_the_past_that_found_nothing_does_not(house: House) -> None:
    past = run("data_trades", ago(minutes=3), data_until=None, window_to=ago(days=30))
    house.ran(run("data_trades", ago(hours=2)), past)
    assert source(house.status(), "data_trades")["freshness"] == "VERY STALE"


def test_what_is_not_available_for_the_past_counts_by_its_last_success(house: House) -> None:
    house.ran(run("clob_books", ago(minutes=3), data_until=None, window_to=ago(days=30)))
    assert source(house.status(), "clob_books")["freshness"] == "FRESH"


def test_a_failed_build_is_named_and_the_published_version_stays(house: House) -> None:
    house.all_well()
    held = house.lake.published()
    house.ran(
        build(
            NOON,
            outcome="failed",
            error_class="BuildFailed",
            error_message="model.polymarket.fct_trades: no column x",
            next_action="mend it",
        )
    )
    found = house.status()
    assert held is not None
    assert found.as_json()["published"]["version"] == held.version
    assert found.as_json()["head_version"] > held.version
    assert any(
        "model.polymarket.fct_trades: no column x; next: mend it" in r for r in found.reasons
    )


def test_a_build_that_published_nothing_degrades(house: House) -> None:
    house.ran(*(run(name, ago(minutes=1)) for name in SOURCES), build(ago(minutes=1)))
    found = house.status()
    assert found.as_json()["published"] is None
    assert any("no version is published" in reason for reason in found.reasons)


def test_markets_are_counted_from_their_latest_versions_before_the_first_build(
    house: House,
) -> None:
    house.market_versions(
        [
            ("1", False, '["0.4", "0.6"]'),
            ("1", True, '["0", "1"]'),
            ("2", False, '["1", "0"]'),
            ("3", True, '["0.5", "0.5"]'),
            ("4", True, '["0", "0"]'),
            ("5", True, '["0.9999985", "0.0000015"]'),
            ("6", True, None),
            ("7", True, "not a list"),
        ]
    )
    assert house.status().as_json()["markets"] == {
        "total": 7,
        "active": 1,
        "resolved": 3,
        "read_from": "raw.gamma_markets",
    }


def test_markets_are_counted_from_the_published_core_tables_once_there_are_any(
    house: House,
) -> None:
    house.build_core()
    version = house.publish().version
    house.execute("INSERT INTO core.dim_market VALUES ('0x9', false, 'listed')")
    assert house.status().as_json()["markets"] == {
        "total": 2,
        "active": 1,
        "resolved": 1,
        "read_from": f"core at version {version}",
    }


def test_a_version_published_without_core_tables_counts_raw_markets(house: House) -> None:
    house.publish()
    assert house.status().as_json()["markets"]["read_from"] == "raw.gamma_markets"


def test_a_walk_without_an_end_is_running_or_cut_off_by_the_age_of_its_last_page(
    house: House,
) -> None:
    house.walked("gamma_events", "open", ago(hours=2), complete=False)
    house.walked("gamma_events", "open", ago(hours=1), complete=True)
    house.walked("gamma_markets", "open", ago(minutes=9), complete=False)
    house.walked("data_trades", "feed:all", ago(minutes=5), complete=False)
    house.walked("data_trades", "feed:taker", ago(seconds=30), complete=False)
    assert house.status().as_json()["unfinished"] == [
        {
            "source": "data_trades",
            "walks": 2,
            "last_page_at": "2026-11-20T11:59:30Z",
            "running": True,
            "age_s": 30,
        },
        {
            "source": "gamma_markets",
            "walks": 1,
            "last_page_at": "2026-11-20T11:51:00Z",
            "running": False,
            "age_s": 540,
        },
    ]


@pytest.fixture
def killed(house: House) -> Iterator[House]:
    """The home with its kill switch on."""
    house.all_well()
    kill(house.engine, reason="odd fills", actor="test", now=ago(minutes=5))
    yield house
    unkill(house.engine, reason="seen", actor="test", now=NOON)


def test_the_kill_switch_degrades_and_says_why(killed: House) -> None:
    found = killed.status()
    assert found.exit_code == 1
    assert found.kill_switch.state == "on"
    assert "the kill switch is on (odd fills): `polymarket unkill` when resolved" in found.reasons


def test_a_kill_switch_that_cannot_be_read_is_down(house: House) -> None:
    house.all_well()
    with house.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE kill_switch RENAME TO elsewhere"))
    try:
        found = house.status()
    finally:
        with house.engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO kill_switch"))
    assert (found.overall, found.exit_code) == (Overall.DOWN, 2)
    assert found.kill_switch.state == "unreadable"
    assert "the kill switch cannot be read" in found.reasons[0]


def test_unreachable_stores_are_down_and_their_password_is_not_told(tmp_path: Path) -> None:
    # The host is the password, too: also where an error repeats it innocently it must not appear.
    url = SecretStr("postgresql://me:localhost@localhost:1/postgres")
    settings = load_settings(home=tmp_path, postgres_url=url, _env_file=None)
    found = status(settings, now=lambda: NOON)
    assert (found.overall, found.exit_code) == (Overall.DOWN, 2)
    assert "the stores cannot be read" in found.reasons[0]
    assert "polymarket doctor" in found.reasons[0]
    assert "localhost" not in json.dumps(found.as_json())
    assert found.as_json()["fetches_24h"] is None


@pytest.mark.parametrize(("free", "overall"), [(10, Overall.OK), (9, Overall.DEGRADED)])
def test_less_than_a_tenth_of_free_disk_degrades(house: House, free: int, overall: Overall) -> None:
    house.all_well()
    facts = house.status().facts
    assert facts is not None
    found = judge(house.settings, facts, Disk("/data", free, 100), NOON)
    assert found.overall is overall
    assert any("of the disk of /data is free" in r for r in found.reasons) == (free == 9)


def test_the_fuller_one_of_two_disks_counts(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    settings = load_settings(
        home=tmp_path / "no" / "home", lake_data=str(tmp_path / "lake"), _env_file=None
    )
    free = {tmp_path: 50, tmp_path / "lake": 5}
    disk = read_disk(settings, lambda folder: (100, 100 - free[folder], free[folder]))
    assert (disk.free_bytes, disk.free_share) == (5, 0.05)


def test_a_lake_in_object_storage_has_no_disk(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path, lake_data="s3://bucket/lake", _env_file=None)
    assert read_disk(settings, lambda folder: (100, 50, 50)).folder == str(tmp_path)


def test_a_home_is_read_with_its_own_clock_whatever_the_settings_say(house: House) -> None:
    start = datetime(2022, 11, 20, tzinfo=UTC)
    now = datetime.now(UTC).isoformat()
    remember(house.settings, "clock", {"asked": start.isoformat(), "real_start": now})
    other = house.settings.model_copy(update={"now": NOON, "data_url": "http://x"})
    try:
        for settings in (house.settings, other):
            assert start <= status(settings).checked_at < start + timedelta(minutes=5)
    finally:
        with house.engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM home_facts"))
    later = NOON + timedelta(days=900)
    ahead = house.settings.model_copy(update={"now": later})
    assert later <= status(ahead).checked_at < later + timedelta(minutes=5)


def test_the_json_has_the_documented_keys(house: House) -> None:
    house.all_well()
    house.ran(failure("clob_books", ago(minutes=2)))
    house.walked("data_trades", "feed:all", ago(minutes=5), complete=False)
    found = json.loads(json.dumps(house.status().as_json()))
    assert set(found) == {
        "overall", "exit_code", "reasons", "checked_at", "home", "mode", "sources", "fetches_24h",
        "rows_added_24h", "markets", "errors", "unfinished", "published", "head_version",
        "kill_switch", "disk", "warnings", "drift",
    }  # fmt: skip
    assert set(found["sources"][0]) == {
        "source", "freshness", "age_s", "current_until", "last_success_at", "last_success_age_s",
        "last_attempt_at", "last_outcome", "last_error", "next_action", "data_until", "fetches",
        "ok", "failed", "rows_added",
    }  # fmt: skip
    assert set(found["published"]) == {"version", "published_at", "models", "tests", "age_s"}
    assert set(found["disk"]) == {"folder", "free_bytes", "total_bytes", "free_share"}
    assert set(found["kill_switch"]) == {"state", "reason", "actor", "since"}
    assert set(found["errors"][0]) == {
        "source", "at", "age_s", "error", "next_action", "recovered",
    }  # fmt: skip
    assert found["checked_at"] == "2026-11-20T12:00:00Z"


def test_quarantined_records_and_new_fields_are_warned_of_and_change_nothing_else(
    house: House,
) -> None:
    house.all_well(data_trades=5)
    notes = {"notes": [], "unknown_fields": ["moon_phase"]}
    house.ran(run("gamma_markets", ago(minutes=1), notes=json.dumps(notes)))
    house.ran(run("gamma_events", ago(hours=30), notes=json.dumps(notes)))
    house.write(
        "INSERT INTO raw.quarantine VALUES (?, 'data_trades', ?, ?, 'x', ?, ?)",
        ["page", 0, "price: above 1; got 69", ago(hours=1), ago(hours=1).date()],
        ["page", 1, "price: above 1; got 52", ago(hours=1), ago(hours=1).date()],
        ["old", 0, "side: missing; got nothing", ago(hours=40), ago(hours=40).date()],
        ["read", 0, "side: missing; got nothing", ago(hours=1), ago(hours=1).date()],
    )
    house.write(
        "INSERT INTO raw.reparsed VALUES"
        " (?, 'data_trades', 0, 'quarantined', 'accepted', 'data_trades/v2', ?, ?)",
        ["read", ago(minutes=1), ago(hours=1).date()],
    )
    found = house.status()
    assert (found.overall, found.exit_code, found.reasons) == ("OK", 0, ())
    assert [one["source"] for one in found.as_json()["drift"]] == ["data_trades", "gamma_markets"]
    quarantined, unknown = found.warnings
    assert quarantined.startswith(
        "data_trades: 3 quarantined, 2 of them within 24 h: price: above 1 (2); side: missing (1). "
    )
    assert "`polymarket lake reparse data_trades`" in quarantined
    assert unknown.startswith("gamma_markets: new fields are kept and not read: moon_phase. Next: ")
