"""`polymarket config show`: values, where they come from, and what stays hidden."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from polymarket_assets.serving.config import MASK, render, settings_table
from polymarket_assets.settings import Settings, load_settings, origins, unknown_variables


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a pyproject.toml and a .env, in which the process runs."""
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / ".env").write_text(
        "PM_SIZING_FIXED_USD=7.5\nPM_HTTP_ATTEMPTS=3\nPM_TYPO_IN_FILE=1\nPM_FUNDER=\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def by_name(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The rows by setting."""
    return {row["name"]: row for row in rows}


def test_each_value_names_its_origin_and_the_environment_wins(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PM_HTTP_ATTEMPTS", "4")
    monkeypatch.setenv("PM_UNIVERSE_TAGS", "")
    rows = by_name(settings_table(load_settings()))
    assert (rows["PM_SIZING_FIXED_USD"]["value"], rows["PM_SIZING_FIXED_USD"]["origin"]) == (
        "7.5",
        ".env",
    )
    assert rows["PM_HTTP_ATTEMPTS"]["value"] == 4
    assert rows["PM_HTTP_ATTEMPTS"]["default"] == 8
    assert rows["PM_HTTP_ATTEMPTS"]["origin"] == "environment"
    assert rows["PM_FUNDER"]["origin"] == "default"
    assert rows["PM_UNIVERSE_TAGS"]["origin"] == "default"
    assert rows["PM_HOME"]["value"] == str(checkout / ".polymarket")


def test_a_variable_in_lower_case_is_seen_as_pydantic_sees_it(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("pm_http_attempts", "5")
    assert load_settings().http_attempts == 5
    assert origins()["http_attempts"] == "environment"


def test_every_setting_is_listed_with_a_meaning_and_fits_in_json(checkout: Path) -> None:
    rows = settings_table(load_settings())
    names = {row["name"] for row in rows}
    assert {f"PM_{name.upper()}" for name in Settings.model_fields} < names
    assert all(row["meaning"] for row in rows)
    assert json.loads(json.dumps(rows)) == rows


def test_rates_are_listed_with_the_documented_limit_or_what_replaces_it(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PM_RATE_DATA_TRADES", "33")
    rows = by_name(settings_table(load_settings()))
    trades, books = rows["PM_RATE_DATA_TRADES"], rows["PM_RATE_CLOB_BOOKS"]
    assert (trades["value"], trades["default"], trades["origin"]) == (33, 300, "environment")
    assert (books["value"], books["origin"]) == (500, "default")


def test_a_secret_is_masked_everywhere(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PM_POSTGRES_URL", "postgresql://me:hunter22@host/db")
    rows = settings_table(load_settings())
    out = StringIO()
    render(rows, Console(file=out, width=100))
    assert by_name(rows)["PM_POSTGRES_URL"]["value"] == MASK
    assert "hunter22" not in json.dumps(rows) + out.getvalue()


def test_a_variable_that_names_no_setting_is_pointed_out(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PM_HOEM", "/x")
    monkeypatch.setenv("PM_BENCH_ROWS", "1")
    assert unknown_variables() == ["PM_HOEM", "PM_TYPO_IN_FILE"]
    out = StringIO()
    render(settings_table(load_settings()), Console(file=out, width=100))
    words = out.getvalue()
    assert "PM_HOEM is set but names no setting" in words
    assert "PM_RISK_MAX_POSITION_USD" in words
    assert max(map(len, words.splitlines())) <= 100


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("tier_boundaries_h", "48,12,4", "expected 4 numbers"),
        ("tier_boundaries_h", "1,4,12,48", "must be below"),
        ("tier_intervals_s", "3600,300", "expected 5 numbers"),
        ("schedule_live_minutes", 7, "no regular part of an hour"),
        ("schedule_live_minutes", 1, "no regular part of an hour"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_with_what_would(
    checkout: Path, name: str, value: object, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        load_settings(_env_file=None, **{name: value})
