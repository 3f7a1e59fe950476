"""A Dagster instance made from the checkout's own dagster.yaml, in a home of its own."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest

from polymarket_assets.settings import Settings, load_settings
from polymarket_assets.store.postgres import stop_postgres
from tests.conftest import ROOT
from tests.prepared import prepared


@pytest.fixture(scope="module")
def instance_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of one home for all tests of a file; its Postgres is stopped at the end."""
    settings = load_settings(home=prepared(tmp_path_factory.mktemp("instance")), _env_file=None)
    yield settings
    stop_postgres(settings)


@pytest.fixture
def instance(
    instance_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    """The instance `dagster` commands use in this checkout."""
    monkeypatch.setenv("PM_HOME", str(instance_settings.home))
    with dg.DagsterInstance.from_config(str(ROOT)) as instance:
        yield instance
