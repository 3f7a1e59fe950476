"""`polymarket sources`: run, list, test and plan, against a simulated venue over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from polymarket_assets.cli import app
from polymarket_assets.commands.source_listing import schedules
from polymarket_assets.definitions import defs
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.settings import load_settings
from polymarket_assets.simulator.options import SimulatorOptions
from polymarket_assets.simulator.process import SimulatorHandle, simulator
from polymarket_assets.sources.completeness import evaluate
from polymarket_assets.sources.registry import SOURCES
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.postgres import stop_postgres
from tests.conftest import foreign_settings
from tests.prepared import prepared

EVENING = datetime(2026, 11, 19, 21, tzinfo=UTC)
WORLD = SimulatorOptions(
    seed=3, start=date(2026, 11, 18), days=2, markets=60, fills=4_000, now=EVENING, speed=0
)
DAYS = ("--from", "2026-11-18", "--to", "2026-11-19")
YESTERDAY = ("--from", "2026-11-18", "--to", "2026-11-18")
"""A day that is over: the running one has always something new to ask for."""
TRADES = "/data/v2/trades"
FILLS = "select count(distinct (taker_only, transaction_hash, wallet)) from raw.data_trades"


@pytest.fixture(scope="module")
def venue() -> Iterator[SimulatorHandle]:
    with simulator(WORLD) as handle:
        yield handle


@pytest.fixture(scope="module")
def environment(
    venue: SimulatorHandle, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The variables of one home for all tests of this file."""
    with pytest.MonkeyPatch.context() as patch:
        for name in foreign_settings():
            patch.delenv(name)
        found = {
            **venue.settings_environment(),
            "PM_HOME": str(prepared(tmp_path_factory.mktemp("sources-cli"))),
            "PM_NOW": EVENING.isoformat(),
            "PM_HTTP_ATTEMPTS": "2",
            "PM_LEADERBOARD_CATEGORIES": "overall",
        }
        for name, value in found.items():
            patch.setenv(name, value)
        yield found
        stop_postgres(load_settings())


