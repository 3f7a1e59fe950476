"""Homes with a server of their own, for tests that start, stop and hurt it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from polymarket_assets.settings import Settings
from tests.prepared import prepared
from tests.store.servers import settings_for, stopped_afterwards


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Settings]:
    """Settings of a home whose server ran before; it does not now and is stopped at the end."""
    with stopped_afterwards(settings_for(prepared(tmp_path / "home"))) as settings:
        yield settings


@pytest.fixture
def fresh_home(tmp_path: Path) -> Iterator[Settings]:
    """Settings of a home that does not exist yet; its server is stopped at the end."""
    with stopped_afterwards(settings_for(tmp_path / "home")) as settings:
        yield settings
