"""One home through which the demo went, for all tests of the chain."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest
from typer.testing import Result

from polymarket_assets.settings import load_settings
from polymarket_assets.store.postgres import stop_postgres
from tests.commands.chain import WIDE, Demo, play, polymarket
from tests.conftest import foreign_settings
from tests.prepared import prepared


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo in small, played once."""
    home = prepared(tmp_path_factory.mktemp("demo") / "home")
    with pytest.MonkeyPatch.context() as patch:
        for name in foreign_settings():
            patch.delenv(name)
        patch.setenv("PM_HOME", str(home))
        ok, output = play()
        environment = {name: os.environ[name] for name in foreign_settings()}
        for name in environment:
            os.environ.pop(name)
    yield Demo(environment, output, ok)
    stop_postgres(load_settings(home=home, _env_file=None))


@pytest.fixture
def inside(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> Demo:
    """The test runs with the demo's environment, and soon gives up on the venue that has gone."""
    demo.enter(monkeypatch)
    return demo


@pytest.fixture(scope="session")
def rebuilt(demo: Demo) -> Result:
    """Another run without the venue, whose strategies were told to propose whatever they can."""
    with pytest.MonkeyPatch.context() as patch:
        demo.enter(patch)
        for strategy, values in WIDE.items():
            assert polymarket("strategies", "enable", strategy).exit_code == 0
            assert polymarket("strategies", "set", strategy, *values.split()).exit_code == 0
        result = polymarket("run", "--no-trade", "--json")
        assert json.loads(result.stdout)["steps"]
        return result
