"""Homes with a server of their own, for tests that start, stop and hurt it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from polymarket_assets.settings import Settings
from polymarket_assets.store.postgres import ensure_postgres, stop_postgres
from tests.store.servers import settings_for, stopped_afterwards


@pytest.fixture(scope="session")
def prepare_server(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Settings]:
    """Puts the files of a stopped server with its three databases into a home.

    Copying what was made once is several times faster than making it. Nor do these servers wait for
    the disk, as real ones do: fsync guards against a power cut, which no test here stages.
    """
    made = settings_for(tmp_path_factory.mktemp("prepared"))
    ensure_postgres(made)
    stop_postgres(made)
    with (made.home / "postgres" / "data" / "postgresql.conf").open("a") as configuration:
        configuration.write("fsync = off\n")

    def prepare(home: Path) -> Settings:
        home.mkdir(parents=True)
        subprocess.run(["cp", "-a", made.home / "postgres", home], check=True)
        return settings_for(home)

    return prepare


@pytest.fixture
def own_server(tmp_path: Path, prepare_server: Callable[[Path], Settings]) -> Iterator[Settings]:
    """Settings of a home whose server ran before; it does not now and is stopped at the end."""
    with stopped_afterwards(prepare_server(tmp_path / "home")) as settings:
        yield settings


@pytest.fixture
def fresh_home(tmp_path: Path) -> Iterator[Settings]:
    """Settings of a home that does not exist yet; its server is stopped at the end."""
    with stopped_afterwards(settings_for(tmp_path / "home")) as settings:
        yield settings
