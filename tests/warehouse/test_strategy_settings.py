"""Settings of strategies: versions in the ledger, the commands, and what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError
from typer.testing import CliRunner, Result

from polymarket_assets.cli import app
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.ledger import open_ledger
from polymarket_assets.warehouse.strategy_settings import (
    BadSettingError,
    UnknownStrategyError,
    change_settings,
    history_of,
    settings_of,
    specifications,
    strategy_with,
)
from tests.store.lakes import lake_in
from tests.strategies.packages import GOOD, install
from tests.warehouse.world import PROJECT

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with lake_in(tmp_path_factory.mktemp("settings") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def engine(lake: Lake) -> Iterator[sa.Engine]:
    made = open_ledger(lake.settings)
    yield made
    made.dispose()


def test_every_default_is_one_that_could_be_set(engine: sa.Engine) -> None:
    for spec in specifications().values():
        assert spec.description
        for parameter in spec.parameters:
            assert parameter.description, f"{spec.name}.{parameter.name}"
            assert parameter.least is not None
            assert parameter.most is not None
            value = Decimal(parameter.default)
            assert parameter.least <= value <= parameter.most
            assert format(value.normalize(), "f") == parameter.default


def test_only_the_longshots_propose_unless_somebody_says_so() -> None:
    enabled = {spec.name for spec in specifications().values() if spec.is_enabled}
    assert enabled == {"longshot_yes", "longshot_no"}


def test_a_model_asks_for_exactly_the_parameters_that_its_strategy_has() -> None:
    for spec in specifications().values():
        if spec.kind == "python":
            continue
        shared = "intermediate/signals/int_longshot_candidates.sql"
        file = shared if spec.name.startswith("longshot") else f"signals/{spec.name}.sql"
        text = (PROJECT / "models" / file).read_text()
        [asked] = re.findall(r"strategy_parameters\(\s*\[[^\]]*\],\s*\[([^\]]*)\]", text)
        assert set(re.findall(r"'(\w+)'", asked)) == {p.name for p in spec.parameters}, spec.name


def test_each_change_is_a_version_with_who_and_when(engine: sa.Engine) -> None:
    name = "longshot_yes"
    before = settings_of(engine, name)
    assert (before.version, before.is_enabled, before.changed_by) == (0, True, None)
    change_settings(engine, name, values={"min_edge": "0.010"}, actor="ann", now=NOON)
    change_settings(engine, name, enabled=False, actor="bob", now=NOON + timedelta(hours=1))
    after = settings_of(engine, name)
    assert (after.version, after.is_enabled, after.changed_by) == (2, False, "bob")
    assert after.values == {**before.values, "min_edge": "0.01"}
    assert after.params_hash != before.params_hash
    history = history_of(engine, name)
    assert [(row.version, row.change) for row in history] == [
        (2, "disabled"),
        (1, "min_edge 0.002 -> 0.01"),
    ]
    assert [row.decided_at for row in history] == [NOON + timedelta(hours=1), NOON]
    change_settings(
        engine, name, enabled=True, values={"min_edge": "default"}, actor="ann", now=NOON
    )
    again = settings_of(engine, name)
    assert (again.version, again.params_hash) == (3, before.params_hash)
    assert history_of(engine, name)[0].parameters == {}


def test_a_change_that_changes_nothing_writes_nothing(engine: sa.Engine) -> None:
    held = change_settings(
        engine, "longshot_no", enabled=True, values={"hours_max": "24.0"}, actor="ann", now=NOON
    )
    assert held.version == 0
    assert history_of(engine, "longshot_no") == []


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"edge": "1"}, r"longshot_no has no parameter edge; it has price_min, price_max"),
        (
            {"depth_share": "2"},
            r"depth_share=2 of longshot_no is out of range.* 0.01 to 1: Largest",
        ),
        ({"min_edge": "much"}, r"min_edge=much of longshot_no is not a number"),
        ({"min_edge": "nan"}, r"is not a number"),
        ({"min_edge": "0.0000001"}, r"more than 6 decimal places"),
        ({"price_min": "0.995"}, r"price_min=0.995 .* above price_max=0.99; set both together"),
        ({"enabled": "0"}, r"has no parameter enabled"),
    ],
)
def test_a_bad_setting_is_named_with_what_is_allowed(
    engine: sa.Engine, values: dict[str, str], told: str
) -> None:
    with pytest.raises(BadSettingError, match=told):
        change_settings(engine, "longshot_no", values=values, actor="ann", now=NOON)
    assert history_of(engine, "longshot_no") == []


def test_a_python_strategy_has_the_last_word_on_its_parameters(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, "found_one", GOOD.replace("ge=0, le=1", "ge=0, lt=1"))
    with pytest.raises(BadSettingError, match="found_one refuses least: Input should be less than"):
        change_settings(engine, "found_one", values={"least": "1"}, actor="ann", now=NOON)
    held = change_settings(engine, "found_one", values={"least": "0.9"}, actor="ann", now=NOON)
    assert strategy_with(held).parameters.least == Decimal("0.9")


def test_an_unknown_strategy_is_told_which_there_are(engine: sa.Engine) -> None:
    with pytest.raises(
        UnknownStrategyError, match=r"named longshot; there are longshot_yes, .*flow"
    ):
        change_settings(engine, "longshot", enabled=True, actor="ann", now=NOON)


def test_the_database_keeps_every_version_and_refuses_nameless_ones(engine: sa.Engine) -> None:
    insert = (
        "INSERT INTO strategy_versions (strategy, version, is_enabled, parameters, change, actor,"
        " decided_at) VALUES ('x', {}, true, '{{}}', 'enabled', '{}', now())"
    )
    with engine.connect() as connection:
        for version, actor in ((0, "ann"), (1, "")):
            with pytest.raises(IntegrityError):
                connection.execute(sa.text(insert.format(version, actor)))
            connection.rollback()
        connection.execute(sa.text(insert.format(1, "ann")))
        with pytest.raises(DBAPIError, match="append-only"):
            connection.execute(sa.text("UPDATE strategy_versions SET is_enabled = false"))
        connection.rollback()


def polymarket(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["strategies", *arguments])


def test_the_commands_list_show_enable_set_and_disable(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PM_HOME", str(Path(lake.settings.home)))
    monkeypatch.setenv("COLUMNS", "200")
    rows = {row["strategy"]: row for row in json.loads(polymarket("list", "--json").stdout)}
    assert {row["kind"] for row in rows.values()} == {"sql", "python"}
    assert not rows["term_structure"]["enabled"]
    assert "term_structure" in polymarket("list").stdout

    done = polymarket("enable", "term_structure")
    assert done.exit_code == 0, done.exception
    assert "version 1: enabled" in done.stdout
    done = polymarket("set", "term_structure", "min_edge=0.02", "notional_usd=50")
    assert "version 2: min_edge 0.005 -> 0.02; notional_usd 100 -> 50" in done.stdout
    assert "nothing was written" in polymarket("set", "term_structure", "min_edge=0.02").stdout

    shown = json.loads(polymarket("show", "term_structure", "--json").stdout)
    values = {row["name"]: row for row in shown["parameters"]}
    assert (values["min_edge"]["value"], values["min_edge"]["default"]) == ("0.02", "0.005")
    assert values["min_edge"]["allowed"] == "0 to 1"
    assert [row["version"] for row in shown["history"]] == [2, 1]
    assert shown["history"][0]["changed_by"].startswith("cli:")
    screen = polymarket("show", "term_structure").stdout
    assert "Ladders of deadlines" in screen
    assert "nobody changed" in polymarket("show", "copy_trading").stdout

    off = json.loads(polymarket("disable", "term_structure", "--json").stdout)
    assert (off["enabled"], off["settings_version"]) == (False, 3)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show", "nothing"), "no strategy is named nothing"),
        (("set", "longshot_no", "min_edge"), "'min_edge' is no KEY=VALUE"),
        (("set", "longshot_no", "min_edge=0.1", "min_edge=0.2"), "min_edge is given twice"),
        (("set", "longshot_no", "min_edge=7"), "out of range"),
    ],
)
def test_a_command_refuses_bad_input_and_writes_nothing(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    monkeypatch.setenv("PM_HOME", str(Path(lake.settings.home)))
    done = polymarket(*arguments)
    assert done.exit_code != 0
    assert told in str(done.exception)