@pytest.fixture(autouse=True)
def inside(
    environment: dict[str, str], venue: SimulatorHandle, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    venue.reset_stats()
    yield
    venue.clear_faults()


def polymarket(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["sources", *arguments])


def facts(result: Result) -> Any:
    assert result.stdout, result.exception
    return json.loads(result.stdout)


def one(sql: str) -> Any:
    return Lake.open(load_settings()).rows(sql)[0][0]


def gaps(source: str, window: DayWindow) -> tuple[Any, ...]:
    return evaluate(Lake.open(load_settings()), source, window, EVENING, keep_pages_days=90).gaps


def test_a_limit_stops_after_exactly_so_many_pages_and_the_next_run_goes_on(
    venue: SimulatorHandle,
) -> None:
    run = polymarket("run", "trades", *DAYS, "--limit", "3", "--json")
    assert run.exit_code == 3
    [found] = facts(run)
    assert (found["outcome"], found["pages"], found["requests"]) == ("partial", 3, 3)
    assert found["next_action"] == "run the source again; it goes on where it stopped"
    again = polymarket("run", "trades", *DAYS, "--json")
    assert again.exit_code == 0
    asked = venue.stats()["paths"][TRADES]["requests"]
    whole = one(
        "select count(distinct (scope, page_number)) from raw.pages where source = 'data_trades'"
    )
    assert asked <= whole + 5, "once more only the top of each pass"
    held = polymarket("run", "trades", *YESTERDAY, "--json")
    assert [f["requests"] for f in facts(held)] == [0]
    assert gaps("data_trades", DayWindow(date(2026, 11, 18), date(2026, 11, 18))) == ()


def test_a_fresh_run_asks_again_and_doubles_nothing(venue: SimulatorHandle) -> None:
    polymarket("run", "trades", *DAYS)
    before = one(FILLS)
    venue.reset_stats()
    run = polymarket("run", "trades", *DAYS, "--fresh", "--json")
    assert run.exit_code == 0
    assert facts(run)[0]["requests"] == venue.stats()["paths"][TRADES]["requests"] > 5
    assert one(FILLS) == before


def test_time_that_is_up_leaves_a_partial_run(venue: SimulatorHandle) -> None:
    venue.faults({"path": "/gamma/events/keyset", "kind": "slow", "delay_ms": 5_000})
    run = polymarket("run", "markets", "--fresh", "--timeout", "0.5", "--json")
    assert run.exit_code == 3
    assert [f["outcome"] for f in facts(run)] == ["partial"] * 3
    assert [f["notes"] for f in facts(run)[1:]] == [["not begun"]] * 2


def test_one_endpoint_that_is_down_stops_no_other_source_and_is_named(
    venue: SimulatorHandle,
) -> None:
    for version in (TRADES, "/data/trades"):
        venue.faults({"path": version, "kind": "503", "retry_after": 0.01})
    run = polymarket("run", "all", "--fresh", "--json")
    assert run.exit_code == 1
    outcomes = {f["source"]: f["outcome"] for f in facts(run)}
    assert outcomes == {source: "failed" if source == "data_trades" else "ok" for source in SOURCES}
    [failed] = [f for f in facts(run) if f["outcome"] == "failed"]
    assert "503" in failed["error_message"]
    assert failed["next_action"]
    shown = polymarket("run", "trades", "--fresh")
    assert shown.exit_code == 1
    assert "data_trades failed" in shown.stdout
    venue.clear_faults()
    assert polymarket("run", "all").exit_code == 0


def test_a_file_of_conditions_narrows_a_run_to_them(tmp_path: Path) -> None:
    polymarket("run", "markets")
    lake = Lake.open(load_settings())
    ids = [
        row[0]
        for row in lake.rows(
            "select distinct condition_id from raw.gamma_markets where condition_id <> '' limit 25"
        )
    ]
    file = tmp_path / "ids.txt"
    file.write_text("# markets to look at\n\n" + "\n".join(ids) + "\n")
    run = polymarket("run", "trades", *DAYS, "--conditions", str(file), "--json")
    assert run.exit_code == 0, run.exception
    assert facts(run)[0]["requests"] >= 4, "two groups, two passes"
    walked = lake.rows(
        "select distinct unnest(json_extract_string(state, '$.conditions[*]'))"
        " from raw.watermarks where scope like 'conditions:%'"
    )
    assert {row[0] for row in walked} == set(ids)
    again = facts(polymarket("run", "trades", *YESTERDAY, "--conditions", str(file), "--json"))
    assert again[0]["requests"] == 0


def test_a_file_of_tokens_narrows_books_and_prices(tmp_path: Path) -> None:
    polymarket("run", "markets")
    [(token,)] = Lake.open(load_settings()).rows(
        "select json_extract_string(payload ->> '$.clobTokenIds', '$[0]') from raw.gamma_markets"
        " where not closed and (payload ->> '$.clobTokenIds') is not null limit 1"
    )
    file = tmp_path / "tokens.txt"
    file.write_text(token)
    for group in ("books", "prices"):
        run = polymarket("run", group, "--tokens", str(file), "--fresh", "--json")
        assert run.exit_code == 0, run.exception
        assert facts(run)[0]["requests"] == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "nothing"), "no source 'nothing'; expected one of trades, markets"),
        (("run", "trades", "--from", "2026-11-18"), "--from and --to go together"),
        (("run", "markets", "--conditions", "FILE"), "--conditions is for data_trades, not for"),
        (("run", "trades", "--tokens", "FILE"), "--tokens is for clob_books and clob_prices"),
    ],
)
def test_what_can_not_be_done_is_refused_with_what_to_do(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    file = tmp_path / "ids.txt"
    file.write_text("0x" + "1" * 64 if "--conditions" in arguments else "123")
    result = polymarket(*(str(file) if a == "FILE" else a for a in arguments))
    assert result.exit_code != 0
    assert words in str(result.exception)


def test_a_line_that_is_no_id_is_named_by_its_number(tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_text(f"0x{'1' * 64}\n\nnonsense\n0x12\n")
    result = polymarket("run", "trades", "--conditions", str(file))
    assert "line 3: 'nonsense'; line 4: '0x12'" in str(result.exception)
    assert "expected 0x and 64 hex digits, one a line" in str(result.exception)
    file.write_text("\n# nothing\n")
    assert "holds no condition id" in str(
        polymarket("run", "trades", "--conditions", str(file)).exception
    )
    assert "cannot be read" in str(
        polymarket("run", "trades", "--conditions", str(tmp_path / "absent")).exception
    )


def test_the_list_knows_table_schedule_rows_and_success_rate(venue: SimulatorHandle) -> None:
    polymarket("run", "books")
    venue.faults({"path": "/clob/books", "kind": "503", "retry_after": 0.01})
    assert polymarket("run", "books", "--fresh").exit_code == 1
    venue.clear_faults()
    rows = {row["source"]: row for row in facts(polymarket("list", "--window", "7d", "--json"))}
    assert set(rows) == set(SOURCES)
    books = rows["clob_books"]
    assert books["endpoint"] == "POST /books"
    assert books["table"] == "raw.clob_books"
    assert books["schedule"] == ["0-59/5 * * * *", "20 0 * * *"]
    assert books["rows"] == one("select count(*) from raw.clob_books")
    assert books["failed"] >= 1
    assert books["success_rate"] == pytest.approx(1 - books["failed"] / books["runs"])
    shown = polymarket("list")
    assert shown.exit_code == 0
    assert "ok in 24h" in shown.stdout
    assert polymarket("list", "--window", "week").exit_code == 2


def test_the_schedules_listed_are_dagsters_own() -> None:
    repository = defs().get_repository_def()
    expected: dict[str, list[str]] = {}
    for schedule in repository.schedule_defs:
        job = repository.get_job(schedule.job_name)
        for key in job.asset_layer.selected_asset_keys:
            if key.path[0] == "raw":
                expected.setdefault(key.path[-1], []).append(str(schedule.cron_schedule))
    assert schedules() == {name: sorted(crons) for name, crons in expected.items()}


@pytest.mark.parametrize("api", ["gamma", "data", "clob"])
def test_every_endpoint_of_a_venue_is_asked_once_and_keeps_its_contract(
    venue: SimulatorHandle, api: str
) -> None:
    result = polymarket("test", api, "--json")
    found = facts(result)
    assert result.exit_code == 0, found
    assert found
    assert {probe["status"] for probe in found} == {200}
    checked = {probe["endpoint"]: probe["contract"] for probe in found}
    for name in ("gamma_markets", "gamma_tags", "data_trades", "clob_books", "clob_markets"):
        assert checked.get(name, "kept") == "kept"
    assert venue.stats()["total"] <= len(found) + 1, "one for a token to ask for"


def test_an_endpoint_in_trouble_is_named(venue: SimulatorHandle) -> None:
    venue.faults({"path": "/data/v2/leaderboard", "kind": "503", "retry_after": 0.01})
    venue.faults({"path": TRADES, "kind": "malformed_row"})
    result = polymarket("test", "data", "--json")
    assert result.exit_code == 1
    probes = {probe["endpoint"]: probe for probe in facts(result)}
    assert probes["data_leaderboard"]["status"] == 503
    assert probes["data_trades"]["contract"] == "broken"


def test_a_plan_asks_nobody_and_comes_true(venue: SimulatorHandle) -> None:
    polymarket("run", "markets")
    venue.reset_stats()
    planned = facts(polymarket("plan", "prices", *DAYS, "--json"))
    assert venue.stats()["total"] == 0
    [line] = planned["sources"]
    assert planned["window"] == "2026-11-18...2026-11-19"
    assert line["seconds"] == pytest.approx(line["requests"] / line["requests_per_second"], abs=0.1)
    run = facts(polymarket("run", "prices", *DAYS, "--json"))
    assert run[0]["requests"] == line["requests"]
    [after] = facts(polymarket("plan", "prices", *DAYS, "--json"))["sources"]
    assert (after["requests"], after["bytes"]) == (0, 0)


def test_a_plan_says_what_is_known_and_what_is_assumed() -> None:
    shown = polymarket("plan", *DAYS)
    assert shown.exit_code == 0, shown.exception
    for words in ("data_trades", "known:", "assumed:", "time at the allowed rate"):
        assert words in shown.stdout
    sources = {s["source"]: s for s in facts(polymarket("plan", *DAYS, "--json"))["sources"]}
    assert set(sources) == set(SOURCES)
    assert sources["clob_books"]["requests"] == 1
    polymarket("run", "trades", *DAYS)
    [held] = facts(polymarket("plan", "trades", *YESTERDAY, "--json"))["sources"]
    assert held["requests"] <= 2
