"""A home with a server of its own, for tests that start, stop and hurt it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from polymarket_assets.settings import Settings
from tests.store.servers import settings_for, stopped_afterwards


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Settings]:
    """Settings of a fresh home; its Postgres does not run yet and is stopped after the test."""
    with stopped_afterwards(settings_for(tmp_path / "home")) as settings:
        yield settings
