"""How the status reaches people and files: screen, refreshing, atomic writes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from polymarket_assets.serving.status import render, status, watch, write_file
from polymarket_assets.serving.status_facts import SOURCES
from polymarket_assets.serving.status_record import Status
from polymarket_assets.settings import Settings, load_settings
from tests.serving.homes import NOON, House, ago, failure


def shown(found: Status) -> str:
    """The screen at 100 columns."""
    out = StringIO()
    render(found, Console(file=out, width=100))
    return out.getvalue()


def test_the_screen_fits_100_columns_and_names_everything(house: House) -> None:
    house.all_well()
    house.ran(failure("clob_books", ago(seconds=2), error_message="x" * 300))
    house.walked("gamma_events", "open", ago(hours=2), complete=False)
    words = shown(house.status())
    assert max(map(len, words.splitlines())) <= 100
    for expected in (
        "DEGRADED", *SOURCES, "warehouse", "FRESH", "kill switch", "off", "published", "disk",
        "Recent errors", "wait and run it again", "cut off", "markets",
    ):  # fmt: skip
        assert expected in words, expected
    assert words.replace("\n", "").count("x" * 50) > 0


def test_a_venues_words_cannot_steer_the_terminal(house: House) -> None:
    house.ran(failure("clob_books", ago(minutes=2), error_message="\x1b[2Jgone [bold]loud[/bold]"))
    words = shown(house.status())
    assert "\x1b" not in words
    assert "[bold]loud[/bold]" in words


def test_the_screen_of_a_broken_home_says_why(tmp_path: Path) -> None:
    words = shown(status(load_settings(home=tmp_path / "home", _env_file=None)))
    assert "DOWN" in words
    assert "polymarket run" in words


def test_a_file_is_replaced_whole_and_leaves_nothing_beside_it(
    house: House, tmp_path: Path
) -> None:
    file = tmp_path / "status.json"
    file.write_text("old")
    before = file.stat().st_ino
    write_file(house.status(), file)
    assert json.loads(file.read_text())["home"] == str(house.settings.home)
    assert file.stat().st_ino != before
    assert list(tmp_path.iterdir()) == [file]
    assert file.stat().st_mode & 0o777 == 0o644


def test_a_write_that_fails_leaves_the_old_file(house: House, tmp_path: Path) -> None:
    file = tmp_path / "status.json"
    file.write_text("old")
    unspeakable = replace(house.status(), home=b"no text")  # ty: ignore[invalid-argument-type] - cannot become JSON
    with pytest.raises(TypeError):
        write_file(unspeakable, file)
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_watching_refreshes_screen_and_file_until_it_is_stopped(
    house: House, tmp_path: Path
) -> None:
    house.all_well()
    stop, calls = threading.Event(), 0
    first = house.status()

    def read(_settings: Settings) -> Status:
        nonlocal calls
        calls += 1
        if calls == 3:
            stop.set()
        return replace(first, checked_at=NOON + timedelta(seconds=calls))

    out = StringIO()
    console = Console(file=out, width=100, force_terminal=True, color_system=None)
    file = tmp_path / "status.json"
    last = watch(house.settings, console, 0.01, stop, file=file, read=read)
    assert calls == 3
    assert last.checked_at == NOON + timedelta(seconds=3)
    assert json.loads(file.read_text())["checked_at"] == "2026-11-20T12:00:03Z"
    assert "12:00:01" in out.getvalue()
    assert "12:00:03" in out.getvalue()


def test_watching_ends_quietly_on_ctrl_c(house: House) -> None:
    found, calls = house.status(), 0

    def read(_settings: Settings) -> Status:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise KeyboardInterrupt
        return found

    console = Console(file=StringIO(), width=100)
    assert watch(house.settings, console, 0.01, read=read) is found


def test_reading_needs_no_dagster_and_no_dbt() -> None:
    code = (
        "import sys, polymarket_assets.serving.status, polymarket_assets.serving.doctor,"
        " polymarket_assets.serving.report, polymarket_assets.serving.config;"
        " sys.exit(any(name in sys.modules for name in ('dagster', 'dbt', 'alembic')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
