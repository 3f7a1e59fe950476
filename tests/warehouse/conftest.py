"""One lake for all warehouse tests: the modules' worlds told together, built by dbt once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from polymarket_assets.settings import Settings, load_settings
from polymarket_assets.store.batch import Publication
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.ledger import open_ledger
from polymarket_assets.store.postgres import stop_postgres
from tests.conftest import foreign_settings
from tests.prepared import prepared
from tests.warehouse import (
    test_baskets,
    test_books,
    test_completeness,
    test_features,
    test_fills,
    test_kalshi,
    test_leaderboards,
    test_markets,
    test_pairs_and_fees,
    test_python_signals,
    test_signals,
    test_strategies,
    test_terms_and_tags,
    test_tiers,
    test_wallets,
    test_wash_scores,
)
from tests.warehouse.world import NOW, PROJECT, World

DBT = Path(sys.executable).parent / "dbt"
TELLERS = (
    test_baskets,
    test_books,
    test_completeness,
    test_features,
    test_fills,
    test_kalshi,
    test_leaderboards,
    test_markets,
    test_pairs_and_fees,
    test_python_signals,
    test_signals,
    test_strategies,
    test_wallets,
    test_terms_and_tags,
    test_tiers,
    test_wash_scores,
)


@dataclass(frozen=True)
class Dbt:
    """The dbt project with target and logs of its own, run as people run it."""

    settings: Settings
    folder: Path

    @property
    def target(self) -> Path:
        """Where its artifacts are."""
        return self.folder / "target"

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """dbt as a command in dbt_project, in a time zone other than UTC."""
        clean = {key: os.environ[key] for key in os.environ.keys() - foreign_settings()}
        paths = ["--target-path", str(self.target), "--log-path", str(self.folder / "logs")]
        return subprocess.run(
            [str(DBT), "--no-use-colors", "--warn-error", *arguments, *paths],
            cwd=PROJECT,
            env={
                **clean,
                "PM_HOME": str(self.settings.home),
                "TZ": "America/New_York",
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def artifact(self, name: str) -> dict[str, Any]:
        """manifest.json, run_results.json or catalog.json."""
        return json.loads((self.target / name).read_text())


@dataclass(frozen=True)
class Warehouse:
    """The built lake."""

    lake: Lake
    dbt: Dbt
    manifest: dict[str, Any]
    """What dbt knew after it had built everything; a later run compiles only what it runs."""

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[dict[str, Any]]:
        """Rows as dictionaries; TIMESTAMPTZ are aware, DECIMAL exact."""
        with self.lake.reading() as connection:
            found = connection.execute(sql, params if isinstance(params, dict) else list(params))
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def row(self, sql: str, params: Sequence[object] = ()) -> dict[str, Any]:
        """The only row."""
        found = self.rows(sql, params)
        assert len(found) == 1, f"{len(found)} rows, not one"
        return found[0]


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The worlds of all modules in one lake, after `dbt build` at NOW."""
    folder = tmp_path_factory.mktemp("warehouse")
    settings = load_settings(home=prepared(folder / "home"), _env_file=None)
    lake = Lake.open(settings)
    try:
        world = World()
        for module in TELLERS:
            module.tell(world)
        world.write(lake)
        engine = open_ledger(settings)
        test_baskets.decide(engine)
        test_strategies.decide(engine)
        engine.dispose()
        dbt = Dbt(settings, folder)
        done = dbt.run("build", "--vars", json.dumps({"now": NOW.isoformat()}))
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr
        with lake.kept_open():
            yield Warehouse(lake, dbt, dbt.artifact("manifest.json"))
    finally:
        stop_postgres(settings)


@pytest.fixture(scope="session")
def ledger(warehouse: Warehouse) -> Iterator[sa.Engine]:
    """The ledger of the built lake's home."""
    engine = open_ledger(warehouse.dbt.settings)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def publication(warehouse: Warehouse) -> Publication:
    """The built lake, published once."""
    return warehouse.lake.publish(
        warehouse.lake.head_version(), published_at=NOW, models=1, tests=1, note="by a test"
    )


@pytest.fixture
def at_home(
    warehouse: Warehouse, publication: Publication, monkeypatch: pytest.MonkeyPatch
) -> Publication:
    """Commands of this test read the built lake."""
    monkeypatch.setenv("PM_HOME", str(warehouse.lake.settings.home))
    return publication
