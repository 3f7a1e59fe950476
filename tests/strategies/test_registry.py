"""Strategies are found by entry points of installed packages; what is wrong with one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from polymarket_assets.strategies.flow_follow import FlowFollow
from polymarket_assets.strategies.registry import BadStrategyError, python_strategies
from polymarket_assets.warehouse.strategy_settings import specifications
from tests.strategies.packages import GOOD, install


def test_the_worked_example_is_registered() -> None:
    assert python_strategies()["flow_follow"] is FlowFollow


def test_a_strategy_of_another_package_is_found_with_its_parameters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, "found_one", GOOD)
    spec = specifications()["found_one"]
    assert (spec.kind, spec.version, spec.is_enabled) == ("python", "3", False)
    [parameter] = spec.parameters
    assert (parameter.name, parameter.default, parameter.allowed) == ("least", "0.5", "0 to 1")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("class Found(Strategy)", "class Found(Missing)"), "cannot be loaded: NameError"),
        (("class Found(Strategy)", "class Found"), "no subclass"),
        (('    version = "3"\n', ""), "has no text `version`"),
        (('name = "found_one"', 'name = "Found One"'), "named 'Found One'"),
        (('name = "found_one"', 'name = "flow_follow"'), "two strategies are named flow_follow"),
        (('Decimal("0.5"), ge=0', "ge=0"), "has no number as the default of least"),
        (('Decimal("0.5"), ge=0', "True, ge=0"), "has no number as the default of least"),
        (("class Params(Parameters)", "class Params(BaseModel)"), "do not derive from Parameters"),
    ],
)
def test_what_is_no_strategy_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], told: str
) -> None:
    assert change[0] in GOOD
    install(tmp_path, monkeypatch, "found_one", GOOD.replace(*change))
    with pytest.raises(BadStrategyError, match=told):
        python_strategies()


def test_a_python_strategy_may_not_take_the_name_of_a_sql_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, "found_one", GOOD.replace('"found_one"', '"longshot_no"'))
    with pytest.raises(BadStrategyError, match="longshot_no names a SQL strategy"):
        specifications()
