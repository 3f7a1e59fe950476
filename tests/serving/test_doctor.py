"""`polymarket doctor`: each finding, and that a broken part stops no other check."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from rich.console import Console

from polymarket_assets.serving import doctor_machine, doctor_stores
from polymarket_assets.serving.doctor import doctor, render
from polymarket_assets.serving.doctor_check import Check, guarded
from polymarket_assets.serving.doctor_venues import venue_checks
from polymarket_assets.serving.status_facts import Disk
from polymarket_assets.settings import Settings, load_settings
from polymarket_assets.store.home import origin_of, remember
from tests.serving.homes import NOON, House


class Venue(BaseHTTPRequestHandler):
    """Answers every path with what the test put there."""

    answers: ClassVar[dict[str, tuple[int, str]]] = {}

    def do_GET(self) -> None:
        status, body = self.answers[self.path]
        self.send_response(status)
        self.end_headers()
        self.wfile.write((body or str(int(time.time()))).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def venue() -> Iterator[tuple[str, dict[str, tuple[int, str]]]]:
    """A venue on localhost that is well until the test changes an answer."""
    answers = {
        "/gamma/markets/keyset?limit=1": (200, '{"markets": []}'),
        "/clob/time": (200, ""),
        "/data/v2/trades?limit=1": (200, '{"data": []}'),
        "/kalshi/events?limit=1": (200, '{"events": [], "cursor": ""}'),
    }
    handler = type("Handler", (Venue,), {"answers": answers})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", answers
    server.shutdown()
    server.server_close()
    thread.join()


def pointed(settings: Settings, url: str, **changes: Any) -> Settings:
    """The settings with all venues at `url`."""
    urls = {f"{name}_url": f"{url}/{name}" for name in ("gamma", "clob", "data", "kalshi")}
    return settings.model_copy(update=urls | changes)


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


@pytest.fixture
def plain_settings(tmp_path: Path) -> Settings:
    """Settings of a home that nobody makes."""
    return load_settings(home=tmp_path / "home", _env_file=None)


def test_all_is_well_in_a_good_home(house: House, venue: Any) -> None:
    house.build_core()
    house.publish()
    settings = pointed(house.settings, venue[0])
    checks = doctor(settings)
    # The disk is whatever this machine's is, the project files may be under way.
    wrong = [c for c in checks if not c.ok and c.name not in {"disk", "project"}]
    assert wrong == []
    found = by_name(checks)
    assert "Postgres 18" in found["postgres"].detail
    assert "19 tables readable" in found["published"].detail
    assert "ducklake" in found["duckdb"].detail
    assert "the clocks agree" in found["clob"].detail
    assert json.loads(json.dumps([check.as_json() for check in checks]))[0]["name"] == "python"


def test_every_failed_check_says_what_to_do_and_none_stops_another(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    settings = load_settings(
        home=file / "home",
        postgres_url=SecretStr("postgresql://me:localhost@localhost:1/x"),
        key_file=tmp_path / "absent",
        gamma_url="http://127.0.0.1:1",
        clob_url="http://127.0.0.1:1",
        data_url="http://127.0.0.1:1",
        kalshi_url="http://127.0.0.1:1",
        _env_file=None,
    )
    checks = doctor(settings)
    found = by_name(checks)
    failed = {
        "home", "key files", "duckdb", "postgres", "origin", "ledger", "lake", "published", "gamma",
        "clob", "data api", "kalshi",
    }  # fmt: skip
    assert failed <= {name for name, check in found.items() if not check.ok}
    assert all(check.next_action for check in checks if not check.ok)
    assert found["ledger"].detail == "not checked, because Postgres does not run"
    assert "localhost" not in str(checks)  # the host, but the password as well
    out = StringIO()
    render(checks, Console(file=out, width=100))
    assert "failed" in out.getvalue()
    assert max(map(len, out.getvalue().splitlines())) <= 100


def test_findings_are_shown_as_a_table_with_their_number() -> None:
    out = StringIO()
    render([Check("a", True, "fine [b]", "a hint")], Console(file=out, width=100))
    assert "fine [b] → a hint" in out.getvalue()
    assert "1 checks, all well" in out.getvalue()


def test_a_check_that_breaks_is_a_finding() -> None:
    def broken() -> Check:
        raise RuntimeError("two\nlines")

    check = guarded("x", broken)
    assert (check.ok, check.detail) == (False, "RuntimeError: two lines")
    assert check.next_action


def test_a_variable_that_names_no_setting_fails(
    plain_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert doctor_machine.variables(plain_settings).ok
    monkeypatch.setenv("PM_HOEM", "/x")
    check = doctor_machine.variables(plain_settings)
    assert not check.ok
    assert "PM_HOEM" in check.detail


def test_a_rate_that_is_no_number_fails(
    plain_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PM_RATE_DATA_TRADES", "fast")
    check = guarded("settings", partial(doctor_machine.variables, plain_settings))
    assert not check.ok
    assert "PM_RATE_DATA_TRADES" in check.detail


@pytest.mark.parametrize(("mode", "ok"), [(0o600, True), (0o400, True), (0o640, False)])
def test_a_key_file_others_can_read_fails(
    plain_settings: Settings, tmp_path: Path, mode: int, *, ok: bool
) -> None:
    key = tmp_path / "key"
    key.write_text("0xsecret")
    key.chmod(mode)
    check = doctor_machine.key_files(plain_settings.model_copy(update={"kalshi_key_file": key}))
    assert check.ok is ok
    assert "0xsecret" not in str(check)
    assert ok or "chmod 600" in check.next_action


def test_no_key_file_is_fine(plain_settings: Settings) -> None:
    assert doctor_machine.key_files(plain_settings).ok


def test_a_home_that_is_not_made_yet_is_fine_and_stays_so(plain_settings: Settings) -> None:
    check = doctor_machine.home(plain_settings)
    assert (check.ok, "not made yet" in check.detail) == (True, True)
    assert not plain_settings.home.exists()


def test_little_free_disk_fails() -> None:
    assert doctor_machine.disk_check(Disk("/data", 10, 100)).ok
    check = doctor_machine.disk_check(Disk("/data", 9, 100))
    assert (check.ok, "make room" in check.next_action) == (False, True)


def test_an_incomplete_checkout_is_named(plain_settings: Settings, tmp_path: Path) -> None:
    for name in ("dagster.yaml", "workspace.yaml"):
        (tmp_path / name).touch()
    check = doctor_machine.project(plain_settings, tmp_path)
    assert (check.ok, "dbt_project.yml" in check.detail) == (False, True)
    (tmp_path / "dbt_project").mkdir()
    (tmp_path / "dbt_project" / "dbt_project.yml").touch()
    assert "is made by the first run" in doctor_machine.project(plain_settings, tmp_path).detail
    (tmp_path / "dbt_project" / "target").mkdir()
    (tmp_path / "dbt_project" / "target" / "manifest.json").touch()
    assert "with dbt's manifest" in doctor_machine.project(plain_settings, tmp_path).detail


@pytest.mark.parametrize(
    ("path", "answer", "name", "words"),
    [
        ("/gamma/markets/keyset?limit=1", (503, "busy"), "gamma", "status 503"),
        ("/gamma/markets/keyset?limit=1", (200, "<html>"), "gamma", "not JSON"),
        ("/gamma/markets/keyset?limit=1", (302, "x"), "gamma", "status 302"),
        ("/data/v2/trades?limit=1", (200, "[]"), "data api", "without a list 'data'"),
        ("/data/v2/trades?limit=1", (200, '{"data": 1}'), "data api", "without a list 'data'"),
        ("/clob/time", (200, '"soon"'), "clob", "no time"),
        ("/clob/time", (404, "no"), "clob", "status 404"),
    ],
)
def test_a_venue_that_answers_wrongly_fails_alone(
    plain_settings: Settings,
    venue: Any,
    path: str,
    answer: tuple[int, str],
    *,
    name: str,
    words: str,
) -> None:
    url, answers = venue
    answers[path] = answer
    found = by_name(venue_checks(pointed(plain_settings, url)))
    assert [check.name for check in found.values() if not check.ok] == [name]
    assert words in found[name].detail


@pytest.mark.parametrize(
    ("skew", "ok", "words"),
    [(-8, False, "ahead of"), (8, False, "behind"), (-3, True, "agree"), (3, True, "agree")],
)
def test_a_clock_more_than_five_seconds_off_fails(
    plain_settings: Settings, venue: Any, skew: int, words: str, *, ok: bool
) -> None:
    url, answers = venue
    answers["/clob/time"] = (200, str(int(time.time()) + skew))
    check = by_name(venue_checks(pointed(plain_settings, url)))["clob"]
    assert (check.ok, words in check.detail) == (ok, True)


def test_with_a_set_clock_the_venues_time_is_not_compared(
    plain_settings: Settings, venue: Any
) -> None:
    url, answers = venue
    answers["/clob/time"] = (200, "1668902400")
    check = by_name(venue_checks(pointed(plain_settings, url, now=NOON)))["clob"]
    assert (check.ok, "not compared" in check.detail) == (True, True)


def forget_origin(house: House) -> None:
    with house.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM home_facts"))


def test_settings_of_another_origin_are_named_with_both_values(house: House) -> None:
    assert "the home is new" in doctor_stores.origin(house.settings).detail
    remember(house.settings, "origin", origin_of(house.settings))
    try:
        assert doctor_stores.origin(house.settings).ok
        other = house.settings.model_copy(update={"data_url": "http://elsewhere"})
        check = doctor_stores.origin(other)
    finally:
        forget_origin(house)
    assert not check.ok
    assert f"PM_DATA_URL was {house.settings.data_url}, now http://elsewhere" in check.detail
    assert "PM_HOME" in check.next_action


def test_a_column_of_another_type_is_named(house: House) -> None:
    house.execute("ALTER TABLE ops.published ALTER COLUMN tests SET TYPE BIGINT")
    try:
        check = doctor_stores.lake(house.settings)
    finally:
        house.execute(
            "DROP TABLE ops.published",
            "CREATE TABLE ops.published (version BIGINT, published_at TIMESTAMPTZ, models INTEGER,"
            " tests INTEGER, note VARCHAR)",
        )
    assert not check.ok
    assert "ops.published.tests is BIGINT, expected INTEGER" in check.detail
    assert doctor_stores.lake(house.settings).ok


def test_a_published_version_whose_files_are_gone_fails(house: House) -> None:
    house.build_core()
    house.publish()
    check: Callable[[], Check] = partial(doctor_stores.published, house.settings)
    assert guarded("published", check).ok
    for file in (Path(house.settings.lake_path) / "core").rglob("*.parquet"):
        file.unlink()
    assert not guarded("published", check).ok


def test_a_lost_data_file_is_named_with_its_table_and_what_to_do(house: House) -> None:
    house.build_core()
    assert doctor_stores.files(house.settings).ok
    built = next((Path(house.settings.lake_path) / "core").rglob("*.parquet"))
    built.rename(built.with_suffix(".gone"))
    check = doctor_stores.files(house.settings)
    assert not check.ok
    assert re.search(
        rf"core\.\w+ misses 1 of its files, first {re.escape(str(built))}", check.detail
    )
    assert "run the warehouse job" in check.next_action

    house.walked("gamma_markets", "lost", NOON, complete=True)
    written = (Path(house.settings.lake_path) / "raw" / "watermarks").rglob("*.parquet")
    raw = max(written, key=lambda file: file.stat().st_mtime_ns)
    raw.rename(raw.with_suffix(".gone"))
    check = doctor_stores.files(house.settings)
    raw.with_suffix(".gone").rename(raw)
    assert "raw.watermarks misses 1 of its files" in check.detail
    assert "cannot be built again" in check.next_action


def test_nothing_published_is_fine_and_says_how_to(house: House) -> None:
    check = doctor_stores.published(house.settings)
    assert (check.ok, check.next_action) == (True, "polymarket run")


def test_a_server_with_few_connections_left_fails(house: House) -> None:
    assert doctor_stores.postgres(house.settings).ok
    found = doctor_stores.postgres_check(
        doctor_stores.postgres_status(house.settings), most_in_use=0.0
    )
    assert (found.ok, "pg_stat_activity" in found.next_action) == (False, True)
